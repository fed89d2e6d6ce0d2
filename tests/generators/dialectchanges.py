"""Random pairs of small clusters with policies of Cilium, of Calico or of a mesh, the second one a change of the first
in these policies alone. A seed is a pair."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

from tests.generators.behind import calico_services_example, cilium_services_example
from tests.generators.calicostrategies import APIS, calico_example
from tests.generators.changes import Pair
from tests.generators.ciliumstrategies import cilium_example
from tests.generators.meshstrategies import mesh_example
from tests.generators.strategies import Example
from tests.oracle.cilium import CLUSTERWIDE, NAMESPACED
from tests.oracle.mesh import is_of_mesh

Plain = dict[str, Any]

_PAIR = 3_000_000
"""Seeds of what goes into pairs lie beyond those of examples."""
_SECTIONS = ("ingress", "ingressDeny", "egress", "egressDeny")
EXAMPLES: dict[str, Callable[[int], Example]] = {
    "cilium": cilium_example,
    "calico": calico_example,
    "mesh": mesh_example,
    "cilium services": cilium_services_example,
    "calico services": calico_services_example,
}


def dialect_pair(seed: int) -> Pair:
    random = Random(_PAIR + seed)
    kind = random.choice(("cilium", "cilium", "calico", "calico", "mesh", "mesh", "cilium services", "calico services"))
    draw = EXAMPLES[kind]
    old = draw(_PAIR + seed).manifests
    donors = [each for more in range(3) for each in draw(2 * _PAIR + 10 * seed + more).manifests]
    new = deepcopy(old)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        _change(new, donors, random)
    if random.random() < 0.3:
        old, new = new, old
    universe: Plain = {"nodes": True} if random.random() < 0.3 else {}
    return Pair(old, new, universe)


def is_of_dialect(manifest: Plain) -> bool:
    """True iff it is a policy of Cilium, Calico or a mesh."""
    of_calico = manifest.get("apiVersion") in APIS and manifest["kind"] in ("NetworkPolicy", "GlobalNetworkPolicy")
    return manifest["kind"] in (NAMESPACED, CLUSTERWIDE) or of_calico or is_of_mesh(manifest)


def _specs(manifest: Plain) -> list[Plain]:
    return [manifest["spec"]] if "spec" in manifest else manifest["specs"]


def _lists(manifests: list[Plain]) -> Iterator[tuple[Plain, str]]:
    """The rules of policies, as a specification and the name of its list."""
    for manifest in filter(is_of_dialect, manifests):
        for spec in _specs(manifest):
            yield from ((spec, name) for name in (*_SECTIONS, "rules") if spec.get(name))


def _change(manifests: list[Plain], donors: list[Plain], random: Random) -> None:
    """Changes one thing about the policies."""
    policies = [each for each in manifests if is_of_dialect(each)]
    lists = list(_lists(manifests))
    kind = random.choice(("policy", "gone", "other", "more", "order", "selector", "word", "word"))
    if kind == "policy" or not lists:
        if len(policies) > 1:
            manifests.remove(random.choice(policies))
        return
    spec, name = random.choice(lists)
    listed = spec[name]
    if kind == "gone":
        listed.pop(random.randrange(len(listed)))
        if not listed and "endpointSelector" in spec:
            listed.append({})
    elif kind in ("other", "more"):
        given = [rule for other, called in _lists(donors) if called == name for rule in other[name]]
        if given:
            listed[:] = [*listed[: -1 if kind == "other" else None], deepcopy(random.choice(given))]
    elif kind == "order":
        listed.reverse()
    elif kind == "selector":
        _selector(spec, random)
    else:
        _word(random.choice(listed), spec, random)


def _selector(spec: Plain, random: Random) -> None:
    """The policy is about other pods."""
    if "endpointSelector" in spec:
        spec["endpointSelector"] = random.choice(({}, {"matchLabels": {"app": "a"}}, {"matchLabels": {"app": "b"}}))
    elif "rules" in spec and "targetRefs" not in spec:
        spec["selector"] = {"matchLabels": {"app": random.choice("ab")}}
    elif isinstance(spec.get("selector"), str):
        spec["selector"] = random.choice(('app == "a"', 'app != "a"', "has(app)", "all()"))


def _word(rule: Plain, spec: Plain, random: Random) -> None:
    """One word of a rule, or of what it stands in."""
    if not rule:
        return
    if "action" in rule and "http" not in rule:
        rule["action"] = random.choice(("Allow", "Deny", "Pass"))
    elif spec.get("action") in ("ALLOW", "DENY"):
        spec["action"] = "DENY" if spec["action"] == "ALLOW" else "ALLOW"
    elif "endpointSelector" in spec and random.random() < 0.5:
        spec["enableDefaultDeny"] = {random.choice(("ingress", "egress")): random.random() < 0.3}
    elif "toPorts" in rule:
        del rule["toPorts"]
        if not rule and random.random() < 0.5:
            rule["toPorts"] = [{"ports": [{"port": "80"}]}]
