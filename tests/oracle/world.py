"""The endpoints that may exist (docs/semantics.md 1.1, 1.2; docs/universe.md): one for each way in which the policies,
the property and the universe can tell endpoints apart."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from . import calico, calicosides, cilium, claims, services, tiers
from .addresses import PRIVATE, cells, in_block, inside, may_have, span
from .choices import chosen
from .labels import NAME, Labels, assignments, matches, mentioned
from .mesh import Mesh
from .numbers import numbered
from .residents import Residents, keys, residents
from .rules import EGRESS, INGRESS, Cluster, End, Namespace, Plain, Policy, Workload, account, peers, policy

_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z")


@dataclass
class World:
    """The endpoints there are. `hosts`: nodes and hostNetwork pods of any labels, endpoints where they are covered.
    `guests`: hostNetwork workloads, endpoints where a selector peer of the property matches them. `residents`: whose
    addresses are known; `keys`: of the labels of pods that can be told apart, `told`: and by which values. `policies`:
    those of the cluster, and of anonymous namespaces. `tiers`: cluster-scoped ones; `nodes`: the objects that give
    addresses. `fence`: Cilium policies."""

    ends: list[End]
    hosts: list[End]
    guests: list[End]
    policies: list[Policy]
    tiers: list[tiers.Tiered]
    nodes: list[Plain]
    families: list[int]
    universe: Plain
    residents: Residents
    workloads: list[Workload]
    keys: set[str]
    told: dict[str, set[str]]
    calico: calico.Calico
    fence: cilium.Fence
    mesh: Mesh


def spec(universe: Plain | str) -> Plain:
    if isinstance(universe, str):
        return {"open": {}, "inventory": {"pods": {"others": False}}}[universe]
    return universe


def build(cluster: Cluster, claim: Plain, universe: Plain | str, *, settled_homes: bool = False) -> World:
    """settled_homes: the labels of a namespace that nobody has said are such that its workloads can be there, but for
    those whose controllers choose labels that something mentions."""
    universe = lifted(cluster, spec(universe))
    sides = [side for said in (claim, *claims.flows(claim)) for side in claims.lists(said)]
    homes = _homes_of_addresses(cluster, claim, universe)
    sides += [homes, [peer for peer, _ in services.hiding(cluster)]]
    templates = [policy(t, "?") for t in universe.get("newNamespacesGet") or []]
    by_pod, by_namespace = _selectors(cluster.policies + templates, sides, universe)
    of_tiers = tiers.selectors(cluster.tiers)
    of_calico = calicosides.as_selectors(cluster.calico)
    by_pod, by_namespace = by_pod + of_tiers[0] + of_calico[0], by_namespace + of_tiers[1] + of_calico[1]
    of_cilium, hides = cilium.selectors(cluster.fence), cluster.fence.is_there
    by_pod, by_namespace = by_pod + of_cilium[0], by_namespace + of_cilium[1]
    of_mesh = cluster.mesh.selectors()
    by_pod, by_namespace = by_pod + of_mesh[0], by_namespace + of_mesh[1]
    accounts = cilium.ACCOUNT in mentioned(by_pod)
    workloads = with_accounts(cluster, accounts)
    settled = residents(cluster.nodes, cluster.objects, universe, cluster.services)
    by_pod += [{"matchLabels": w.labels} for w in workloads if settled.own.get(w.key)]
    apart = claim.get("key") if claim["kind"] == "separate" else None
    inventory = (universe.get("pods") or {}).get("others") is False

    namespaces = _namespaces(cluster, sides, universe, by_namespace, apart if claim.get("of") == "namespace" else None)
    known = heard(cluster, [*claims.lists(claim), homes], universe)
    new = sorted({n.name for n in namespaces} - known)
    policies = cluster.policies + in_force(new, universe)
    places = {name: [n for n in namespaces if n.name == name] for name in {n.name for n in namespaces}}
    limits = {**((universe.get("pods") or {}).get("labels") or {})}
    if accounts:
        limits[cilium.ACCOUNT] = {"required": True}
    key = claim.get("key") if claim.get("of") == "pod" else None
    values = [w.labels[apart] for w in cluster.workloads if apart in w.labels]
    told = told_apart(by_pod, limits, key, values)
    own = [
        End(
            "hostpod" if w.host_network else "pod",
            place,
            some.labels,
            w.named,
            w,
            some.supposed,
            some.made,
            some.told,
            hides,
        )
        for w in numbered(workloads, by_pod, key)
        for some in chosen(w.labels, w.free, w.foreign, told, limits, key)
        for place in places[w.namespace]
    ]
    if settled_homes:
        bad = {
            id(end.namespace)
            for end in own
            if end.namespace is not None
            and cluster.namespaces.get(end.namespace.name) is None
            and end.workload is not None
            and not (end.workload.foreign or end.made)
            and not admits(universe, end)
        }
        known_names = {n["name"] for n in (universe.get("namespaces") or {}).get("known") or []}
        namespaces = [n for n in namespaces if id(n) not in bad or n.name in known_names]
        own = [
            end
            for end in own
            if end.namespace is None or id(end.namespace) not in bad or end.namespace.name in known_names
        ]
    labels = assignments(by_pod, limits, key, values)
    guests = [end for end in own if end.kind == "hostpod"]
    if inventory:
        pods, hosts = [end for end in own if end.kind == "pod"], guests
    else:
        pods, hosts = (
            [End(kind, place, chosen, None, hides=hides) for place in namespaces for chosen in labels]
            for kind in ("pod", "hostpod")
        )
    pods, hosts, guests = ([end for end in some if admits(universe, end)] for some in (pods, hosts, guests))
    families = list(universe.get("families") or (4, 6))
    return World(
        [*pods, End("external")],
        [*hosts, End("node")],
        guests,
        policies,
        cluster.tiers,
        cluster.nodes,
        families,
        universe,
        settled,
        workloads,
        {*mentioned(by_pod), *((universe.get("pods") or {}).get("labels") or {})},
        told,
        cluster.calico,
        cluster.fence,
        cluster.mesh,
    )


def with_accounts(cluster: Cluster, wanted: bool) -> list[Workload]:
    """The workloads, whose labels hold their account where something asks for it."""
    if not wanted:
        return cluster.workloads
    accounts = dict(zip(keys(cluster.objects), map(account, cluster.objects), strict=True))
    return [replace(w, labels={**w.labels, cilium.ACCOUNT: accounts[w.key]}) for w in cluster.workloads]


def _homes_of_addresses(cluster: Cluster, claim: Plain, universe: Plain) -> list[Plain]:
    """The namespaces of Pods that only an endpoint tells of, where the claim means them by their address, as peers."""
    strange = residents(cluster.nodes, cluster.objects, universe, cluster.services).strange
    means = [claim.get("to"), None if claim["kind"] == "only" else claim.get("from"), claim.get("pods")]
    means += [side for flow in claim.get("accepted") or [] for side in (flow.get("from"), flow.get("to"))]
    blocks = [peer["ipBlock"] for side in means for peer in side or [] if "ipBlock" in peer]
    spans = [span(block["cidr"]) for block in blocks if not block.get("except")]
    found = {strange[family, low] for family, low, high in spans if low == high and (family, low) in strange}
    return [{"namespaces": [name]} for name in sorted(found)]


def told_apart(
    selectors: list[Plain], limits: Plain, apart: str | None = None, values: Iterable[str] = ()
) -> dict[str, set[str]]:
    """The keys of pod labels that matter, with the values that do; `apart`: one whose values at two ends are compared,
    with those of objects."""
    found = mentioned(selectors)
    for key in limits:
        found.setdefault(key, set())
    if apart is not None:
        found.setdefault(apart, set()).update(values)
    return found


def lifted(cluster: Cluster, universe: Plain) -> Plain:
    """The universe; pods may be anywhere where it does not say where, and one of the input has a public address."""
    known = residents(cluster.nodes, cluster.objects, universe, cluster.services).pods
    private = (any(inside(cidr, *address) for cidr in PRIVATE) for address in known)
    given = universe.get("addresses") or {}
    return universe if "pods" in given or all(private) else {**universe, "addresses": {**given, "pods": "any"}}


def in_force(names: Iterable[str], universe: Plain) -> list[Policy]:
    """The policies that new namespaces of these names get."""
    templates = [policy(t, "?") for t in universe.get("newNamespacesGet") or []]
    return [Policy(name, template.pod_selector, template.rules) for name in names for template in templates]


def heard(cluster: Cluster, sides: list[Any], universe: Plain) -> set[str]:
    """The names of namespaces that are not new: declared, or named by a policy, the universe, or `sides` of a claim."""
    templates = [policy(t, "?") for t in universe.get("newNamespacesGet") or []]
    _, selectors = _selectors(cluster.policies + templates, sides, universe)
    selectors += tiers.selectors(cluster.tiers)[1]
    selectors += cilium.selectors(cluster.fence)[1] + cluster.mesh.selectors()[1]
    rows = [row for side in sides for row in side or []]
    rows += [half for i in universe.get("invariants") or [] for half in (i["pods"], i["onlyIn"])]
    known = {n["name"] for n in (universe.get("namespaces") or {}).get("known") or []}
    known |= set(_names(universe).get("values") or ())
    said = {name for row in rows for name in row.get("namespaces") or ()} | mentioned(selectors).get(NAME, set())
    return said | known | calico.named_namespaces(cluster.calico) | cluster.namespaces.keys()


def _selectors(policies: list[Policy], sides: list[Any], universe: Plain) -> tuple[list[Plain], list[Plain]]:
    by_pod = [p.pod_selector for p in policies]
    by_namespace = []
    for way in (INGRESS, EGRESS):
        rows = [peer for p in policies for rule in p.rules.get(way, ()) for peer in peers(rule, way)]
        for peer in (*rows, *(peer for p in policies for peer in p.idle)):
            by_pod += [peer["podSelector"]] if peer.get("podSelector") else []
            by_namespace += [peer["namespaceSelector"]] if peer.get("namespaceSelector") else []
    rows = [row for side in sides for row in side or []]
    rows += [half for i in universe.get("invariants") or [] for half in (i["pods"], i["onlyIn"])]
    pods, namespaces = claims.selectors(rows)
    return by_pod + pods, by_namespace + namespaces


def _namespaces(
    cluster: Cluster, sides: list[Any], universe: Plain, selectors: list[Plain], apart: str | None
) -> list[Namespace]:
    """Every possible namespace, in one variant for each choice of labels."""
    limits = universe.get("namespaces") or {}
    known = {n["name"]: {**(n.get("labels") or {}), NAME: n["name"]} for n in limits.get("known") or []}
    declared: dict[str, Labels | None] = {**cluster.namespaces, **known}
    names, fresh = list(declared), []
    if limits.get("others") is not False:
        rows = [row for side in sides for row in side or []]
        rows += [half for i in universe.get("invariants") or [] for half in (i["pods"], i["onlyIn"])]
        said = {name for row in rows for name in row.get("namespaces") or ()}
        said |= mentioned(selectors).get(NAME, set())
        listed, only_listed = set(_names(universe).get("values") or ()), _names(universe).get("others") is False
        said = listed if only_listed else said | listed
        names += sorted(name for name in said if _DNS_LABEL.match(name) and name not in declared)
        fresh = [name for name in (f"any{i}" for i in range(len(names) + 2)) if name not in names][:2]
        fresh = [] if only_listed else fresh
    others = [
        {**s, "matchExpressions": [e for e in s.get("matchExpressions") or [] if e["key"] != NAME],
         "matchLabels": {k: v for k, v in (s.get("matchLabels") or {}).items() if k != NAME}}
        for s in selectors
    ]  # fmt: skip
    values = [labels[apart] for labels in declared.values() if labels and apart in labels]
    free_keys = {key: value for key, value in (limits.get("labels") or {}).items() if key != NAME}
    free = assignments(others, free_keys, None if apart == NAME else apart, values)
    found = []
    for name in names + fresh:
        fixed = declared.get(name)
        choices = [fixed] if fixed is not None else [{**labels, NAME: name} for labels in free]
        found += [Namespace(name, labels, i, name in declared) for i, labels in enumerate(choices)]
    return found


def _names(universe: Plain) -> Plain:
    """What the universe says of the label that carries the name of a namespace."""
    return ((universe.get("namespaces") or {}).get("labels") or {}).get(NAME) or {}


def admits(universe: Plain, end: End) -> bool:
    """True iff the pod breaks none of the universe's invariants."""
    invariants = universe.get("invariants") or []
    return all(not _where(i["pods"], end) or _where(i["onlyIn"], end) for i in invariants)


def _where(where: Plain, end: End) -> bool:
    assert end.namespace is not None
    return (
        matches(where.get("podSelector") or {}, end.labels)
        and ("namespaces" not in where or end.namespace.name in where["namespaces"])
        and matches(where.get("namespaceSelector") or {}, end.namespace.labels)
    )


def places(world: World, end: End, blocks: list[Plain]) -> list[tuple[int, frozenset[int], tuple[int, ...]]]:
    """The addresses that an endpoint may have: family, which of the blocks they lie in (by index), and addresses that
    stand for all such; a single one where there is just one."""
    lists = world.universe.get("addresses") or {}
    pods = lists.get("pods", PRIVATE)
    nodes = lists.get("nodes")
    limit = {"pod": None if pods == "any" else pods, "external": None}.get(end.kind, None if nodes == "any" else nodes)
    cidrs = [cidr for block in blocks for cidr in (block["cidr"], *(block.get("except") or ()))]
    cidrs += [*(limit or ()), *world.residents.cidrs()]
    key, single = (end.workload.key, end.workload.is_told) if end.workload is not None else (None, False)
    found: dict[tuple[int, frozenset[int]], tuple[int, ...]] = {}
    for family in world.families:
        for cell in cells(cidrs, family):
            if may_have(limit, family, cell[0]) and world.residents.can_have(end.kind, key, single, family, cell[0]):
                hit = frozenset(i for i, block in enumerate(blocks) if in_block(block, family, cell[0]))
                found[family, hit] = found.get((family, hit), ()) + cell
    return [(family, hit, addresses) for (family, hit), addresses in found.items()]
