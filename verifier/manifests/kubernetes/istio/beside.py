"""What a mesh does besides and nothing here reads: it is named where it occurs (docs/semantics.md 7)."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from verifier.errors import Diagnostic, Severity
from verifier.manifests.kubernetes.fields import Field, Problem, quoted
from verifier.manifests.kubernetes.istio.spec import ROOT, MeshPolicy
from verifier.manifests.kubernetes.objects import Object

_PORTS = tuple(f"traffic.sidecar.istio.io/{name}InboundPorts" for name in ("exclude", "include"))


_ROOT = re.compile(r"^rootNamespace:[ \t]*[\"']?([a-z0-9]([-a-z0-9]*[a-z0-9])?)", re.MULTILINE)


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


class Beside(Struct):
    """Collects it. roots: the root namespaces that settings of a mesh name. steering: objects that say where proxies
    send traffic, or how. excluding: workloads some of whose ports no proxy stands before, with the place that says
    so."""

    roots: dict[str, Object] = field(default_factory=dict)
    steering: list[Object] = field(default_factory=list)
    excluding: list[tuple[Object, Field]] = field(default_factory=list)

    def see_settings(self, source: Object) -> None:
        """Takes in what settings of a mesh say of its root namespace."""
        spec, data, metadata = (_mapping(source.value.get(name)) for name in ("spec", "data", "metadata"))
        name, root = metadata.get("name"), _mapping(spec.get("meshConfig")).get("rootNamespace")
        if source.kind == "ConfigMap" and isinstance(name, str) and (name == "istio" or name.startswith("istio-")):
            mesh = data.get("mesh")
            found = _ROOT.search(mesh) if isinstance(mesh, str) else None
            root = found[1] if found is not None else None
        elif source.kind != "IstioOperator":
            return
        if isinstance(root, str) and root:
            self.roots.setdefault(root, source)

    @property
    def root(self) -> str:
        return next(iter(self.roots), ROOT)

    def see(self, source: Object, root: Field) -> None:
        """Takes in what a workload says of its ports."""
        for pod in (
            root,
            root.get("spec").get("template"),
            root.get("spec").get("jobTemplate").get("spec").get("template"),
        ):
            annotations = pod.get("metadata").get("annotations")
            for name in _PORTS if isinstance(annotations.value, dict) else ():
                if annotations.get(name).value not in (None, "", "*"):
                    self.excluding.append((source, annotations.get(name)))

    def told(self, policies: Sequence[MeshPolicy]) -> list[Diagnostic]:
        """What is to be said of it: beside policies of the mesh a warning, since it makes a difference to them."""
        return [
            *self._of_roots(policies),
            *self._of_steering(Severity.WARNING if policies else Severity.NOTE),
            *self._of_ports(policies),
        ]

    def _of_roots(self, policies: Sequence[MeshPolicy]) -> Iterator[Diagnostic]:
        for root, each in list(self.roots.items())[1:] if policies else ():
            message = f"another root namespace of a mesh, {quoted(root)}: the first that is named counts, `{self.root}`"
            yield each.diagnostic(Problem("root-namespace", (), message, None, Severity.WARNING))

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
