"""A universe only removes possibilities: a manifest object that it forbids is bad input, never silently dropped."""

from collections.abc import Iterator

from verifier.engine.admission import keeps, objections
from verifier.engine.scope import World
from verifier.errors import Diagnostic, InputError
from verifier.ir.endpoint import Namespace
from verifier.ir.labels import NAMESPACE_NAME, Labels
from verifier.ir.origin import Origin
from verifier.ir.universe import Invariant
from verifier.semantics import namespace_labels


def validate(world: World) -> None:
    """Raises InputError with every object that the universe forbids, and where either stands."""
    found = [*_known(world), *_namespaces(world), *_workloads(world)]
    if found:
        raise InputError(found)


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
        if namespace.labels is not None:
            for key, domain in objections(namespace_labels(namespace), world.universe.namespace_labels):
                what = _says(key, namespace_labels(namespace), domain.values)
                yield _forbidden(namespace.origin, f"namespace `{namespace.name}` {what}", domain.origin)


def _workloads(world: World) -> Iterator[Diagnostic]:
    for workload in world.cluster.workloads:
        origin = workload.labels_origin or workload.origin
        for key, domain in objections(workload.labels, world.universe.pod_labels):
            yield _forbidden(origin, f"{workload} {_says(key, workload.labels, domain.values)}", domain.origin)
        namespace = world.declared[workload.namespace]
        for invariant in world.universe.invariants:
            if _can_tell(namespace, invariant) and not keeps(workload.labels, namespace, invariant):
                yield _forbidden(origin, f"{workload} breaks the invariant `{invariant.name}`", invariant.origin)


def _can_tell(namespace: Namespace, invariant: Invariant) -> bool:
    """True iff what is known of the namespace's labels decides where the invariant's places lie."""
    selectors = [p.namespaces for p in (invariant.pods, invariant.only_in) if p.namespaces is not None]
    by_name = all(r.key == NAMESPACE_NAME for s in selectors for r in s.requirements)
    return namespace.labels is not None or by_name


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
