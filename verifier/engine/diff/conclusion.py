"""What a comparison comes to, of what changes under each setting of the open switches (docs/semantics.md 1.5)."""

from collections.abc import Mapping, Sequence

from verifier.engine.check.check import essential
from verifier.engine.results.diff import Relation
from verifier.engine.solve.asker import Setting

Changes = Mapping[Setting, tuple[bool | None, bool | None]]
"""Under each setting of the open switches, whether something is added, and whether something is removed; None: nobody
knows."""


def concluded(changes: Changes) -> tuple[Relation, tuple[str, ...], str | None]:
    """The relation, the switches that it depends on, and how; unknown where nobody knows all the changes."""
    if any(None in some for some in changes.values()):
        return Relation.UNKNOWN, (), None
    known = {setting: (bool(more), bool(less)) for setting, (more, less) in changes.items()}
    depends_on = _depends_on(known)
    if depends_on:
        return Relation.UNKNOWN, depends_on, _dependence(depends_on, known)
    return relation_of(any(a for a, _ in known.values()), any(r for _, r in known.values())), (), None


def relation_of(added: bool, removed: bool) -> Relation:
    """What a comparison comes to that adds or removes something."""
    if added:
        return Relation.INCOMPARABLE if removed else Relation.WIDER
    return Relation.NARROWER if removed else Relation.EQUIVALENT


def _depends_on(by_setting: Mapping[Setting, tuple[bool, bool]]) -> tuple[str, ...]:
    """The switches that, changed alone in some setting, change the relation."""
    settings = list(by_setting)
    found: set[str] = set()
    for relation in set(by_setting.values()):
        found |= set(essential(settings, [s for s in settings if by_setting[s] == relation]))
    return tuple(sorted(found))


def _dependence(switches: Sequence[str], by_setting: Mapping[Setting, tuple[bool, bool]]) -> str:
    """What the relation is under each setting of the switches that matter."""
    cases: dict[str, Relation] = {}
    for setting, (added, removed) in by_setting.items():
        where = ", ".join(f"{name}={value}" for name, value in setting if name in switches)
        cases.setdefault(where, relation_of(added, removed))
    told = "; ".join(f"{relation} where {where}" for where, relation in cases.items())
    return f"depends on {' and '.join(f'`{s}`' for s in switches)}: {told}"
