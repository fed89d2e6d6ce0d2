"""StagedKubernetesNetworkPolicy: a NetworkPolicy of Kubernetes that is not in force (docs/semantics.md 5.2)."""

from msgspec import Struct

from verifier.ir.origin import Origin
from verifier.ir.policy import Citation
from verifier.manifests.kubernetes.calico.policies import read_name, read_staged_action
from verifier.manifests.kubernetes.calico.spec import Staged
from verifier.manifests.kubernetes.fields import Field
from verifier.manifests.kubernetes.lowering import Policy
from verifier.manifests.kubernetes.networkpolicy import Spec, read_spec
from verifier.manifests.kubernetes.objects import Object

KIND = "StagedKubernetesNetworkPolicy"


class StagedKubernetes(Struct, frozen=True):
    """`staged`: what promotion makes of it. `origin` is the whole object."""

    namespace: str
    name: str
    spec: Spec
    staged: Staged
    origin: Origin

    @property
    def citation(self) -> Citation:
        return Citation(KIND, self.namespace, self.name, None, self.origin.child("spec", "podSelector"))

    @property
    def policy(self) -> Policy:
        """The NetworkPolicy that it becomes."""
        return Policy(self.namespace, self.name, self.spec, self.origin, self.origin.child("spec", "podSelector"))


def read_staged_kubernetes(root: Field, source: Object, default_namespace: str) -> StagedKubernetes:
    """The policy that `root` holds."""
    metadata, namespace = read_name(root, source, default_namespace=default_namespace)
    field = root.get("spec")
    staged = read_staged_action(field.get("stagedAction"), field)
    rest = {name: value for name, value in field.mapping().items() if name != "stagedAction"}
    return StagedKubernetes(
        namespace or default_namespace, metadata.name, read_spec(Field(rest, field.path, field.report)), staged,
        source.origin,
    )  # fmt: skip
