"""What a comparison says of a change, and what two checks say of its sides, fit together: neither asks the other."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from tests import packaged
from tests.generators.changes import Pair, pair
from tests.generators.strategies import Draw
from tests.generators.tierchanges import tiered_pair
from tests.oracle import Answer
from tests.oracle.addresses import span
from tests.oracle.claims import lists
from tests.oracle.claims import read as read_claim
from tests.oracle.residents import residents
from tests.oracle.rules import Cluster, read
from tests.oracle.world import heard, spec
from verifier.errors import InputError

Plain = dict[str, Any]

CHANGES, CLAIMS = 240, 4
FORBIDDING = ("never", "only", "confined", "separate")


def test_verdicts_of_both_sides_fit_the_relation(tmp_path: Path) -> None:
    """Nothing that a property forbids comes with a change that only takes away, and nothing that it demands goes with
    one that only adds."""
    fitting: Counter[tuple[str, str]] = Counter()
    for seed in range(CHANGES):
        draw, given = Draw(Random(f"consistency {seed}")), whole((tiered_pair if seed % 3 == 0 else pair)(seed))
        where = (given.universe, given.switches)
        claims = [draw.claim(given.old + given.new) for _ in range(CLAIMS)]
        claims = [claim for claim in claims if comparable(given, claim)]
        if not claims:
            continue
        try:
            relation = packaged.difference(given.old, given.new, *where, folder=tmp_path).relation.value
            for claim in claims:
                old, new = (packaged.verdict(side, claim, *where, folder=tmp_path) for side in (given.old, given.new))
                told = f"{relation}, but {claim}\nwas {old} and is {new}\n{given}"
                assert fits(relation, read_claim(claim)["kind"], old, new), told
                fitting[relation, "same" if old == new else "other"] += 1
        except InputError:
            continue  # the universe forbids something
    assert min(fitting[relation, "same"] for relation in ("equivalent", "wider", "narrower")) >= 20
    assert min(fitting[relation, "other"] for relation in ("wider", "narrower")) >= 3


def whole(given: Pair) -> Pair:
    """The pair with the Namespace objects that its new side has lost: labels that only one side says are unknown to a
    property of the other, and not to `diff`."""
    if not given.forgets:
        return given
    kept = {m["metadata"]["name"] for m in given.new if m["kind"] == "Namespace"}
    lost = [m for m in given.old if m["kind"] == "Namespace" and m["metadata"]["name"] not in kept]
    return replace(given, new=[*given.new, *lost], forgets=False)


def comparable(given: Pair, claim: Plain | str) -> bool:
    """True iff the claim is about connections of the same ends on both sides, as the comparison is."""
    old, new = read(given.old), read(given.new)
    declared = old.namespaces.keys() & new.namespaces.keys()
    asked = read_claim(claim)
    named = heard(Cluster(), lists(asked), {})
    if asked["kind"] == "isolated" or not named <= declared:
        return False
    if [(w.title, w.single, w.first) for w in old.workloads] != [(w.title, w.single, w.first) for w in new.workloads]:
        return False
    if any((old.namespaces[name] is None) is not (new.namespaces[name] is None) for name in declared):
        return False  # labels that only one side says hold for both in a comparison
    if len({w.title for w in old.workloads}) < len(old.workloads):
        return False  # variants of one workload are new and gone where they change
    if any(w.host_network for w in (*old.workloads, *new.workloads)) and not spec(given.universe).get("nodes"):
        return False  # a property can speak of these, while the comparison says that it does not
    known = [residents(side.nodes, side.objects, spec(given.universe), side.services) for side in (old, new)]
    blocks = [span(peer["ipBlock"]["cidr"]) for side in lists(asked) for peer in side or () if "ipBlock" in peer]
    of_nodes = any(low == high and (family, low) in known[0].nodes for family, low, high in blocks)
    if known[0] != known[1] or (of_nodes and not spec(given.universe).get("nodes")):
        return False  # the same addresses on both sides, and no claim about a node by its own
    return asked["kind"] == "always" or old.namespaces.keys() == new.namespaces.keys()


def fits(relation: str, kind: str, old: Answer, new: Answer) -> bool:
    if relation == "equivalent":
        return old == new
    before, after = old.verdict, new.verdict
    if (kind in FORBIDDING) is (relation == "wider"):
        before, after = after, before  # of the two the first is the more demanding
    one_way = relation in ("wider", "narrower") and kind in (*FORBIDDING, "always")
    return not one_way or before != "proved" or after == "proved"
