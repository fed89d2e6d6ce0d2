"""Setting the problem of a comparison: both sides over one universe, sliced to what changed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, product

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.pair import Affected, PairScene
from verifier.encoding.pairedpods import changed, has_moved
from verifier.encoding.problem import Problem, Side
from verifier.engine.problem.changed import affected_by, canonical, changes, sliced
from verifier.engine.problem.declared import World
from verifier.engine.problem.problem import Context, Words
from verifier.engine.problem.shapes import Shapes
from verifier.engine.problem.switches import OF_SCOPE
from verifier.ir.endpoint import Kind, Namespace, Workload
from verifier.ir.labels import POD_INDEX
from verifier.ir.policy import (
    Direction,
    Formula,
)
from verifier.ir.profiles import NEUTRAL
from verifier.ir.switches import OPEN as LEFT_OPEN
from verifier.ir.switches import SWITCHES


class Inventories(Struct, frozen=True):
    """The workloads of both sides: those in both, as pairs (old, new), and those that only one has, by name.

    new, gone: of these those that are no others than before under another name: no workload of the other side has the
    same namespace, labels, ports and network. turned: those in both, as they are now, that use another network than
    before, if that makes them such.
    """

    both: tuple[tuple[Workload, Workload], ...]
    only_new: tuple[Workload, ...]
    only_old: tuple[Workload, ...]
    new: tuple[Workload, ...]
    gone: tuple[Workload, ...]
    turned: tuple[Workload, ...]

    @property
    def pairs(self) -> tuple[tuple[Workload, Workload], ...]:
        """All of them: one that a side alone has is what it is there on both, held against what the policies of the
        other side would do with it."""
        return (*self.both, *((w, w) for w in (*self.only_new, *self.only_old)))


def inventories(old: Sequence[Workload], new: Sequence[Workload]) -> Inventories:
    """Workloads paired by kind, namespace, name and number; one that turns to hostNetwork, or from it, stays the same.
    Of several variants under one name those are paired that are equal. A pair is one pod iff it is on both sides. What
    controllers choose of labels is the same on both sides, as far as both leave it to them.
    """
    before, after = _variants(old), _variants(new)
    known = tuple(frozenset(w.pods for w in chain.from_iterable(side.values())) for side in (before, after))
    both: list[tuple[Workload, Workload]] = []
    turned: list[Workload] = []
    fresh: list[_Written] = []
    for key, mine in after.items():
        theirs = before.get(key, [])
        alone = len(mine) == len(theirs) == 1
        for written in mine:
            twin = next((w for w in theirs if alone or w.is_like(written)), None)
            if twin is None:
                fresh.append(written)
                continue
            theirs.remove(twin)
            both += _pairs(twin, written)
            moved = has_moved(twin.workload, written.workload)
            if moved and (written.pods not in known[0] or twin.pods not in known[1]):
                turned.append(written.workload)
    left = list(chain.from_iterable(before.values()))
    return Inventories(
        tuple(both),
        tuple(chain.from_iterable(written.chosen for written in fresh)),
        tuple(chain.from_iterable(written.chosen for written in left)),
        tuple(written.workload for written in fresh if written.pods not in known[0]),
        tuple(written.workload for written in left if written.pods not in known[1]),
        tuple(turned),
    )


class _Written(Struct, frozen=True):
    """A workload as it is written, and its pods by what its controller may choose of their labels."""

    workload: Workload
    chosen: list[Workload]

    @property
    def pods(self) -> tuple[object, ...]:
        """What tells its pods from those of other workloads, but for names: namespace, labels, ports and network."""
        w = self.workload
        labels = frozenset(w.labels.items()), frozenset(w.free.items()), w.foreign
        return w.namespace, w.host_network, w.named_ports, *labels

    def is_like(self, other: "_Written") -> bool:
        single, foreign = other.workload.single, other.workload.foreign
        return replace(self.workload, single=single, foreign=foreign) == other.workload


def _variants(workloads: Iterable[Workload]) -> dict[tuple[object, ...], list[_Written]]:
    found: dict[tuple[object, ...], list[_Written]] = {}
    for w in workloads:
        number = w.labels.get(POD_INDEX) if w.which and w.single else None
        mine = found.setdefault((w.kind, w.namespace, w.name, number), [])
        known = {k: v for k, v in w.labels.items() if k not in w.chosen}
        written = replace(w, labels=known, which="", chosen={}, supposed={}) if w.chosen else w
        same = next((some for some in mine if w.chosen and some.workload == written), None)
        if same is None:
            mine.append(_Written(written, [w]))
        else:
            same.chosen.append(w)
    return found


def _pairs(before: _Written, after: _Written) -> Iterator[tuple[Workload, Workload]]:
    for earlier, later in product(before.chosen, after.chosen):
        if all(later.chosen.get(k, v) == v for k, v in earlier.chosen.items()):
            single = earlier.single and later.single
            which = _which(earlier, later)
            yield replace(earlier, single=single), replace(later, single=single, which=which)


def _which(earlier: Workload, later: Workload) -> str:
    """Which pods a pair means: of those that the new side does not tell apart, what the old one did."""
    if not earlier.which or earlier.chosen.keys() <= later.chosen.keys():
        return later.which
    return ", ".join(part for part in (later.which, f"before {earlier.which}") if part)


def pair_scenes(
    old: Context, new: Context, accepted: Formula, title: str, *, forgets: bool = False
) -> PairScene | None:
    """The problem of a comparison; None where nothing that policies can see has changed. forgets: of a namespace whose
    labels the old side says, and the new one does not, the new side knows none."""
    shapes = Shapes()
    policies = [canonical(side.policies, shapes) for side in (old, new)]
    namespaces = _declared(old.world, new.world, forgets=forgets)
    relabelled = frozenset(name for name, (a, b) in namespaces.items() if (a.labels or {}) != (b.labels or {}))
    known_namespaces = _known_namespaces(old, new)
    renewed = (known_namespaces[0] or frozenset()) ^ (known_namespaces[1] or frozenset())
    elsewhere = bool(relabelled or renewed)
    listed = None if new.universe.other_pods else inventories(old.cluster.workloads, new.cluster.workloads).pairs
    touched = {d: changes(policies[0].pipe(d), policies[1].pipe(d), shapes) for d in Direction}
    pods_changed = listed is not None and any(changed(a, b) for a, b in listed)
    kinds = frozenset(Kind) if covers_nodes(old, new) else frozenset({Kind.POD, Kind.EXTERNAL})
    sides = [_side(kinds, listed, index) for index in (0, 1)]
    apart = switches_apart(old, new)
    if apart:
        apart &= Words.of((old, new), policies, (accepted,), sides, apart=apart).matter
    if touched == {d: [] for d in Direction} and not elsewhere and not pods_changed and not apart:
        return None
    affected = None if None in touched.values() or apart else affected_by(touched)
    if affected is not None and not elsewhere and not pods_changed:
        policies = [sliced(side, touched) for side in policies]
    words = Words.of((old, new), policies, (accepted, *_formulas(affected)), sides, apart=apart)
    problems = [
        Problem(
            vocabulary=words.vocabulary((pair[index] for pair in namespaces.values()), known_namespaces[index]),
            universe=context.universe,
            sources=sides[index],
            destinations=sides[index],
            policies=policies[index],
            all_policies=context.policies,
            obligations=(),
            switches=words.switches[index],
            title=title,
            free_labels=False,
        )
        for index, context in enumerate((old, new))
    ]
    same = not elsewhere and not pods_changed and not apart
    unchanged = frozenset(d for d in Direction if touched[d] == [] and same)
    forgotten = frozenset(n.name for n in lost_labels(old.world, new.world)) if forgets else frozenset()
    return PairScene(
        problems[0],
        problems[1],
        relabelled,
        renewed,
        listed,
        affected,
        accepted,
        forgotten=forgotten,
        unchanged=unchanged,
        apart=apart,
    )


def switches_apart(old: Context, new: Context) -> frozenset[str]:
    """The switches that are set otherwise on either side, or that both leave open, of two plugins: what one of them
    does says nothing about the other."""
    plugins = {side.cluster.profile or NEUTRAL for side in (old, new)}
    return frozenset(
        name
        for name, switch in SWITCHES.items()
        if not switch.at_reading
        and name not in OF_SCOPE
        and (
            old.switches[name] != new.switches[name]
            or (old.switches[name] == LEFT_OPEN and switch.of_plugin and len(plugins) > 1)
        )
    )


def covers_nodes(*sides: Context) -> bool:
    """True iff a comparison of these sides covers nodes and hostNetwork pods: the universe says so, or the input of a
    side holds a Node or a hostNetwork workload. Else an opening for such an address would be nobody's."""
    return any(
        side.universe.nodes or side.cluster.nodes or any(w.host_network for w in side.cluster.workloads)
        for side in sides
    )


def _known_namespaces(old: Context, new: Context) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """The names of namespaces that are not new on either side. A side with neither policy nor workload permits
    everything: to it no namespace of the other is new. Where one side alone gives policies to new namespaces it matters
    to both which these are."""
    if old.known_namespaces is None and new.known_namespaces is None:
        return None, None
    before, after = old.named_namespaces, new.named_namespaces
    if _is_empty(old) or _is_empty(new):
        before = after = before | after
    return before, after


def _is_empty(side: Context) -> bool:
    return not (side.cluster.policies.objects or side.cluster.workloads)


def _formulas(affected: Affected | None) -> tuple[Formula, ...]:
    return () if affected is None else (affected.source, affected.destination)


def _side(kinds: frozenset[Kind], listed: Sequence[tuple[Workload, Workload]] | None, index: int) -> Side:
    if listed is None:
        return Side(kinds, None, None if kinds & {Kind.NODE} else ())
    mine = [pair[index] for pair in listed]
    return Side(kinds, tuple(w for w in mine if not w.host_network), tuple(w for w in mine if w.host_network))


def lost_labels(old: World, new: World) -> tuple[Namespace, ...]:
    """The namespaces whose labels the old side says, and the new one does not."""
    if old.declared is new.declared:
        return ()
    known = {name for name, namespace in new.declared.items() if namespace.labels is not None}
    return tuple(n for name, n in old.declared.items() if n.labels is not None and name not in known)


def _declared(old: World, new: World, *, forgets: bool) -> Mapping[str, tuple[Namespace, Namespace]]:
    """Every namespace that either side declares, with its labels on either; what only one side says holds for both, but
    for what the new side `forgets`."""
    lost = {namespace.name for namespace in lost_labels(old, new)} if forgets else set()
    found = {}
    for name in sorted(old.declared.keys() | new.declared.keys()):
        before, after = old.declared.get(name), new.declared.get(name)
        labelled = [n for n in (before, after) if n is not None and n.labels is not None]
        if name in lost:
            found[name] = (labelled[0], Namespace(name))
        elif len(labelled) == 1:
            found[name] = (labelled[0], labelled[0])
        else:
            some = before or after or Namespace(name)
            found[name] = (before or some, after or some)
    return found
