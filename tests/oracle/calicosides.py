"""Calico's policies in a world: which endpoints, addresses and ports they tell apart, and what a side can come to."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from . import behind, calico
from . import tiers as widely
from .addresses import inside
from .labels import NAME

Plain = dict[str, Any]
_CONSTANT = ("projectcalico.org/orchestrator",)


def as_selectors(known: calico.Calico) -> tuple[list[Plain], list[Plain]]:
    """Selectors of Kubernetes, of pods and of namespaces, that tell apart whatever those of Calico tell apart."""
    by_pod: list[Plain] = []
    by_namespace: list[Plain] = []
    for key, values in calico.words(known).items():
        if key in _CONSTANT:
            continue
        if key == "projectcalico.org/namespace":
            by_namespace += _told(NAME, values)
        elif key == "projectcalico.org/serviceaccount":
            by_pod += _told(calico.ACCOUNT, values)
        elif key.startswith("pcns."):
            by_namespace += _told(key.removeprefix("pcns."), values)
        elif not key.startswith("pcsa."):
            by_pod += _told(key, values)
    for home, labels in behind.selectors(known.services) if calico.names_services(known) else ():
        by_namespace += _told(NAME, [home])
        by_pod.append({"matchLabels": labels})
    return by_pod, by_namespace


def _told(key: str, values: Iterable[str]) -> Iterator[Plain]:
    yield {"matchExpressions": [{"key": key, "operator": "Exists"}]}
    yield from ({"matchExpressions": [{"key": key, "operator": "In", "values": [v]}]} for v in sorted(values))


@dataclass
class Judge:
    """What the policies make of a world's connections; `known` empty: there is none of Calico."""

    known: calico.Calico
    tiers: list[widely.Tiered]
    faces: dict[Hashable, calico.Side] = field(default_factory=dict)
    """For each way to be told apart an endpoint, with its address, that stands for all such."""
    _found: dict[Hashable, Any] = field(default_factory=dict)

    def of_end(self, end: Any, family: int, address: int) -> Hashable:
        """Equal for two places that no policy tells apart."""
        if not self.known.is_used:
            return None
        there = self._place(family, address)
        told = (end.kind, family, there, self._of_labels(end))
        self.faces.setdefault(told, calico.Side(end, family, address))
        return told

    def _place(self, family: int, address: int) -> Hashable:
        """The blocks of the policies, and of what they know by address, that the address is in."""
        key = ("place", family, address)
        if key not in self._found:
            self._found[key] = tuple(inside(cidr, family, address) for cidr in calico.cidrs(self.known))
        return self._found[key]  # type: ignore[no-any-return]

    def _of_labels(self, end: Any) -> Hashable:
        """What selectors say of the labels of an endpoint, and of which policies it is the subject."""
        key = ("labels", id(end))
        if key not in self._found:
            whos = [calico.subject_of(policy) for policy in self.known.policies]
            for policy, entity in self._entities():
                whos += [who] if (who := calico.positive(policy, entity)) is not None else []
                whos += [calico.Selector(((entity["notSelector"], "", ""),))] if entity.get("notSelector") else []
            said = (who(calico.labels_of(self.known, end)) for who in whos) if end.kind == "pod" else ()
            self._found[key] = (*said, *self._of_services(end), *self._of_tiers(end))
        return self._found[key]  # type: ignore[no-any-return]

    def _of_services(self, end: Any) -> Iterator[bool]:
        """Whether the endpoint is a pod of each Service."""
        for home, labels in behind.selectors(self.known.services) if self._names_services() else ():
            here = end.kind == "pod" and end.namespace.name == home
            yield here and labels.items() <= end.labels.items()

    def _names_services(self) -> bool:
        if "services" not in self._found:
            self._found["services"] = calico.names_services(self.known)
        return bool(self._found["services"])

    def _of_tiers(self, end: Any) -> Iterator[bool]:
        """Whether the endpoint is the subject of each cluster-scoped policy."""
        return (widely.governs(policy, end) for policy in self.tiers)

    def _entities(self) -> Iterator[tuple[calico.Policy, Plain]]:
        for policy in self.known.policies:
            for way in ("Ingress", "Egress"):
                for rule in calico.rules(policy, way):
                    yield from ((policy, rule.get(end) or {}) for end in ("source", "destination"))

    def of_point(self, protocol: str, port: int | None, names: frozenset[str]) -> Hashable:
        """Equal for two ports that no policy tells apart."""
        if not self.known.is_used:
            return None
        numbers, words = calico.port_words(self.known)
        place = None if port is None else sum(port >= n for n in numbers), port in numbers
        return protocol, place, names & words

    def outcomes(
        self,
        way: str,
        ends: tuple[Any, Any],
        point: Any,
        namespaced: list[tuple[str, str, bool, bool]],
        ladders: Any,
        hits: tuple[int, int],
        setting: Any,
    ) -> frozenset[bool]:
        """All that one side can come to. ends: rows of endpoints, the source first. namespaced: the NetworkPolicies
        that isolate the subject, and whether they let the connection through."""
        exact = any((p.tier, p.order) == ("default", calico.OF_KUBERNETES) for p in self.known.policies)
        asked = [*(["calico_np_name"] if exact and namespaced else []), *(["same_priority"] if any(hits) else [])]
        asked += ["external_source"] if self._names_services() else []
        values = tuple(setting[name] for name in asked)
        seen = (ends[0].calico[1], ends[1].calico[0])
        whole = (way, seen, point.calico, tuple(namespaced), hits, values)
        if whole not in self._found:
            packet = calico.Packet(
                *(self.faces[face] for face in seen),
                point.protocol,
                point.port,
                point.names,
                setting["external_source"] == "node",
            )
            subject = (packet.destination if way == "Ingress" else packet.source).end
            wide = ladders.listed(way, subject, hits)
            chosen = {"same_priority": "any", **dict(zip(asked, values, strict=True))}
            self._found[whole] = calico.pipeline(self.known, way, packet, namespaced, wide, chosen, False)
        return self._found[whole]  # type: ignore[no-any-return]
