"""What does not count as added (docs/acceptances.md): flows, as claims; bit masks say which mean somebody."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .addresses import in_block
from .claims import is_bare, is_selector
from .labels import matches
from .rules import End, Plain, nodelike, ports
from .sides import of_property


class Accepted:
    """`declared`: the namespaces that bare selectors speak of. `placed`: the universe says which addresses pods have,
    so that blocks speak of them too."""

    def __init__(self, flows: list[Plain], declared: Iterable[str], placed: bool) -> None:
        self.flows, self.declared, self.placed = flows, set(declared), placed

    def peers(self) -> Iterator[Plain]:
        return (peer for flow in self.flows for side in ("from", "to") for peer in flow[side] or ())

    def cidrs(self) -> Iterator[str]:
        for block in (peer["ipBlock"] for peer in self.peers() if "ipBlock" in peer):
            yield from (block["cidr"], *(block.get("except") or ()))

    def entries(self) -> Iterator[Plain]:
        return (entry for flow in self.flows for entry in ports(flow))

    def by_labels(self, end: End) -> tuple[int, int]:
        """The flows that mean the endpoint, as source and as destination, whatever its address."""
        return self._either(lambda peer: self._means(peer, end))

    def by_address(self, family: int, address: int) -> tuple[int, int]:
        """The flows that mean whoever has the address."""
        return self._either(lambda peer: "ipBlock" in peer and in_block(peer["ipBlock"], family, address))

    def meaning(self, side: int, kind: str, labels: tuple[int, int], address: tuple[int, int], setting: Any) -> int:
        """The flows that mean such an endpoint: with what its labels and its own address amount to."""
        nodes = self._either(lambda peer: "node" in peer) if nodelike(End(kind), setting) else (0, 0)
        by_address = kind == "external" or (kind == "pod" and self.placed)
        return labels[side] | nodes[side] | (address[side] if by_address else 0)

    def on(self, protocol: str, port: int | None, names: set[str]) -> int:
        """The flows whose ports hold this one."""
        return _mask(of_property(ports(flow), protocol, port, frozenset(names)) for flow in self.flows)

    def _either(self, means: Callable[[Plain], bool]) -> tuple[int, int]:
        source, destination = (
            _mask(flow[side] is None or any(map(means, flow[side])) for flow in self.flows) for side in ("from", "to")
        )
        return source, destination

    def _means(self, peer: Plain, end: End) -> bool:
        if "external" in peer:
            return end.kind == "external"
        if not is_selector(peer) or end.namespace is None:
            return False
        return (
            matches(peer.get("podSelector") or {}, end.labels)
            and matches(peer.get("namespaceSelector") or {}, end.namespace.labels)
            and (peer.get("namespaces") is None or end.namespace.name in peer["namespaces"])
            and (end.namespace.name in self.declared or not is_bare(peer))
        )


def _mask(bits: Iterable[bool]) -> int:
    return sum(bit << i for i, bit in enumerate(bits))
