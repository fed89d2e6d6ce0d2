"""Two policy sets through the package and the enumeration: the relation, what it hangs on, and whether the regions are
exactly what was added and removed."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

from tests import oracle, packaged
from tests.dialectpairs import tried
from tests.generators import changes
from tests.generators.changes import Pair
from tests.generators.dialectchanges import dialect_pair
from tests.generators.inventories import inventory_pair
from tests.generators.strategies import SWITCHES
from tests.generators.tierchanges import tiered_pair
from tests.oracle import Compared
from tests.shrink import shrunk
from tests.soak import corpus
from tests.soak.checks import FORBIDDEN
from tests.soak.corpus import Pieces
from tests.soak.drawing import Hanging
from tests.soak.find import Find, documents, flow, is_whole, patient
from tests.soak.tally import Tally, constructs
from verifier.engine.results.diff import Difference
from verifier.errors import InputError

Plain = dict[str, Any]


def drawn(seed: int, pieces: Pieces | None) -> tuple[str, Pair]:
    """A pair whose difference hangs on switches, two mutations of pieces of real manifests, one whose tiers changed, or
    any pair. Of a few candidates one is taken that differs, and for the first kind one that hangs, if the enumeration
    finds one."""
    random = Random(f"pair {seed}")
    kind = _kind(random, pieces)
    if kind == DIALECT:
        return kind, dialect_pair(seed)
    found: list[Pair] = []
    while len(found) < CANDIDATES[kind]:
        if kind == "hanging pair":
            found.append(_hanging(random))
        elif kind == "corpus pair":
            assert pieces is not None
            old, new = pieces.pair(random)
            found.append(Pair(old, new, corpus.universe(old, random), changes.pair(seed).switches))
        else:
            found.append(_DRAWINGS[kind](seed + len(found) * BEYOND))
        relation = _relation(found[-1])
        if relation == "unknown" or (relation != "equivalent" and kind != "hanging pair"):
            break
    return kind, found[-1]


def kind_of(seed: int, pieces: Pieces | None) -> str:
    return _kind(Random(f"pair {seed}"), pieces)


def _kind(random: Random, pieces: Pieces | None) -> str:
    chance = random.random()
    return next(kind for kind, below in _KINDS if chance < below and (kind != "corpus pair" or pieces is not None))


DIALECT = "dialect pair"
"""Of policies of Cilium, Calico or a mesh: held against the enumeration by single connections."""
_DRAWINGS = {"tiered pair": tiered_pair, "inventory pair": inventory_pair, "random pair": changes.pair}
_KINDS = (
    ("hanging pair", 0.2),
    ("corpus pair", 0.36),
    ("tiered pair", 0.54),
    ("inventory pair", 0.72),
    (DIALECT, 0.84),
    ("random pair", 1.0),
)
"""Each with the chance below which it is drawn, if none before it is."""
CANDIDATES = {"hanging pair": 4, "corpus pair": 2, "tiered pair": 2, "inventory pair": 2, "random pair": 2}
KINDS = tuple(kind for kind, _ in _KINDS)
BEYOND = 1_000_000_000
"""Seeds of second candidates lie beyond those of the first."""


def _relation(given: Pair) -> str | None:
    """By the enumeration; None where it cannot read a mutation, which the package refuses then."""
    try:
        return oracle.compare(*_asked(given), forgets=given.forgets).relation
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None


def _hanging(random: Random) -> Pair:
    """Policies, some of whose peers become blocks around pods, or the other way round."""
    draw = Hanging(random)
    universe: Plain = {"addresses": {"pods": ["10.0.0.0/16"]}, "families": [4]}
    old = [*draw.manifests(universe), draw.policy("one-more")]
    new = deepcopy(old)
    for manifest in new:
        for way, side in (("ingress", "from"), ("egress", "to")):
            for rule in (manifest.get("spec") or {}).get(way) or []:
                if rule and rule.get(side) and draw.often(0.6):
                    rule[side] = [_other(peer, draw) for peer in rule[side]]
    switches = {name: draw.one(SWITCHES[name]) for name in ("host_network", "ipblock_nodes", "local_node_egress")}
    return Pair(old, new, universe, {**switches, "named_port_ipblock": draw.one(("open", "resolve", "never"))})


def _other(peer: Plain, draw: Hanging) -> Plain:
    if "ipBlock" in peer:
        return {"namespaceSelector": {}} if draw.often(0.5) else {"podSelector": {}}
    return {"ipBlock": {"cidr": draw.one(("10.0.0.0/8", "10.0.0.0/16", "0.0.0.0/0", "10.0.0.0/24"))}}


def run(seed: int, kind: str, given: Pair, folder: Path, tally: Tally, small: bool = True) -> Iterator[Find]:
    if kind == DIALECT:
        yield from _of_dialect(seed, given, tally)
        return
    try:
        found = difference(given, folder)
    except InputError as error:
        codes = {d.code for d in error.diagnostics}
        tally["refused/pair by the universe" if codes <= FORBIDDEN else "refused/pair"] += 1
        if codes <= {*FORBIDDEN, "duplicate-object", "address-twice"} or kind == "corpus pair":
            return
        raise
    tally.update(("cases", "pairs", f"kind/{kind}", f"relation/{found.relation}"))
    tally.update(f"construct/{name}" for name in constructs([*given.old, *given.new]))
    tally.update({"regions": len(found.added) + len(found.removed)})
    wrong = disagreement(given, found)
    if wrong is not None:
        yield _found(seed, given, folder, small)


def _of_dialect(seed: int, given: Pair, tally: Tally) -> Iterator[Find]:
    try:
        found = tried(given, seed)
    except InputError:
        tally["refused/pair"] += 1  # a change may make what an API server refuses
        return
    tally.update(("cases", "pairs", f"kind/{DIALECT}", f"relation/{found.relation}"))
    tally.update(f"construct/{name}" for name in constructs([*given.old, *given.new]))
    if found.mistake:
        yield _written(seed, given, found.mistake)


def difference(given: Pair, folder: Path | None = None) -> Difference:
    """The package's answer."""
    return packaged.difference(*_asked(given), folder=folder, forgets=given.forgets)


def _asked(given: Pair) -> tuple[Any, ...]:
    return given.old, given.new, given.universe, given.switches, given.accepted


def disagreement(given: Pair, found: Difference) -> str | None:
    """What the enumeration has against the package's answer; None: nothing."""
    added, removed = ([packaged.plain_region(r) for r in side] for side in (found.added, found.removed))
    told = oracle.compare(*_asked(given), added, removed, forgets=given.forgets)
    mine = Compared(found.relation.value, tuple(sorted(found.depends_on)))
    one_sided = (found.new_workloads, found.gone_workloads, found.turned_workloads)
    names = tuple(tuple(sorted({str(workload) for workload in some})) for some in one_sided)
    if names != told[3:]:
        return f"new, gone and turned are {names}, the enumeration says {told[3:]}"
    if mine[:2] != told[:2]:
        return f"the package says {mine[:2]}, the enumeration {told[:2]}"
    return None if told.wrong is None else f"the regions are wrong about {told.wrong}"


def _found(seed: int, given: Pair, folder: Path, small: bool) -> Find:
    def differ(some: Pair) -> bool:
        try:
            whole = is_whole(some.old) and is_whole(some.new)
            return whole and disagreement(some, difference(some, folder)) is not None
        except (InputError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            return False  # what shrinking left over is no pair

    shown = shrunk(given, patient(differ)) if small else given
    return _written(seed, shown, disagreement(shown, difference(shown, folder)) or "")


def _written(seed: int, shown: Pair, said: str) -> Find:
    head = f"# Soak {seed}: {said[:300]}\n# universe: {flow(shown.universe)}\n# switches: {flow(shown.switches)}\n"
    head += f"# accepted: {flow(shown.accepted)}\n" if shown.accepted else ""
    files = ((f"soak-{seed}-{name}.yaml", head + documents(side)) for name, side in _sides(shown))
    return Find(seed, said[:300], tuple(files))


def _sides(given: Pair) -> Iterator[tuple[str, list[Plain]]]:
    yield "old", given.old
    yield "new", given.new
