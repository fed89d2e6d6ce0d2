"""Which namespace is the root of a mesh, by the settings of its control plane (docs/semantics.md 7).

Settings are what istiod reads: the ConfigMap `istio`, or `istio-REVISION`, of its own namespace, and the IstioOperator
that it is made of. That namespace is the usual one, or another where the input shows a control plane: what stands
elsewhere under such a name anybody may have written.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from verifier.errors import Diagnostic, InputError, Severity
from verifier.ir.labels import is_dns_label, is_dns_subdomain
from verifier.ir.meshroot import ROOT, MeshRoot
from verifier.ir.origin import Path
from verifier.ir.policy import Citation
from verifier.manifests.documents.document import documents
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.fields import Field, Problem
from verifier.manifests.kubernetes.istio.spec import MeshPolicy
from verifier.manifests.kubernetes.kinds import group_of
from verifier.manifests.kubernetes.objects import Object

_CODE = "root-namespace"
_SETTINGS, _PLANE = "istio", "istiod"
"""What the ConfigMap is called, or how its name begins, and the label `app` of the pods that read it."""
_NAMES = ("rootNamespace", "root_namespace")
"""The field, as protobuf spells it in JSON."""
_HINT = "leave settings out that are not those of this cluster"


class _Said(Struct, frozen=True):
    """What settings say. home: where a ConfigMap stands; None: an IstioOperator, which is about a control plane
    wherever it stands itself. root: None: it cannot be read."""

    source: Object
    path: Path
    name: str
    home: str | None
    root: str | None

    @property
    def citation(self) -> Citation:
        return Citation(self.source.kind, self.home, self.name, None, self.source.origin.child(*self.path))

    def diagnostic(self, message: str, hint: str | None, severity: Severity) -> Diagnostic:
        return self.source.diagnostic(Problem(_CODE, self.path, message, hint, severity))


class Roots(Struct):
    """Collects it. planes: the namespaces in which the input has a control plane."""

    said: list[_Said] = field(default_factory=list)
    planes: set[str] = field(default_factory=set)

    def see_plane(self, labels: Field, namespace: str) -> None:
        """Takes in a workload by the labels of its pods."""
        if mapping(labels.value).get("app") == _PLANE:
            self.planes.add(namespace)

    def see(self, source: Object, namespace: str) -> None:
        """Takes in an object that is not read otherwise. namespace: what a missing one means."""
        metadata, spec = (mapping(source.value.get(name)) for name in ("metadata", "spec"))
        name, home = str(metadata.get("name") or ""), str(metadata.get("namespace") or namespace)
        name = name if is_dns_subdomain(name) else ""
        if (source.api, source.kind) == ("v1", "ConfigMap"):
            text = mapping(source.value.get("data")).get("mesh")
            if name.partition("-")[0] == _SETTINGS and is_dns_label(home) and isinstance(text, str):
                mesh = mapping_of(text)
                root = None if mesh is None else _root_of(mesh)
                self.said.append(_Said(source, ("data", "mesh"), name, home, root))
        elif (group_of(source.api), source.kind) == ("install.istio.io", "IstioOperator"):
            values = mapping(spec.get("values"))
            for path, mesh in ((("spec",), spec), (("spec", "values"), values)):
                found = mapping(mesh.get("meshConfig"))
                if any(found.get(each) for each in _NAMES):
                    self.said.append(_Said(source, (*path, "meshConfig"), name, None, _root_of(found)))

    @property
    def _counting(self) -> list[_Said]:
        """The settings that are those of a control plane, as far as anybody can say."""
        usual = any(each.home == ROOT for each in self.said)
        return [each for each in self.said if each.home in (None, ROOT) or (not usual and self._shows(each))]

    def _shows(self, each: _Said) -> bool:
        return each.home in self.planes or each.home == each.root

    @property
    def root(self) -> str:
        return next((each.root for each in self._counting if each.root is not None), ROOT)

    def of(self, policies: Sequence[MeshPolicy]) -> MeshRoot | None:
        """What answers about these policies rest on; None: there are none, and nobody names a root."""
        said = next((each.citation for each in self._counting if each.root not in (None, ROOT)), None)
        if not policies and said is None:
            return None
        return MeshRoot(self.root, said, frozenset(policy.namespace for policy in policies))

    def told(self, policies: Sequence[MeshPolicy]) -> Iterator[Diagnostic]:
        """What is to be said of them, where policies would mean something else by other settings."""
        homes, counting = {policy.namespace for policy in policies}, self._counting
        first = next((each for each in counting if each.root is not None), None)
        for each in self.said if policies else ():
            if each not in counting:
                if each.root != self.root and (each.root is None or not homes.isdisjoint((each.root, self.root))):
                    yield self._passed_over(each)
            elif each.root is None:
                message = f"settings of a mesh that cannot be read: `{self.root}` counts as the root namespace"
                yield each.diagnostic(message, None, Severity.WARNING)
            elif first is not None and each.root != first.root and not homes.isdisjoint((each.root, first.root)):
                what = f"another root namespace of a mesh, `{each.root}`"
                message = f"{what}: {str(first.citation).rstrip()} has `{first.root}`"
                yield each.diagnostic(message, _HINT, Severity.ERROR)
            elif each.home not in (None, ROOT, *self.planes) and not homes.isdisjoint((each.root, ROOT)):
                message = f"nothing shows that a control plane is in `{each.home}`, whose settings count here"
                yield each.diagnostic(message, _HINT, Severity.WARNING)

    def _passed_over(self, each: _Said) -> Diagnostic:
        where = f"settings of a mesh in `{each.home}`, where nothing shows a control plane, are passed over"
        return each.diagnostic(f"{where}: the root namespace is `{self.root}`", _HINT, Severity.WARNING)


def mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def mapping_of(text: str) -> Mapping[str, object] | None:
    """What a text of YAML holds, which is one mapping, or nothing; None: it cannot be read as that."""
    try:
        found, wrong = documents(Source.text_of("", text), strict=False)
    except (InputError, UnicodeError):  # JSON can say characters that no text has
        return None
    values = [document.value for document in found if document.value is not None]
    if wrong or len(values) > 1:
        return None
    value = values[0] if values else {}
    return value if isinstance(value, dict) else None


def _root_of(mesh: Mapping[str, object]) -> str | None:
    """The root that these settings make; None: nobody can say."""
    found = [mesh[name] for name in _NAMES if mesh.get(name) not in (None, "")] or [ROOT]
    (root, *others) = found
    return root if isinstance(root, str) and is_dns_label(root) and all(other == root for other in others) else None
