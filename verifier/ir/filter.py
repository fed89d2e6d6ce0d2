"""Ends that a reader of a map picks out."""

from msgspec import Struct

from verifier.ir.property import Peer


class Choice(Struct, frozen=True):
    """Either workloads whose `kind/namespace/name` (in lower case), `namespace/name` or name fits the glob
    `pattern`, or whom `peer` describes. `text`: as it was said."""

    text: str
    pattern: str | None = None
    peer: Peer | None = None
