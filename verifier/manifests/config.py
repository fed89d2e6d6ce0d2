"""netpol.yaml and the `NETPOL_*` variables: what is said once for all runs of a project.

Takes the directory to start from (or a file) and the environment; gives a `Config` in which what nobody said is None.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from verifier.ir.property import Property
from verifier.ir.universe import Universe

FILE = "netpol.yaml"

VARIABLES = {
    "NETPOL_UNIVERSE": "universe",
    "NETPOL_NAMESPACE": "namespace",
    "NETPOL_PROFILE": "profile",
    "NETPOL_SET": "switches",
    "NETPOL_EXCLUDE": "exclude",
    "NETPOL_SKIP_UNKNOWN": "skip_unknown",
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

    manifests, universe: paths are relative to the working directory.
    switches: those that are set; further ones may come from the universe and the command line.
    properties: of the documents of kind Properties.
    universe_spec: of the document of kind Universe; it holds where `universe` is None.
    file: the configuration file that was read.
    """

    manifests: tuple[str, ...] | None = None
    universe: str | None = None
    namespace: str | None = None
    profile: str | None = None
    switches: Mapping[str, str] = field(default_factory=dict)
    exclude: tuple[str, ...] | None = None
    skip_unknown: bool | None = None
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


def load_config(path: str | None, start: Path, environment: Mapping[str, str] | None = None) -> Config:
    """The settings of the file `path` (None: of the one that NETPOL_CONFIG names, or `find_config` finds) and those of
    the environment (None: the process's own), which beat the file's. Raises InputError with every mistake."""
    environment = os.environ if environment is None else environment
    file = path or environment.get("NETPOL_CONFIG") or find_config(start)
    said = {variable: environment[variable] for variable in VARIABLES if environment.get(variable)}
    if file is None and not said:
        return Config()
    from verifier.manifests.configfile import overlay, read_config  # pydantic only where there is something to read

    config = Config() if file is None else read_config(file)
    return overlay(config, said) if said else config


def find_config(start: Path) -> str | None:
    """The netpol.yaml of `start` or of the nearest directory above it, up to the root of the git work tree; None: there
    is none. Outside a work tree only `start` is looked at."""
    found = next((place for place in places_of_config(start) if place.is_file()), None)
    return None if found is None else os.path.relpath(found)


def places_of_config(start: Path) -> list[Path]:
    """Where `find_config` looks, in this order."""
    here = start.resolve()
    places = [here, *here.parents]
    root = next((i for i, place in enumerate(places) if (place / ".git").exists()), 0)
    return [place / FILE for place in places[: root + 1]]
