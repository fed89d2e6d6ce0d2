"""What a mesh does besides and nothing here reads: it is named where it occurs (docs/semantics.md 7)."""

from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from verifier.errors import Diagnostic, Severity
from verifier.manifests.kubernetes.fields import Field, Problem, quoted
from verifier.manifests.kubernetes.istio.roots import Roots, mapping, mapping_of
from verifier.manifests.kubernetes.istio.spec import (
    OF_IDENTITY,
    Attribute,
    AuthorizationPolicy,
    MeshPolicy,
    tests_of,
)
from verifier.manifests.kubernetes.objects import Object

_PORTS = "traffic.sidecar.istio.io/"
_LISTED = tuple(f"{_PORTS}{name}" for name in ("excludeInboundPorts", "excludeInterfaces"))
"""What lists whatever is not redirected to a proxy."""
_INCLUDED = f"{_PORTS}includeInboundPorts"
"""What lists all that is: an empty list redirects nothing."""
_MODE, _CONFIG = "sidecar.istio.io/interceptionMode", "proxy.istio.io/config"
_BYPASS = "ambient.istio.io/bypass-inbound-capture"
_WAYPOINT = "istio.io/use-waypoint"
"""The label that says which waypoint stands before somebody; `none`: none does."""
_OF_SOURCES = OF_IDENTITY | {Attribute.SOURCE_ADDRESS}


def _opens(name: str, value: object) -> bool:
    """True iff the annotation may keep connections to a pod away from its proxy."""
    if name in _LISTED:
        return value not in (None, "")
    if name == _INCLUDED:
        return value not in (None, "*")
    if name == _CONFIG:
        found = mapping_of(value) if isinstance(value, str) else {}
        return found is None or found.get("interceptionMode") == "NONE"
    return value == ("NONE" if name == _MODE else "true")


class Beside(Struct):
    """Collects it. roots: what settings of a mesh say of its root namespace. steering: objects that say where proxies
    send traffic, or how. excluding: workloads some of whose ports no proxy stands before, with the place that says
    so. served: what a waypoint stands before, likewise."""

    roots: Roots = field(default_factory=Roots)
    steering: list[Object] = field(default_factory=list)
    excluding: list[tuple[Object, Field]] = field(default_factory=list)
    served: list[tuple[Object, Field]] = field(default_factory=list)

    def see_waypoint(self, source: Object, root: Field) -> None:
        """Takes in what the labels of a Namespace, a Service or a pod say of a waypoint."""
        labels = root.get("metadata").get("labels")
        if mapping(labels.value).get(_WAYPOINT) not in (None, "none"):
            self.served.append((source, labels.get(_WAYPOINT)))

    def see(self, source: Object, root: Field, namespace: str) -> None:
        """Takes in what a workload says of its ports, and whether it is a control plane. namespace: what a missing one
        means."""
        home = str(mapping(source.value.get("metadata")).get("namespace") or namespace)
        for pod in (
            root,
            root.get("spec").get("template"),
            root.get("spec").get("jobTemplate").get("spec").get("template"),
        ):
            annotations = pod.get("metadata").get("annotations")
            if pod is not root or source.kind == "Pod":
                self.roots.see_plane(pod.get("metadata").get("labels"), home)
                self.see_waypoint(source, pod)
            for name in (*_LISTED, _INCLUDED, _MODE, _CONFIG, _BYPASS) if mapping(annotations.value) else ():
                if _opens(name, annotations.get(name).value):
                    self.excluding.append((source, annotations.get(name)))

    def told(self, policies: Sequence[MeshPolicy]) -> list[Diagnostic]:
        """What is to be said of it: beside policies of the mesh a warning, since it makes a difference to them."""
        return [
            *self.roots.told(policies),
            *self._of_steering(Severity.WARNING if policies else Severity.NOTE),
            *self._of_ports(policies),
            *self._of_waypoints(policies),
        ]

    def _of_steering(self, severity: Severity) -> Iterator[Diagnostic]:
        by_kind: dict[str, list[Object]] = {}
        for each in self.steering:
            by_kind.setdefault(each.kind, []).append(each)
        for kind, found in sorted(by_kind.items()):
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            message = (
                f"a {quoted(kind)} of Istio is not read{more}: the answers are about traffic as if it steered none"
            )
            yield found[0].diagnostic(Problem("not-read", ("kind",), message, None, severity))

    def _of_ports(self, policies: Sequence[MeshPolicy]) -> Iterator[Diagnostic]:
        for each, place in self.excluding if policies else ():
            name = str(place.path[-1])
            message = (
                f"{quoted(name)}: no proxy stands before some ports of these pods, and the answers are as if one did"
            )
            yield each.diagnostic(Problem("excluded-ports", place.path, message, None, Severity.WARNING))

    def _of_waypoints(self, policies: Sequence[MeshPolicy]) -> Iterator[Diagnostic]:
        """A waypoint opens connections of its own, with its identity and address: what asks for those of the source, at
        a pod, asks for the waypoint's."""
        asking = next((policy for policy in policies if _asks_for_source(policy)), None)
        if asking is not None and self.served:
            (first, place), *others = self.served
            more = f" (and {len(others)} more)" if others else ""
            message = (
                f"{quoted(_WAYPOINT)}: connections come from a waypoint then{more}, and the answers are as if they "
                f"came from the source itself, for which {asking.citation} asks"
            )
            yield first.diagnostic(Problem("waypoint", place.path, message, None, Severity.WARNING))


def _asks_for_source(policy: MeshPolicy) -> bool:
    """True iff proxies of pods enforce it, and it asks for the identity or the address of a source."""
    if not isinstance(policy, AuthorizationPolicy) or not policy.decides or policy.targets:
        return False
    return any(test.attribute in _OF_SOURCES for rule in policy.rules for test in tests_of(rule))
