"""A universe only removes possibilities: a manifest object that it forbids is bad input, never silently dropped."""

from collections.abc import Iterator

from verifier.engine.admission import objections
from verifier.engine.scope import World
from verifier.errors import Diagnostic, InputError
from verifier.ir.endpoint import Namespace
from verifier.ir.labels import NAMESPACE_NAME, Labels
from verifier.ir.origin import Origin
from verifier.ir.universe import Invariant, Universe, Where
from verifier.semantics import matches, namespace_labels, satisfies


def validate(world: World) -> None:
    """Raises InputError with every object that the universe forbids, and where either stands."""
    found = [*_known(world), *_namespaces(world), *_workloads(world)]
    if found:
        raise InputError(found)


def no_pod(universe: Universe) -> Diagnostic:
    """What is said of a universe in which no pod can exist."""
    what = "the manifests hold no workload" if not universe.other_pods else "its rules contradict each other"
    place = universe.origin.position if universe.origin is not None else None
    return Diagnostic(
        code="empty-universe",
        message=f"no pod can exist in the universe `{universe.name}`: {what}",
        file=place.file if place else None,
        line=place.line if place else None,
        column=place.column if place else None,
    )


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
        for key, domain in objections(labels, world.universe.namespace_labels):
            if namespace.labels is not None or key == NAMESPACE_NAME:
                what = _says(key, labels, domain.values)
                yield _forbidden(namespace.origin, f"namespace `{namespace.name}` {what}", domain.origin)


def _workloads(world: World) -> Iterator[Diagnostic]:
    for workload in world.cluster.workloads:
        origin = workload.labels_origin or workload.origin
        for key, domain in objections(workload.labels, world.universe.pod_labels):
            yield _forbidden(origin, f"{workload} {_says(key, workload.labels, domain.values)}", domain.origin)
        namespace = world.declared[workload.namespace]
        for invariant in world.universe.invariants:
            if not _can_keep(workload.labels, namespace, invariant):
                yield _forbidden(origin, f"{workload} breaks the invariant `{invariant.name}`", invariant.origin)


def _can_keep(labels: Labels, namespace: Namespace, invariant: Invariant) -> bool:
    """True iff the pod keeps the invariant, for some labels of its namespace where nobody has said them."""
    return (
        _is_at(labels, namespace, invariant.pods) is not True
        or _is_at(labels, namespace, invariant.only_in) is not False
    )


def _is_at(labels: Labels, namespace: Namespace, place: Where) -> bool | None:
    """Whether the pod is at `place`; None where that hangs on labels of its namespace that nobody has said."""
    if not matches(labels, place.pods) or (place.names is not None and namespace.name not in place.names):
        return False
    told = [r for r in place.namespaces or () if namespace.labels is not None or r.key == NAMESPACE_NAME]
    if not all(satisfies(namespace_labels(namespace), requirement) for requirement in told):
        return False
    return True if place.namespaces is None or len(told) == len(place.namespaces.requirements) else None


def _says(key: str, labels: Labels, values: tuple[str, ...]) -> str:
    if key not in labels:
        return f"has no label `{key}`, which the universe requires"
    return f"has `{key}: {labels[key]}`, which the universe does not admit (values: {', '.join(values) or 'none'})"


def _forbidden(origin: Origin | None, message: str, rule: Origin | None) -> Diagnostic:
    place = origin.position if origin is not None else None
    return Diagnostic(
        code="universe-forbids",
        message=message,
        file=place.file if place else None,
        line=place.line if place else None,
        column=place.column if place else None,
        hint=f"the universe says so at {rule.position}" if rule is not None else "the universe says so",
    )
