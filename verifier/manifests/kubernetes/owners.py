"""Who controls whom: the workloads of the input, each with the pods of what it controls (docs/semantics.md 1.6)."""

from collections.abc import Hashable, Iterable, Iterator, Sequence, Set

from msgspec import Struct
from msgspec.structs import replace

from verifier.ir.endpoint import Workload
from verifier.ir.labels import POD_NAME
from verifier.manifests.kubernetes import kinds
from verifier.manifests.kubernetes.fields import Field

_LONGEST = 8
"""Links of a chain of owners, of which Kubernetes itself makes two; a longer one is a ring, or taken for one."""

Identity = tuple[str, str, str | None, str]
"""Group, kind, namespace (None: of none, or the object does not say) and name of an object."""


class Owner(Struct, frozen=True):
    """The entry of `ownerReferences` that is the controller; empty where the entry says nothing."""

    api: str
    kind: str
    name: str


class Declared(Struct, frozen=True):
    """A workload as its object declares it. idle: it makes no pods of its own. group: of a kind that is not known."""

    workload: Workload
    owner: Owner | None = None
    idle: bool = False
    group: str | None = None


class Ownership(Struct, frozen=True):
    """`workloads`: those that stand for themselves, and, under their names, the pods of what they control.
    `owned`: what others control, as it was written."""

    workloads: tuple[Workload, ...]
    owned: tuple[Workload, ...]


def read_owner(metadata: Field) -> Owner | None:
    """The controlling owner, None if there is none."""
    for entry in metadata.get("ownerReferences").items():
        if entry.get("controller").boolean():
            api, kind, name = (entry.get(part).text() or "" for part in ("apiVersion", "kind", "name"))
            return Owner(api, kind, name)
    return None


def identity(api: str, kind: str, namespace: str | None, name: str) -> Identity:
    return api.rpartition("/")[0], kind, namespace, name


def settle(declared: Sequence[Declared], others: Set[Identity]) -> Ownership:
    """Who stands for itself. others: the objects of the input that are no workloads.

    One that another of the input controls is a variant of the last in that chain; where there is no last, each stands
    for itself.
    """
    by_name: dict[Hashable, list[Declared]] = {}
    for some in declared:
        by_name.setdefault(_key(some.workload), []).append(some)
    alone, variants, owned = [], [], []
    for some in declared:
        root = _root(some, by_name)
        if root is None:
            alone.append(replace(some.workload, single=some.workload.single and _changes_nothing(some, others)))
        elif not some.idle:
            variants.append(_variant(some.workload, root))
            owned.append(some.workload)
    return Ownership((*alone, *_unlike(variants, alone)), tuple(owned))


def settle_finished(
    finished: Sequence[Declared], declared: Sequence[Declared], others: Set[Identity]
) -> Iterator[Workload]:
    """What Pods that have ended would be beside `declared` if they ran: those that stand for themselves, and variants
    of what controls them that differ from all that is there. None of them is anywhere."""
    if not finished:
        return
    nowhere = (replace(some, workload=replace(some.workload, node=None, addresses=())) for some in finished)
    known = set(settle(declared, others).workloads)
    yield from (w for w in settle((*declared, *nowhere), others).workloads if w not in known)


def _variant(made: Workload, root: Workload) -> Workload:
    """What is known by `made` of the pods of `root`. Where one of them runs says nothing of the others."""
    is_single = made.single and POD_NAME in made.labels  # a StatefulSet has one of each name
    variant = replace(made, kind=root.kind, name=root.name, single=is_single, first=None)
    if made.kind != "Pod" or is_single:
        return variant
    return replace(variant, node=None, addresses=() if made.host_network else made.addresses)


def _key(workload: Workload) -> Hashable:
    return workload.kind, workload.namespace, workload.name


def _root(some: Declared, by_name: dict[Hashable, list[Declared]]) -> Workload | None:
    """The workload that controls it in the end; None where it stands for itself."""
    found = some
    for _ in range(_LONGEST):
        above = _above(found, by_name)
        if above is None:
            return None if found is some else found.workload
        found = above
    return None


def _above(some: Declared, by_name: dict[Hashable, list[Declared]]) -> Declared | None:
    """The controller of the input that controls it. Of several definitions one that nobody controls goes first."""
    owner = some.owner
    if owner is None or owner.kind == "Pod":
        return None
    group = None if kinds.is_read(owner.api, owner.kind) else owner.api.rpartition("/")[0]
    named = by_name.get((owner.kind, some.workload.namespace, owner.name), [])
    definitions = [definition for definition in named if definition.group == group]
    return min(definitions, key=lambda d: "" if d.owner is None else repr(d.owner), default=None)


def _changes_nothing(some: Declared, others: Set[Identity]) -> bool:
    """True iff it has no controlling owner, or one that makes no pods: a node, or an object of the input that is no
    workload."""
    owner, home = some.owner, some.workload.namespace
    if owner is None or (owner.api, owner.kind) == ("v1", "Node"):
        return True
    return any(identity(owner.api, owner.kind, place, owner.name) in others for place in (home, None))


def _unlike(variants: Iterable[Workload], alone: Sequence[Workload]) -> Iterator[Workload]:
    """The variants that differ from each other and from those that stand for themselves, in any order the same."""
    seen: dict[Hashable, list[Workload]] = {}
    for workload in alone:
        seen.setdefault(_key(workload), []).append(workload)
    for variant in variants:
        known = seen.setdefault(_key(variant), [])
        if not any(_makes(workload, variant) for workload in known):
            known.append(variant)
            yield variant


def _makes(workload: Workload, variant: Workload) -> bool:
    """True iff the pods of the variant are among those of the workload, as far as labels tell that a controller may
    leave out."""
    if workload == variant:
        return True
    left_out = workload.free.keys() - variant.free.keys()
    plain = replace(workload, free={key: workload.free[key] for key in workload.free if key not in left_out})
    return plain == variant and all(workload.free[key].admits(None) for key in left_out)
