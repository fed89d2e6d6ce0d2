"""Laws of claims, over random pairs: what is proved of much is proved of less of it, and what policies forbid stays
forbidden where a comparison finds nothing opened (docs/properties.md, "Laws")."""

from collections import Counter
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

from tests import packaged
from tests.generators.changes import Pair
from tests.generators.strategies import Draw
from tests.objects import GHOST, Plain
from tests.oracle.claims import lists
from tests.oracle.claims import read as read_claim
from tests.oracle.world import spec
from verifier.errors import InputError

NARROWED, CHANGES, CLAIMS = 600, 120, 3
FORBIDDING = ("never", "only", "confined", "separate")


def test_never_is_antitone_in_all_its_parts(tmp_path: Path) -> None:
    found: Counter[tuple[str, str]] = Counter()
    for seed in range(NARROWED):
        draw = Draw(Random(f"antitone {seed}"))
        universe = draw.universe() if draw.often(0.4) else "open"
        manifests = settled(draw, [*draw.manifests(universe), *map(draw.default_deny, draw.homes)])
        wide = {name: part for name, part in _wide(draw).items() if part is not None}
        narrow = _narrower(draw, deepcopy(wide))
        if narrow == wide or ("node" in str(wide) and not spec(universe).get("nodes")):
            continue
        where = (universe, draw.switches())
        try:
            more, less = (
                packaged.verdict(manifests, {"never": claim}, *where, folder=tmp_path) for claim in (wide, narrow)
            )
        except InputError:
            continue  # the universe forbids something
        told = f"never {wide} is {more}\nnever {narrow} is {less}\n{manifests}\n{where}"
        assert more.verdict != "proved" or less.verdict in ("proved", "vacuous"), told
        assert less.verdict != "violated" or more.verdict == "violated", told
        found[more.verdict, less.verdict] += 1
    assert found["proved", "proved"] >= 30, found
    assert found["violated", "proved"] >= 10, found


def test_verdicts_follow_a_change_of_policies_alone(tmp_path: Path) -> None:
    """Where a comparison says narrower or equivalent, nothing that is forbidden comes; where it says wider or
    equivalent, none that came goes; what must always be, the other way round."""
    found: Counter[tuple[str, bool]] = Counter()
    for seed in range(CHANGES):
        draw = Draw(Random(f"monotone {seed}"))
        given = revised(draw)
        where = (given.universe, given.switches)
        claims = [draw.claim(side) for side in (given.old, given.new) for _ in range(CLAIMS)]
        claims = [claim for claim in claims if _is_covered(claim, given)]
        try:
            relation = packaged.difference(given.old, given.new, *where, folder=tmp_path).relation.value
            for claim in claims if relation in ("equivalent", "wider", "narrower") else ():
                old, new = (
                    packaged.verdict(side, claim, *where, folder=tmp_path).verdict for side in (given.old, given.new)
                )
                forbids = read_claim(claim)["kind"] in FORBIDDING
                turns = {("proved", "violated"): forbids, ("violated", "proved"): not forbids}.get((old, new))
                told = f"{relation}, but {claim}\nwas {old} and is {new}\n{given}"
                assert turns is None or relation == ("wider" if turns else "narrower"), told
                found[relation, turns is not None] += 1
        except InputError:
            continue  # the universe forbids something
    assert min(found[relation, False] for relation in ("equivalent", "wider", "narrower")) >= 20, found
    assert min(found[relation, True] for relation in ("wider", "narrower")) >= 3, found


def settled(draw: Draw, manifests: list[Plain]) -> list[Plain]:
    """The manifests, every home declared with its labels, and no pod on its node's network."""
    there = {m["metadata"]["name"] for m in manifests if m["kind"] == "Namespace"}
    kept = [m for m in manifests if "'hostNetwork': True" not in str(m)]
    return [*kept, *(draw.namespace(name) for name in draw.homes if name not in there)]


def revised(draw: Draw) -> Pair:
    """A pair whose sides differ in policies only."""
    universe = draw.universe()
    old = settled(draw, draw.manifests(universe))
    if draw.often(0.5):
        old.append(draw.default_deny(draw.one(draw.homes)))
    new = [m for m in old if m["kind"] != "NetworkPolicy" or draw.often(0.6)]
    if draw.often(0.4):
        new.append(draw.policy("more"))
    return Pair(old, new, universe, draw.switches())


def _is_covered(claim: Plain | str, given: Pair) -> bool:
    """True iff the comparison speaks of the ends of the claim: of nodes it does where the universe has them."""
    asked = read_claim(claim)
    named = any("node" in peer for peers in lists(asked) for peer in peers or ())
    new = "newNamespacesGet" in spec(given.universe) and GHOST in str(claim)
    nodes = bool(spec(given.universe).get("nodes"))
    return asked["kind"] not in ("isolated", "exactly") and not new and (nodes or not named)


# A `never`, and less of it


def _wide(draw: Draw) -> Plain:
    def peers() -> list[Plain] | None:
        return None if draw.often(0.2) else draw.some(1, 2, lambda: _peer(draw))

    return {"from": peers(), "to": peers(), "ports": draw.some(1, 2, draw.property_port) if draw.often(0.4) else None}


def _peer(draw: Draw) -> Plain:
    """As drawn anywhere, or pods of a namespace that is there, which are always bound."""
    return {**draw.property_pods(), "namespaces": [draw.one(draw.homes)]} if draw.often(0.4) else draw.property_peer()


def _narrower(draw: Draw, claim: Plain) -> Plain:
    """Less of the claim. Naming a namespace that nobody has declared asks about that namespace, which is less only
    where the other end is bound whatever this one is."""
    part = draw.one(("from", "from", "to", "to", "ports"))
    if part == "ports":
        ports = claim.get("ports")
        narrow: list[Any] = ports[:1] if ports and len(ports) > 1 else [{"protocol": "TCP", "port": 80}]
        return {**claim, "ports": narrow if not ports or len(ports) > 1 else ports}
    other = claim.get("to" if part == "from" else "from")
    bound = other is not None and all(set(peer.get("namespaces") or [GHOST]) <= {*draw.homes} for peer in other)
    names = (*draw.homes, GHOST) if bound else draw.homes
    peers = claim.get(part)
    if peers is None:
        return {**claim, part: [{"podSelector": draw.pods(), "namespaces": [draw.one(names)]}]}
    if len(peers) > 1 and draw.often(0.5):
        return {**claim, part: peers[:1]}
    return {**claim, part: [_less(draw, peer, names) for peer in peers]}


def _less(draw: Draw, peer: Plain, names: tuple[str, ...]) -> Plain:
    if "ipBlock" in peer:
        block = peer["ipBlock"]
        inner = {"10.0.0.0/8": "10.1.0.0/16", "203.0.113.0/24": "203.0.113.128/25", "0.0.0.0/0": "10.0.0.0/8"}
        return {"ipBlock": {"cidr": inner.get(block["cidr"], block["cidr"])}} if "except" not in block else peer
    if "podSelector" not in peer:
        return peer
    if "namespaces" not in peer and draw.often(0.6):
        return {**peer, "namespaces": [draw.one(names)]}
    said = peer["podSelector"] or {}
    value = {"key": "app", "operator": draw.one(("In", "NotIn")), "values": ["a"]}
    return {**peer, "podSelector": {**said, "matchExpressions": [*(said.get("matchExpressions") or []), value]}}
