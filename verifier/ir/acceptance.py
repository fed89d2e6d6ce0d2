"""What somebody accepted for a while, with a reason and a name (`docs/acceptances.md`)."""

from datetime import date

from msgspec import Struct

from verifier.ir.origin import Origin
from verifier.ir.policy import Formula
from verifier.ir.property import Peers


class Flow(Struct, frozen=True):
    """Connections that somebody accepted: from `sources` to `destinations` on `ports`. `text`: as it was written, or,
    where that was a mapping, in a line for people; `mapping`: that mapping, in JSON."""

    sources: Peers
    destinations: Peers
    ports: Formula
    text: str
    mapping: str = ""


class Acceptance(Struct, frozen=True):
    """Flows that a property is proved without (`property`), or by which the permitted traffic may grow (None).

    expires: the last day, in UTC, on which it holds.
    """

    property: str | None
    flows: tuple[Flow, ...]
    reason: str
    owner: str
    expires: date
    origin: Origin | None = None
