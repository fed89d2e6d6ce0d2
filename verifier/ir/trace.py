"""What came of one connection, and the steps that decided: plain data that semantics makes and reports show."""

from msgspec import Struct

from verifier.ir.policy import Action, Citation, Direction


class Step(Struct, frozen=True):
    """What one stage said. `because` is the reason in a few words; `citation` the rule or policy behind it;
    `also` further policies that isolate the endpoint. `doubt`: what else can come of it, and why. `partly`: what denies
    is no default deny, for it leaves other connections of the endpoint alone."""

    stage: str
    decision: Action
    because: str
    citation: Citation | None = None
    also: tuple[Citation, ...] = ()
    doubt: str = ""
    partly: bool = False


class Leg(Struct, frozen=True):
    """One side of a connection: the steps in order (the last one decides), and what can come of it.

    outcomes: whether it lets the connection through: one answer, or both where that hangs on a tie (4.4) or on
        something that nobody can say (1.5, havoc); the steps then show one way.
    """

    direction: Direction
    steps: tuple[Step, ...]
    outcomes: frozenset[bool]

    @property
    def allowed(self) -> bool:
        """True iff it surely lets the connection through."""
        return self.outcomes == {True}


class Decision(Struct, frozen=True):
    """What the policies make of a connection; both legs, whatever the first one said."""

    egress: Leg
    ingress: Leg
    outcomes: frozenset[bool]

    @property
    def allowed(self) -> bool:
        """must(c) of 1.5: True iff the connection is surely allowed."""
        return self.outcomes == {True}

    @property
    def possible(self) -> bool:
        """may(c) of 1.5: True iff the connection is allowed, or nobody can say."""
        return True in self.outcomes
