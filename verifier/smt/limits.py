"""How much a solver may take. Loads none, so that whoever may need one can be told of limits."""

from msgspec import Struct


class Limits(Struct, frozen=True):
    """rlimit: Z3's resource units for each query (reproducible). deadline: `time.monotonic()` at which the run ends.
    cross_check: cvc5 is asked too whatever a verdict rests on.
    """

    rlimit: int | None = None
    deadline: float | None = None
    cross_check: bool = False
