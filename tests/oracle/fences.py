"""The Cilium policies of a world as bit masks: which arms an endpoint, an address and a port meet, and what the stages
of Cilium come to (docs/semantics.md 6.1, 6.2)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from . import cilium
from .rules import EGRESS, INGRESS, End
from .world import World


class Mask(NamedTuple):
    """The arms that fit perhaps, and surely."""

    perhaps: int = 0
    surely: int = 0

    def __and__(self, other: "Mask") -> "Mask":  # type: ignore[override]
        return Mask(self.perhaps & other.perhaps, self.surely & other.surely)


@dataclass
class Fences:
    world: World
    arms: dict[str, list[cilium.Arm]] = field(init=False)
    _known: dict[object, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.arms = {way: self.world.fence.arms(way) for way in (INGRESS, EGRESS)}

    def governing(self, way: str, end: End) -> Mask:
        """The arms of rules whose subject the endpoint is."""
        key = (way, id(end))
        if key not in self._known:
            self._known[key] = _mask(cilium.governs(arm.rule, end) for arm in self.arms[way])
        return self._known[key]  # type: ignore[no-any-return]

    def asking(self, way: str, end: End, by_network_policy: bool, setting: Any) -> str:
        """Whether the endpoint is isolated."""
        if not self.world.fence.is_there:
            return cilium.YES if by_network_policy else cilium.NO
        return cilium.isolated(self.world.fence, way, end, by_network_policy, setting)

    def meant(self, way: str, end: End, family: int, address: int, setting: Any) -> tuple[Mask, Mask]:
        """The arms whose peer the endpoint is: on another node than the subject, and on its own."""
        one, other = (
            _mask(
                cilium.peer_fits(arm, self.world.fence, end, family, address, same, setting) for arm in self.arms[way]
            )
            for same in (False, True)
        )
        return one, other

    def ported(self, way: str, protocol: str, port: int | None, names: frozenset[str]) -> Mask:
        return _mask(cilium.port_fits(arm, protocol, port, names) for arm in self.arms[way])

    def said(self, way: str, hits: Mask, namespaced: str, isolated: str) -> frozenset[str]:
        """All that the stages can come to; the word of NetworkPolicies where there is no Cilium. hits: the arms that
        fire."""
        if not self.world.fence.is_there:
            return frozenset({namespaced})
        key = (way, hits, namespaced, isolated)
        if key not in self._known:
            how = (
                cilium.YES if hits.surely >> i & 1 else cilium.PERHAPS if hits.perhaps >> i & 1 else cilium.NO
                for i in range(len(self.arms[way]))
            )
            found = cilium.judged(zip(self.arms[way], how, strict=True), namespaced == cilium.ALLOW, isolated)
            self._known[key] = frozenset(found)
        return self._known[key]  # type: ignore[no-any-return]


def _mask(answers: Iterable[str]) -> Mask:
    perhaps = surely = 0
    for i, answer in enumerate(answers):
        perhaps |= (answer != cilium.NO) << i
        surely |= (answer == cilium.YES) << i
    return Mask(perhaps, surely)
