"""netpol.yaml and the `NETPOL_*` variables: what is said once for all runs of a project.

Takes the directory to start from (or a file) and the environment; gives a `Config` in which what nobody said is None.
"""

from collections.abc import Mapping

from msgspec import Struct, field

from verifier.ir.property import Property
from verifier.ir.universe import Universe
from verifier.manifests.documents.refs import Revision

FILE = "netpol.yaml"

VARIABLES = {
    "NETPOL_UNIVERSE": "universe",
    "NETPOL_NAMESPACE": "namespace",
    "NETPOL_PROFILE": "profile",
    "NETPOL_SET": "switches",
    "NETPOL_EXCLUDE": "exclude",
    "NETPOL_SKIP_UNKNOWN": "skip_unknown",
    "NETPOL_DUPLICATES": "duplicates",
    "NETPOL_OUTPUT": "output",
    "NETPOL_COLOR": "color",
    "NETPOL_TIMEOUT": "timeout",
    "NETPOL_RLIMIT": "rlimit",
    "NETPOL_LIMIT": "limit",
    "NETPOL_JOBS": "jobs",
}
"""Which field of `Config` a variable sets. An empty variable says nothing."""


class LintChoice(Struct, frozen=True):
    """What the file says about `netpol lint`: the only rules asked (None: all), those left out, the severity that fails
    a run."""

    rules: tuple[str, ...] | None = None
    no_rules: tuple[str, ...] = ()
    fail_on: str | None = None


class Config(Struct, frozen=True):
    """Settings, each None where neither netpol.yaml nor the environment says it.

    manifests, universe, helm_values: paths are relative to the working directory.
    switches: those that are set; further ones may come from the universe and the command line.
    properties: of the documents of kind Properties.
    universe_spec: of the document of kind Universe; it holds where `universe` is None.
    file: the configuration file that was read, as it is cited. at: the revision at which it was read, and at which the
        files that it names stand, but for the manifests; None: in the work tree.
    """

    manifests: tuple[str, ...] | None = None
    universe: str | None = None
    namespace: str | None = None
    profile: str | None = None
    switches: Mapping[str, str] = field(default_factory=dict)
    exclude: tuple[str, ...] | None = None
    skip_unknown: bool | None = None
    duplicates: str | None = None
    helm_values: tuple[str, ...] | None = None
    helm_set: tuple[str, ...] | None = None
    output: tuple[str, ...] | None = None
    color: str | None = None
    timeout: float | None = None
    rlimit: int | None = None
    limit: int | None = None
    jobs: int | str | None = None
    lint: LintChoice = LintChoice()
    properties: tuple[Property, ...] = ()
    universe_spec: Universe | None = None
    file: str | None = None
    at: Revision | None = None
