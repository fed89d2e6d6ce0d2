"""A universe only removes possibilities: a manifest object that it forbids is bad input, never silently dropped."""

from collections.abc import Iterator, Sequence

from verifier.engine.precheck.addresses import contradictions
from verifier.engine.precheck.located import located
from verifier.engine.problem.admission import can_keep, objections
from verifier.engine.problem.declared import World
from verifier.engine.problem.labelsearch import Implication, find
from verifier.errors import Diagnostic, InputError
from verifier.ir.endpoint import Namespace, Workload, namespace_labels
from verifier.ir.labels import EVERYTHING, NAMESPACE_NAME, Labels, matches
from verifier.ir.origin import Origin
from verifier.ir.pods import PodPeer
from verifier.ir.texts import told_apart
from verifier.ir.universe import Universe
from verifier.vocabulary import domain


def validate(world: World) -> None:
    """Raises InputError with every object that the universe forbids, and where either stands."""
    found = [*_known(world), *_namespaces(world), *_workloads(world), *contradictions(world)] or [*_together(world)]
    if found:
        raise InputError(found)


def no_pod(*worlds: World) -> Diagnostic:
    """What is said where no pod can exist: in none of these worlds, which share a universe."""
    universe = worlds[0].universe
    if not universe.other_pods and not any(world.cluster.workloads for world in worlds):
        what = "the manifests hold no workload"
    elif not universe.other_namespaces and not any(world.declared for world in worlds):
        what = "there is no namespace"
    else:
        what = "its rules contradict each other"
    said = f"no pod can exist in the universe `{universe.name}`: {what}"
    return located(universe.origin, "empty-universe", said)


def _known(world: World) -> Iterator[Diagnostic]:
    written = {n.name: n for n in world.cluster.namespaces if n.labels is not None}
    for known in world.universe.known:
        real = written.get(known.name)
        if real is not None and namespace_labels(real) != namespace_labels(known):
            yield _forbidden(
                real.origin, f"namespace `{real.name}` has other labels here than in the universe", known.origin
            )


def _namespaces(world: World) -> Iterator[Diagnostic]:
    for namespace in world.declared.values():
        labels = namespace_labels(namespace)
        for key, limits in objections(labels, world.universe.namespace_labels):
            if namespace.labels is not None or key == NAMESPACE_NAME:
                what = _says(key, labels, limits.values)
                yield _forbidden(namespace.origin, f"namespace `{namespace.name}` {what}", limits.origin)


def _workloads(world: World) -> Iterator[Diagnostic]:
    for workload in world.cluster.workloads:
        origin = workload.labels_origin or workload.origin
        for key, limits in objections(workload.labels, world.universe.pod_labels):
            yield _forbidden(origin, f"{workload} {_says(key, workload.labels, limits.values)}", limits.origin)
        namespace = world.declared[workload.namespace]
        for invariant in world.universe.invariants:
            if not can_keep(workload.labels, namespace, invariant):
                yield _forbidden(origin, f"{workload} breaks the invariant `{invariant.name}`", invariant.origin)


def _together(world: World) -> Iterator[Diagnostic]:
    """Workloads for whose namespace, where nobody has said its labels, several rules together leave none."""
    universe = world.universe
    if not (universe.invariants or universe.namespace_labels):
        return
    homes: dict[str, list[Workload]] = {}
    for workload in world.cluster.workloads:
        homes.setdefault(workload.namespace, []).append(workload)
    for namespace in world.declared.values():
        mine = homes.get(namespace.name, []) if namespace.labels is None else []
        if not mine or _has_labels(namespace, mine, universe):
            continue
        alone = next((w for w in mine if not _has_labels(namespace, [w], universe)), None)
        who = f"{alone} cannot be" if alone else f"the workloads of namespace `{namespace.name}` cannot all be"
        first = alone or mine[0]
        said = f"{who}: the rules of the universe together leave its namespace no labels"
        yield _forbidden(first.labels_origin or first.origin, said, universe.origin)


def _has_labels(namespace: Namespace, workloads: Sequence[Workload], universe: Universe) -> bool:
    """True iff the namespace can have labels with which it is admitted, and all the workloads are."""
    laws: dict[Implication, None] = {}
    for workload in workloads:
        for invariant in universe.invariants:
            if _can_be_at(workload.labels, namespace, invariant.pods):
                only = invariant.only_in
                there = only.namespaces or EVERYTHING if _can_be_at(workload.labels, namespace, only) else None
                laws[invariant.pods.namespaces or EVERYTHING, there] = None
    demands = [r for law in laws for selector in law if selector is not None for r in selector]
    domains: dict[str, tuple[str | None, ...]] = {NAMESPACE_NAME: (namespace.name,)}
    for key in sorted({r.key for r in demands} | universe.namespace_labels.keys() - {NAMESPACE_NAME}):
        known = domain(told_apart(r for r in demands if r.key == key), universe.namespace_labels.get(key))
        domains.setdefault(key, tuple(known.values[i] for i in sorted(known.possible)))
    return find((), (), domains, tuple(laws)) is not None


def _can_be_at(labels: Labels, namespace: Namespace, place: PodPeer) -> bool:
    """True iff the pod is at `place` where the labels of its namespace are as that demands."""
    return matches(labels, place.pods) and (place.names is None or namespace.name in place.names)


def _says(key: str, labels: Labels, values: tuple[str, ...]) -> str:
    if key not in labels:
        return f"has no label `{key}`, which the universe requires"
    return f"has `{key}: {labels[key]}`, which the universe does not admit (values: {', '.join(values) or 'none'})"


def _forbidden(origin: Origin | None, message: str, rule: Origin | None) -> Diagnostic:
    hint = f"the universe says so at {rule.position}" if rule is not None else "the universe says so"
    return located(origin, "universe-forbids", message, hint)
