"""An edit, written into plain manifests: a reading of its own of what each sort of edit does to what stands at a place.

Nothing of `verifier.manifests.kubernetes.mutants` is used: only the sort, the place and the words of an edit.
"""

import ipaddress
import re
from copy import deepcopy
from typing import Any

import yaml

from verifier.ir.mutant import Edit, Sort
from verifier.manifests.documents.document import Document

Plain = dict[str, Any]

_OTHER_ACTION = {
    "AdminNetworkPolicy": {"Allow": "Deny", "Deny": "Allow", "Pass": "Deny"},
    "BaselineAdminNetworkPolicy": {"Allow": "Deny", "Deny": "Allow"},
    "ClusterNetworkPolicy": {"Accept": "Deny", "Deny": "Accept", "Pass": "Deny"},
    "AuthorizationPolicy": {"ALLOW": "DENY", "DENY": "ALLOW", None: "DENY"},
    "PeerAuthentication": {"STRICT": "PERMISSIVE"},
    "Tier": {"Deny": "Pass", None: "Pass"},
}
_OF_CALICO = {"Allow": "Deny", "Deny": "Allow", "Pass": "Deny"}
_TIERS = ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy")
_KEY = "nobody-has-this"


def dumped(manifests: list[Plain]) -> str:
    return yaml.safe_dump_all(manifests, sort_keys=False)


def written(manifests: list[Plain], edit: Edit) -> list[Plain]:
    """The manifests, of whose dump the edit is one, after it. Namespaces that only a policy declared stay declared."""
    found = deepcopy(manifests)
    origin = edit.origin
    assert origin is not None
    document = origin.document
    assert isinstance(document, Document)
    number = document.source.text[: document.start + len("---\n")].count("\n---\n")  # a document begins with its line
    if edit.sort is Sort.ISOLATION:
        way, name = re.fullmatch(r"with a default deny for (\w+) in (.+)", edit.text).groups()  # type: ignore[union-attr]
        return [*found, _policy("the-new-one", name, {"podSelector": {}, "policyTypes": [way.capitalize()]})]
    if edit.sort is Sort.POLICY:
        gone = found.pop(number)
        home = gone["metadata"].get("namespace", "default")
        return found if edit.policy.namespace is None else [*found, _nobodys(home)]
    _write(found[number], list(origin.path), edit)
    return found


def _policy(name: str, namespace: str, spec: Plain) -> Plain:
    api, meta = "networking.k8s.io/v1", {"name": name, "namespace": namespace}
    return {"apiVersion": api, "kind": "NetworkPolicy", "metadata": meta, "spec": spec}


def _nobodys(namespace: str) -> Plain:
    """A policy that selects nobody: it declares the namespace, and no more."""
    never = [{"key": _KEY, "operator": "Exists"}, {"key": _KEY, "operator": "DoesNotExist"}]
    return _policy("nobodys", namespace, {"podSelector": {"matchExpressions": never}})


def _write(manifest: Plain, path: list[str | int], edit: Edit) -> None:
    *above, last = path
    place: Any = manifest
    for step in above:
        place = place[step]
    kind = manifest["kind"]
    match edit.sort:
        case Sort.CIDR:
            network = ipaddress.ip_network(place[last], strict=False)
            place[last] = str(ipaddress.ip_network((network.network_address, network.prefixlen - 1), strict=False))
        case Sort.PRIORITY:
            place[last] = int(re.search(r" is (\d+)$", edit.text)[1]) if kind in _TIERS else -1  # type: ignore[index]
        case Sort.ACTION if last == "enableDefaultDeny":
            way = re.search(r"\.(\w+)` is false", edit.text)[1]  # type: ignore[index]
            place[last] = {**(place.get(last) or {}), way: False}
        case Sort.ACTION:
            place[last] = _OTHER_ACTION.get(kind, _OF_CALICO)[place.get(last)]
        case Sort.ANY_PEER if kind in _TIERS:
            place[last] = [{"namespaces": {}}]
        case _:
            del place[last]
