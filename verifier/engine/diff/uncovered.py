"""What a comparison does not speak about, though it may have changed."""

from collections.abc import Iterator, Sequence

from verifier.engine.problem.pairing import covers_nodes
from verifier.engine.problem.problem import Context
from verifier.engine.problem.services import hiding
from verifier.engine.results.standing import NODES
from verifier.ir.prose import listed
from verifier.ir.service import Service

_MOST = 3


def left_out(contexts: tuple[Context, Context], elsewhere: Sequence[str]) -> Iterator[str]:
    """elsewhere: what is made by whom nobody knows."""
    if not covers_nodes(*contexts):
        yield NODES
    if contexts[0].switches["sctp"] == "no":
        yield "SCTP (sctp: no)"
    turned = _turned(contexts)
    if turned:
        yield f"that `externalTrafficPolicy` changes whose address outside clients of {listed(turned, _MOST)} show"
    yield from elsewhere


def _turned(contexts: tuple[Context, Context]) -> list[str]:
    """The Services of both sides that hide who asks on one side only: whether a client is seen with its own address
    is one setting for a comparison (`external_source`)."""
    known, hidden = [], []
    for context in contexts:
        known.append({service.key for service in context.cluster.services})
        hidden.append({service.key: service for service in hiding(context.cluster)})
    apart: dict[tuple[str, str], Service] = {**hidden[0], **hidden[1]}
    both = known[0] & known[1]
    return [str(apart[key]) for key in sorted((hidden[0].keys() ^ hidden[1].keys()) & both)]
