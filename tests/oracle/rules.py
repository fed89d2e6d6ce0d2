"""Manifests as plain data: what they declare, normalised as docs/semantics.md 3.1 says, and the predicates of 3.6."""

from dataclasses import dataclass, field, replace
from typing import Any

from . import calico, cilium
from .addresses import in_block
from .calico import Calico
from .choices import POD_NAME, Free, given
from .labels import NAME, Labels, matches
from .mesh import Mesh, asked_for, is_of_mesh, mesh_of, of_pod
from .residents import keys
from .tiers import KINDS, Tiered, tiered

Plain = dict[str, Any]
INGRESS, EGRESS = "Ingress", "Egress"
CONTROLLERS = ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Job", "CronJob")
WORKLOADS = ("Pod", *CONTROLLERS)
DEFAULTS = {
    "local_node_ingress": "always",
    "local_node_egress": "open",
    "host_network": "open",
    "self_via_service": "open",
    "external_source": "preserved",
    "ipblock_pods": "open",
    "ipblock_nodes": "open",
    "named_port_source": "open",
    "named_port_dup": "all",
    "named_port_ipblock": "open",
    "same_priority": "any",
    "networks_pods": "match",
    "networks_nodes": "match",
    "np_finality": "per_direction",
    "other_protocols": "off",
    "endport": "yes",
    "sctp": "yes",
    "calico_np_name": "open",
    "cilium_mode": "default",
    "cilium_empty_rule": "nothing",
    "istio_mesh": "all",
    "istio_dataplane": "open",
}
VALUES = {
    "local_node_ingress": ("always", "policy"),
    "local_node_egress": ("policy", "always"),
    "host_network": ("as_node", "as_pod", "as_peer"),
    "self_via_service": ("allow", "policy"),
    "external_source": ("preserved", "node"),
    "ipblock_pods": ("match", "never"),
    "ipblock_nodes": ("match", "never"),
    "named_port_source": ("containers", "sidecars", "all_init"),
    "named_port_dup": ("all", "one"),
    "named_port_ipblock": ("resolve", "never"),
    "same_priority": ("any", "by_name", "deny_first"),
    "networks_pods": ("match", "never"),
    "networks_nodes": ("match", "never"),
    "np_finality": ("per_direction", "per_pod"),
    "other_protocols": ("off", "on"),
    "endport": ("yes", "no"),
    "sctp": ("yes", "no"),
    "calico_np_name": ("plain", "knp"),
    "istio_mesh": ("all", "labelled"),
    "istio_dataplane": ("sidecar", "ambient"),
}


def defaults(manifests: list[Plain]) -> dict[str, str]:
    """What switches are where nobody says: the objects of a plugin choose its profile."""
    is_cilium = any(manifest["kind"] in cilium.KINDS for manifest in manifests)
    is_calico = any(map(calico.is_of, manifests))
    return {**DEFAULTS, **(cilium.PROFILE if is_cilium else {}), **(calico.PROFILE if is_calico else {})}


BEYOND = {"local_node_egress": ("policy_then_drop",)}
"""Values that can be set and that `open` does not mean."""


@dataclass(frozen=True, eq=False)
class Policy:
    """A NetworkPolicy after 3.1; `rules`: of each direction it applies to. `idle`: the peers of those of others, which
    say nothing but name namespaces."""

    namespace: str
    pod_selector: Plain
    rules: dict[str, list[Plain]]
    name: str = ""
    idle: list[Plain] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Namespace:
    """A namespace with one choice of labels. `variant` tells the choices for one name apart."""

    name: str
    labels: Labels
    variant: int = 0
    declared: bool = True


@dataclass(frozen=True, eq=False)
class Workload:
    title: str
    namespace: str
    labels: Labels
    named: list[tuple[str, str, int, str]]
    host_network: bool
    single: bool
    first: int | None = None
    foreign: bool = False
    free: dict[str, Free] = field(default_factory=dict)
    key: str = ""
    """That of the object which says it."""
    numbered: bool = False
    """Its pods by their number: where one of the controller's is says nothing of them."""
    besides: Labels = field(default_factory=dict)
    """What its pods have besides labels, as labels."""

    @property
    def is_told(self) -> bool:
        """Whether what the object says of addresses and nodes is said of each of its pods."""
        return self.single and not self.numbered


@dataclass(frozen=True, eq=False)
class End:
    """One end of a connection. `named`: name, protocol, port and kind of container; None: whatever helps. `made`: of a
    pod, the labels that its controller chose, and `told` what tells such pods from others; `supposed`: nobody can say
    that there are any. `hides`: policies see some of its labels only."""

    kind: str
    namespace: Namespace | None = None
    labels: Labels = field(default_factory=dict)
    named: list[tuple[str, str, int, str]] | None = field(default_factory=list)
    workload: Workload | None = None
    supposed: bool = False
    made: dict[str, str | None] = field(default_factory=dict)
    told: str = ""
    hides: bool = False

    @property
    def title(self) -> str | None:
        """What its workload is called, and which of its pods."""
        if self.workload is None or not self.told:
            return self.workload and self.workload.title
        title, _, which = self.workload.title.removesuffix(")").partition(" (")
        return f"{title} ({', '.join(part for part in (which, self.told) if part)})"

    @property
    def shown(self) -> Labels:
        """The labels that policies see."""
        return cilium.shown(self.labels) if self.hides else self.labels

    @property
    def podlike(self) -> bool:
        return self.kind in ("pod", "hostpod")

    @property
    def on_node(self) -> bool:
        return self.kind in ("node", "hostpod")


@dataclass
class Cluster:
    """`namespaces`: declared ones; labels None where no object gives them. `nodes`: the objects; `services`:
    those of Services and of what is behind them; `objects`: those of workloads."""

    policies: list[Policy] = field(default_factory=list)
    namespaces: dict[str, Labels | None] = field(default_factory=dict)
    workloads: list[Workload] = field(default_factory=list)
    tiers: list[Tiered] = field(default_factory=list)
    nodes: list[Plain] = field(default_factory=list)
    services: list[Plain] = field(default_factory=list)
    objects: list[Plain] = field(default_factory=list)
    calico: Calico = field(default_factory=Calico)
    fence: cilium.Fence = field(default_factory=cilium.Fence)
    mesh: Mesh = field(default_factory=Mesh)


def read(manifests: list[Plain]) -> Cluster:
    cluster = _read(manifests)
    if any(map(is_of_mesh, manifests)):
        homes = {m["metadata"].get("namespace") or "default": None for m in manifests if is_of_mesh(m)}
        cluster.namespaces = {**homes, **cluster.namespaces}
        besides = [asked_for(manifests, w.besides) for w in cluster.workloads]
        cluster.workloads = [
            replace(w, labels={**w.labels, **more}) for w, more in zip(cluster.workloads, besides, strict=True)
        ]
        cluster.mesh = mesh_of(manifests, cluster.namespaces, [w.labels for w in cluster.workloads])
    return cluster


def _read(manifests: list[Plain]) -> Cluster:
    cluster, declared = Cluster(fence=cilium.read(manifests)), []
    for manifest in manifests:
        meta = manifest.get("metadata") or {}
        if manifest["kind"] == "Namespace":
            cluster.namespaces[meta["name"]] = {**(meta.get("labels") or {}), NAME: meta["name"]}
            continue
        if manifest["kind"] in KINDS:
            cluster.tiers.append(tiered(manifest))
        if manifest["kind"] == cilium.NAMESPACED:
            cluster.namespaces.setdefault(meta.get("namespace") or "default", None)
        if manifest["kind"] == "Node":
            cluster.nodes.append(manifest)
        if manifest["kind"] in ("Service", "Endpoints", "EndpointSlice"):
            cluster.services.append(manifest)
        if calico.is_of(manifest):
            if manifest["kind"] in calico.NAMESPACED:
                cluster.namespaces.setdefault(meta.get("namespace") or "default", None)
            continue
        if manifest["kind"] not in ("NetworkPolicy", *WORKLOADS) and foreign(manifest) is None:
            continue
        namespace = meta.get("namespace") or "default"
        cluster.namespaces.setdefault(namespace, None)
        if manifest["kind"] == "NetworkPolicy":
            cluster.policies.append(policy(manifest, namespace))
        elif (manifest.get("status") or {}).get("phase") not in ("Succeeded", "Failed"):
            declared.append(manifest)
            cluster.objects.append(manifest)
    cluster.calico = calico.read(manifests, cluster.namespaces)
    others = [m for m in manifests if m["kind"] not in ("NetworkPolicy", *WORKLOADS) and foreign(m) is None]
    cluster.workloads = settled(declared, others)
    return cluster


def foreign(manifest: Plain) -> Plain | None:
    """The pod template of an object of a kind that is not known: labels beside containers, where workloads have it."""
    if manifest["kind"] in ("NetworkPolicy", *WORKLOADS, *KINDS) or calico.is_of(manifest):
        return None
    spec = manifest.get("spec") or {}
    for place in (spec, (spec.get("jobTemplate") or {}).get("spec") or {}):
        template: Plain = place.get("template") or {}
        if "labels" in (template.get("metadata") or {}) and "containers" in (template.get("spec") or {}):
            return template
    return None


def settled(declared: list[Plain], others: list[Plain]) -> list[Workload]:
    """The workloads that no other of the input controls, each as one for every sort of pods that it has by itself or
    through what it controls (1.6)."""
    named: dict[object, Plain] = {_identity(m): m for m in declared if m["kind"] != "Pod"}
    found: list[Workload] = []
    for key, manifest in zip(keys(declared), declared, strict=True):
        chain = [manifest]
        while (above := named.get(_controller(chain[-1]))) is not None and above not in chain:
            chain.append(above)
        made, top = replace(workload(manifest, _home(manifest)), key=key), chain[-1]
        if top is manifest or above is not None:
            owner = _controller(manifest)
            known = owner is None or owner[0] == "Node" or any(_identity(m)[::2] == owner[::2] for m in others)
            found.append(replace(made, single=made.single and known))
        elif manifest["kind"] != "ReplicaSet" or manifest["spec"].get("replicas") != 0:
            found.append(
                replace(
                    made,
                    title=workload(top, _home(top)).title,
                    single=made.single and POD_NAME in made.labels,
                    first=None,
                )
            )
    kept: list[Workload] = []
    of_key = dict(zip(keys(declared), declared, strict=True))
    for made in found:
        if _alike(made, of_key[made.key]) not in [_alike(k, of_key[k.key]) for k in kept]:
            kept.append(made)
    return kept


def _alike(made: Workload, manifest: Plain) -> object:
    """All that is told of the pods, and where one of them is."""
    status = repr(manifest.get("status")) if manifest["kind"] == "Pod" else None
    return made.title, made.labels, made.free, made.named, made.host_network, status, repr(manifest.get("spec"))


def _home(manifest: Plain) -> str:
    return manifest["metadata"].get("namespace") or "default"


def _identity(manifest: Plain) -> tuple[str, str, str]:
    return manifest["kind"], _home(manifest), manifest["metadata"].get("name", "")


def _controller(manifest: Plain) -> tuple[str, str, str] | None:
    """Kind, namespace and name of the owner that is the controller."""
    for owner in manifest["metadata"].get("ownerReferences") or []:
        if owner.get("controller"):
            return owner["kind"], _home(manifest), owner["name"]
    return None


def policy(manifest: Plain, namespace: str) -> Policy:
    """3.1: null is missing is empty; a null element is the zero object; policyTypes by its default."""
    spec = manifest.get("spec") or {}
    listed = {
        INGRESS: [rule or {} for rule in spec.get("ingress") or []],
        EGRESS: [rule or {} for rule in spec.get("egress") or []],
    }
    types = spec.get("policyTypes") or ([INGRESS, EGRESS] if listed[EGRESS] else [INGRESS])
    rules = {d: listed[d] for d in (INGRESS, EGRESS) if d in types}
    idle = [peer for d in listed if d not in rules for rule in listed[d] for peer in peers(rule, d)]
    name = (manifest.get("metadata") or {}).get("name", "")
    return Policy(namespace, spec.get("podSelector") or {}, rules, name, idle)


def workload(manifest: Plain, namespace: str) -> Workload:
    kind, meta, spec = manifest["kind"], manifest["metadata"], manifest.get("spec") or {}
    if kind == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    if kind != "Pod":
        template = foreign(manifest) or spec["template"]
        labels, pod = (template.get("metadata") or {}).get("labels") or {}, template.get("spec") or {}
        besides = of_pod(pod, template.get("metadata") or {})
    else:
        labels, pod = meta.get("labels") or {}, spec
        besides = of_pod(pod, meta)
    containers = [(c, "container") for c in pod.get("containers") or []]
    containers += [
        (init, "sidecar" if init.get("restartPolicy") == "Always" else "init")
        for init in pod.get("initContainers") or []
    ]
    named = [
        (port["name"], port.get("protocol") or "TCP", port["containerPort"], source)
        for container, source in containers
        for port in container.get("ports") or []
        if port.get("name")
    ]
    title = f"{kind} {namespace}/{meta['name'] if 'name' in meta else meta['generateName'] + '*'}"
    single = kind == "Pod" and "name" in meta
    labels, free = given(manifest, spec, labels)
    first = (spec.get("ordinals") or {}).get("start", 0) if kind == "StatefulSet" and "name" in meta else None
    return Workload(
        title,
        namespace,
        dict(labels),
        named,
        bool(pod.get("hostNetwork")),
        single,
        first,
        foreign(manifest) is not None,
        free,
        besides=besides,
    )


def account(manifest: Plain) -> str:
    """The service account of the pods of a workload."""
    kind, spec = manifest["kind"], manifest.get("spec") or {}
    if kind == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    pod = spec if kind == "Pod" else (foreign(manifest) or spec["template"]).get("spec") or {}
    return pod.get("serviceAccountName") or "default"


def peers(rule: Plain, direction: str) -> list[Plain]:
    return [peer or {} for peer in rule.get("from" if direction == INGRESS else "to") or []]


def ports(rule: Plain) -> list[Plain]:
    return [port or {} for port in rule.get("ports") or []]


def governed(end: End, setting: Any) -> bool:
    """subject(x) of 1.3."""
    return end.kind == "pod" or (end.kind == "hostpod" and setting["host_network"] == "as_pod")


def nodelike(end: End, setting: Any) -> bool:
    """What the exemption of the own node speaks about (1.3)."""
    return end.kind == "node" or (end.kind == "hostpod" and setting["host_network"] in ("as_node", "as_peer"))


def selectable(end: End, setting: Any) -> bool:
    """podlike(y) of 3.6: what peers made of selectors speak about."""
    return end.kind == "pod" or (end.kind == "hostpod" and setting["host_network"] in ("as_pod", "as_peer"))


def selects(policy: Policy, end: End) -> bool:
    """sel(P, x) of 3.6, but for subject(x)."""
    return (
        end.namespace is not None and end.namespace.name == policy.namespace and matches(policy.pod_selector, end.shown)
    )


def selected_peer(peer: Plain, policy: Policy, end: End, setting: Any) -> bool:
    """peer(q, P, y, c) of 3.6 for a peer made of selectors."""
    if end.namespace is None:
        return False
    by_namespace, by_pod = peer.get("namespaceSelector"), peer.get("podSelector")
    if by_namespace is None:
        here = end.namespace.name == policy.namespace
    else:
        here = matches(by_namespace, end.namespace.labels)
    return here and (by_pod is None or matches(by_pod, end.shown)) and selectable(end, setting)


def kind_ok(end: End, setting: Any) -> bool:
    """kind_ok(y) of 3.6: whether ipBlocks speak of this kind of endpoint."""
    if end.kind == "external":
        return True
    return bool(setting["ipblock_pods" if end.kind == "pod" else "ipblock_nodes"] == "match")


def blocked_peer(peer: Plain, end: End, family: int, address: int, setting: Any) -> bool:
    """peer(q, P, y, c) of 3.6 for an ipBlock."""
    return in_block(peer["ipBlock"], family, address) and kind_ok(end, setting)


def names_at(end: End, protocol: str, port: int | None, setting: Any) -> set[str]:
    """The names m with (m, protocol, port) in named(x), by the switches on where names come from (1.4)."""
    counted = []
    for name, proto, number, source in end.named or []:
        enough = {"sidecar": ("sidecars", "all_init"), "init": ("all_init",)}
        if source == "container" or setting["named_port_source"] in enough[source]:
            counted.append((name, proto, number))
    if len({name for name, _, _ in counted}) < len(counted) and setting["named_port_dup"] == "one":
        counted = [(name, *rest) for name, rest in {name: (p, n) for name, p, n in counted}.items()]
    return {name for name, proto, number in counted if (proto, number) == (protocol, port)}


def port_matches(entry: Plain, protocol: str, port: int | None, names: set[str], setting: Any) -> bool:
    """port(r, c) of 3.6; `names`: what the destination calls this port."""
    if protocol != (entry.get("protocol") or "TCP"):
        return False
    wanted = entry.get("port")
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return wanted in names
    last = entry.get("endPort")
    if last is None or last == wanted:
        return port == wanted
    return port is not None and wanted <= port <= (last if setting["endport"] == "yes" else wanted)


def ports_match(
    rule: Plain, protocol: str, port: int | None, names: set[str], setting: Any, by_address: bool = False
) -> bool:
    """The ports half of rule(R, P, y, c). `by_address`: an egress peer that is an ipBlock; whether a port name is then
    resolved at a pod is a switch (3.4)."""
    entries = ports(rule)
    if not entries:
        return True
    if any(port_matches(entry, protocol, port, set(), setting) for entry in entries):
        return True
    named = any(port_matches(entry, protocol, port, names, setting) for entry in entries)
    return named and (not by_address or setting["named_port_ipblock"] == "resolve")
