"""What somebody accepted for a while, with a reason and a name (`docs/acceptances.md`)."""

from dataclasses import dataclass, field
from datetime import date

from verifier.ir.origin import Origin
from verifier.ir.policy import Formula
from verifier.ir.property import Peers


@dataclass(frozen=True, slots=True)
class Flow:
    """Connections that somebody accepted: from `sources` to `destinations` on `ports`. `text`: as it was written."""

    sources: Peers
    destinations: Peers
    ports: Formula
    text: str


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Flows that a property is proved without (`property`), or by which the permitted traffic may grow (None).

    expires: the last day, in UTC, on which it holds.
    """

    property: str | None
    flows: tuple[Flow, ...]
    reason: str
    owner: str
    expires: date
    origin: Origin | None = field(default=None, compare=False, repr=False)
