"""What answers take for granted about the proxies of a mesh (docs/semantics.md 7)."""

from collections.abc import Collection, Iterator, Mapping

from verifier.ir.endpoint import NODELIKE, Kind

_EVERYWHERE = "a proxy of the mesh stands before every pod (istio_mesh: all)"
_OWN_NODE = (
    "what comes from a pod's own node is let in past its proxy too, which does not know where it is from "
    "(local_node_ingress: always)"
)


def taken_for_granted(
    mentioned: Collection[str], switches: Mapping[str, str], sources: Collection[Kind]
) -> Iterator[str]:
    """mentioned: the switches that the policies in question name. sources: the kinds of ends that are asked about."""
    if "istio_mesh" not in mentioned:
        return
    if switches["istio_mesh"] == "all":
        yield _EVERYWHERE
    if switches["local_node_ingress"] != "policy" and not NODELIKE.isdisjoint(sources):
        yield _OWN_NODE
