"""Asking the engine in a line or two: manifests, claims and universes as short flow YAML."""

from typing import Any

import yaml

from verifier.engine.check.check import check
from verifier.engine.results.check import Result
from verifier.ir.cluster import NOTHING, Cluster
from verifier.ir.property import Property
from verifier.ir.universe import INVENTORY, OPEN, Universe
from verifier.manifests.documents.document import Document, read_documents
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.load import load_text
from verifier.manifests.notation.expression import parse_expression
from verifier.manifests.specs.properties import properties_from_document
from verifier.manifests.specs.universe import universe_from_document
from verifier.smt.solver import Limits

DENY_ALL = "{podSelector: {}, policyTypes: [Ingress, Egress]}"
DENY_INGRESS = "{podSelector: {}}"
DENY_EGRESS = "{podSelector: {}, policyTypes: [Egress]}"

OTHER_NAMESPACES = (
    "{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [shop]}]}}"
)
"""A peer: the pods of every namespace but shop."""


def admits(*peers: str) -> str:
    """The spec of a policy that lets these peers in, and nothing else, to every pod of its namespace."""
    return f"{{podSelector: {{}}, ingress: [{{from: [{', '.join(peers)}]}}]}}"


def policy(namespace: str, name: str, spec: str) -> str:
    return _object("networking.k8s.io/v1", "NetworkPolicy", namespace, name, f"spec: {spec}")


def namespace(name: str, labels: str = "{}") -> str:
    return f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {labels}}}\n"


def pod(namespace: str, name: str, labels: str = "{}", spec: str = "") -> str:
    return _object("v1", "Pod", namespace, name, f"spec: {_pod_spec(spec)}", labels)


def deployment(namespace: str, name: str, labels: str, spec: str = "") -> str:
    template = f"{{metadata: {{labels: {labels}}}, spec: {_pod_spec(spec)}}}"
    return _object("apps/v1", "Deployment", namespace, name, f"spec: {{template: {template}}}")


def _pod_spec(spec: str) -> str:
    return f"{{{spec}}}" if "containers" in spec else f"{{containers: [{{name: c, image: i}}]{spec and ', '}{spec}}}"


def _object(api: str, kind: str, namespace: str, name: str, body: str, labels: str = "{}") -> str:
    metadata = f"{{namespace: {namespace}, name: {name}, labels: {labels}}}"
    return f"---\napiVersion: {api}\nkind: {kind}\nmetadata: {metadata}\n{body}\n"


def cluster(manifests: str) -> Cluster:
    return load_text(manifests, "manifests.yaml").cluster if manifests else NOTHING


def claim(text: str, namespace: str | None = None) -> Property:
    """A one-liner, or the claim of a property file in flow YAML: `{isolated: {}}`."""
    if not text.startswith("{"):
        return parse_expression(text)
    spec: dict[str, Any] = {"properties": [{"name": "claim", **yaml.safe_load(text)}]}
    if namespace is not None:
        spec["namespace"] = namespace
    return properties_from_document(_document("Properties", yaml.safe_dump(spec, default_flow_style=True)))[0]


def universe(text: str) -> Universe:
    """`open`, `inventory`, or the spec of a universe file in flow YAML."""
    named = {"open": OPEN, "inventory": INVENTORY}
    return named[text] if text in named else universe_from_document(_document("Universe", text))


def _document(kind: str, spec: str) -> Document:
    text = f"apiVersion: netpol-verifier/v1\nkind: {kind}\nmetadata: {{name: given}}\nspec: {spec}\n"
    return read_documents(Source.text_of(f"{kind.lower()}.yaml", text))[0]


def ask(manifests: str, text: str, of: str | Universe = "open", **switches: str) -> Result:
    """What `check` says about the claim, in the universe `of`."""
    where = universe(of) if isinstance(of, str) else of
    return check(cluster(manifests), [claim(text)], where, switches)[0]


def verdict(manifests: str, text: str, of: str | Universe = "open", **switches: str) -> str:
    """The verdict in a word; of one that hangs on switches, `depends on` them."""
    result = ask(manifests, text, of, **switches)
    return f"depends on {', '.join(result.depends_on)}" if result.depends_on else result.verdict.value


def limited(manifests: str, text: str, limits: Limits, of: str = "open") -> Result:
    """What `check` says within these limits."""
    return check(cluster(manifests), [claim(text)], universe(of), {}, limits)[0]


ALL = "{namespaces: {}}"
"""Every pod, as a subject or a peer of a cluster-scoped policy."""


def tier(name: str, rules: str, at: str = "Admin", priority: int = 1, subject: str = ALL) -> str:
    return (
        "---\napiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\n"
        f"metadata: {{name: {name}}}\nspec: {{tier: {at}, priority: {priority}, subject: {subject}, {rules}}}\n"
    )


def ingress(*actions: tuple[str, str]) -> str:
    return f"ingress: [{', '.join(f'{{action: {action}, from: [{peer}]}}' for action, peer in actions)}]"


def egress(*actions: tuple[str, str]) -> str:
    return f"egress: [{', '.join(f'{{action: {action}, to: [{peer}]}}' for action, peer in actions)}]"
