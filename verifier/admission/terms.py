"""What a webhook asks of every request."""

from collections.abc import Mapping

from msgspec import Struct

from verifier.ir.acceptance import Acceptance
from verifier.ir.property import Property
from verifier.ir.universe import Universe
from verifier.manifests.kubernetes.load import Options


class Terms(Struct, frozen=True):
    """What is asked, and how. switches: what is said of them. fail_on: as in `of_gate`. limit: how many regions are
    told. base: what the stored state is called."""

    properties: tuple[Property, ...]
    universe: Universe
    switches: Mapping[str, str]
    options: Options
    acceptances: tuple[Acceptance, ...] = ()
    fail_on: str = "added"
    limit: int = 100
    rlimit: int | None = None
    base: str = "what is stored"
    namespace: str = "default"
