"""A comparison under two settings: of each side what its switches are, and which port names one pod can have on either.

Switches that are the same for both are called by their name, those that each side has of its own by the side.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from .rules import End, names_at

SIDES = ("old:", "new:")
OF_PLUGINS = (
    "local_node_ingress",
    "local_node_egress",
    "host_network",
    "self_via_service",
    "ipblock_pods",
    "ipblock_nodes",
    "named_port_source",
    "named_port_dup",
    "named_port_ipblock",
    "same_priority",
    "networks_pods",
    "networks_nodes",
    "np_finality",
    "calico_np_name",
    "endport",
)
"""Switches that a plugin decides; what one leaves open another decides for itself."""
_SPOKEN_OF = {"sctp": "no", "other_protocols": "off"}
"""What decides whether a protocol is spoken of at all, with the value under which it is not: on both sides or not."""


def joined(
    old: Mapping[str, str], new: Mapping[str, str], *, two_plugins: bool
) -> tuple[dict[str, str], frozenset[str]]:
    """The values of both sides in one, and the names of those that each side has of its own."""
    old, new = dict(old), dict(new)
    for name, silent in _SPOKEN_OF.items():
        said = {old[name], new[name]}
        both = silent if silent in said else "open" if "open" in said else old[name]
        old[name] = new[name] = both
    apart = {name for name in old if old[name] != new[name]}
    if two_plugins:
        apart |= {name for name in OF_PLUGINS if old[name] == new[name] == "open"}
    values = {name: value for name, value in new.items() if name not in apart}
    for side, own in zip(SIDES, (old, new), strict=True):
        values |= {f"{side}{name}": own[name] for name in apart}
    return values, frozenset(apart)


class Two:
    """One setting of each side."""

    def __init__(self, setting: Mapping[str, str], apart: frozenset[str]) -> None:
        self.setting, self.apart = setting, apart

    def of(self, version: int) -> "Sided":
        return Sided(self, SIDES[version])

    def __getitem__(self, name: str) -> str:
        assert name not in self.apart, f"whose {name} is meant?"
        return self.setting[name]


class Sided:
    """What one side makes of the switches."""

    def __init__(self, two: Two, side: str) -> None:
        self._two, self._side = two, side

    def __getitem__(self, name: str) -> str:
        return self._two.setting[f"{self._side}{name}" if name in self._two.apart else name]


def named_on_either(setting: Any) -> set[tuple[bool, bool]]:
    """Whether a pod can call a port by a name on the old side, and on the new one: for some way to declare it."""
    if not isinstance(setting, Two) or not setting.apart & {"named_port_source", "named_port_dup"}:
        return {(True, True), (False, False)}
    found = set()
    for declared in _ways_to_declare():
        pod = End("pod", named=declared)
        found.add(tuple(bool(names_at(pod, "TCP", 80, setting.of(v))) for v in (0, 1)))
    return found  # type: ignore[return-value]


def _ways_to_declare() -> Iterator[list[tuple[str, str, int, str]]]:
    one = [("http", "TCP", number, source) for number in (80, 81) for source in ("container", "sidecar", "init")]
    for count in range(4):
        yield from map(list, product(one, repeat=count))
