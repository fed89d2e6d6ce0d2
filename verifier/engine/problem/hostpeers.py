"""hostNetwork pods that are peers by their labels and are seen under their node's address (docs/semantics.md 1.4)."""

from collections.abc import Mapping

from verifier.ir.policy import Direction, PolicySet
from verifier.ir.switches import OPEN
from verifier.vocabulary import Mentions

BESIDE_PEERS = (
    "what else runs on the node of a hostNetwork pod that a peer selects, which some plugins take for that pod "
    "(host_network: as_peer)"
)
"""What nothing is said about where that matters: a plugin that goes by the address means the whole node."""


def selects_hostpods(policies: PolicySet, switches: Mapping[str, str]) -> bool:
    """True iff hostNetwork pods may be peers without being governed, and some peer is made of selectors."""
    if switches["host_network"] not in ("as_peer", OPEN):
        return False
    mentions = Mentions()
    for direction in Direction:
        for stage in policies.pipe(direction).stages:
            for rung in (rung for block in stage.blocks() for rung in block.rungs):
                mentions.add(rung.guard)
    return "host_network" in mentions.switches
