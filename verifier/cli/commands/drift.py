"""What a comparison with a live cluster says of the objects themselves: how many say something else than the manifests
do, whether or not anything that is allowed differs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from verifier.cli.inputs.sides import Sides
from verifier.engine.results.diff import Difference, Relation
from verifier.ir.prose import listed, number
from verifier.manifests.documents.contexts import context_of

if TYPE_CHECKING:
    from verifier.manifests.kubernetes.drift import Drift

_MOST = 5
"""Objects that are named before the rest is only counted."""


def with_drift(found: Difference, sides: Sides, old: object, new: object, namespace: str) -> Difference:
    """The difference, with a note on the objects where either side is a live cluster. old, new: how they are named."""
    if context_of(old) is None and context_of(new) is None:
        return found
    from verifier.manifests.kubernetes.drift import drift

    objects = drift(sides.old.objects, sides.new.objects, namespace)
    live = [context_of(side) is not None for side in (old, new)]
    if live == [False, True]:
        objects = replace(objects, only_new=_policies(objects.only_new))
    elif live == [True, False]:
        objects = replace(objects, only_old=_policies(objects.only_old))
    return replace(found, notes=(_told(objects, found.relation, str(old), str(new)), *found.notes))


def _policies(names: Sequence[str]) -> tuple[str, ...]:
    """The names that are none of Namespaces: a cluster has some of its own, which no manifest has to declare."""
    return tuple(name for name in names if not name.startswith("Namespace "))


def _told(objects: "Drift", relation: Relation, old: str, new: str) -> str:
    verb = "differs" if len(objects.differ) == 1 else "differ"
    parts = [f"{number(len(objects.differ), 'object')} {verb}{_named(objects.differ)}"]
    for names, where in ((objects.only_old, old), (objects.only_new, new)):
        if names:
            parts.append(f"{len(names)} only in {where}{_named(names)}")
    same = ", nothing that is allowed differs" if relation is Relation.EQUIVALENT else ""
    return f"of policies and Namespaces, {'; '.join(parts)}{same}"


def _named(names: Sequence[str]) -> str:
    return f" ({listed(names, _MOST)})" if names else ""
