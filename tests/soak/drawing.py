"""What a seed stands for: a policy set, a universe, a setting of the switches, and claims about them."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, fields, replace
from random import Random
from typing import Any

from tests import oracle
from tests.generators.behind import calico_services_example, cilium_services_example
from tests.generators.calicostrategies import CalicoDraw, calico_example
from tests.generators.ciliumstrategies import CiliumDraw, cilium_example
from tests.generators.meshstrategies import MeshDraw
from tests.generators.residents import settled
from tests.generators.serviceports import service_claim, service_ports_example
from tests.generators.strategies import Draw, Example
from tests.generators.tierstrategies import API, EVERY_POD, TierDraw, of_pods, other_than_blocks
from tests.objects import BLOCKS, PORT_NAMES
from tests.oracle import VALUES
from tests.oracle.mesh import is_of_mesh
from tests.soak import corpus
from tests.soak.corpus import Pieces, is_tier

Plain = dict[str, Any]
CLAIMS, MORE_CLAIMS = 3, 7
SERVICES = 4
"""One in so many clusters of Cilium or Calico has policies that name Services."""
PAIRS = 200_000
"""What the enumeration looks at for one claim, at most: some seconds."""
_KINDS = (
    ("hanging", 0.45),
    ("cilium", 0.27),
    ("calico", 0.35),
    ("tiered", 0.2),
    ("corpus", 0.35),
    ("mesh", 0.2),
    ("plain", 1.0),
)
"""Each with its share of what those before it leave."""
KINDS = tuple(kind for kind, _ in _KINDS)
_AROUND_PODS = (*BLOCKS[:3], BLOCKS[5], ("fd00::/8", ("fd00::7/128",)))


@dataclass(frozen=True)
class Drawn:
    """`kind`: plain (as the test suite draws), tiered (with cluster-scoped policies), cilium and calico (with the
    plugin's own among all others), hanging (rich in what hangs on switches), mesh (with policies of a mesh) or corpus
    (mutated pieces of real manifests)."""

    kind: str
    manifests: list[Plain]
    claims: tuple[Plain | str, ...]
    universe: Plain | str
    switches: dict[str, str]
    namespace: str | None
    accepted: list[Plain | str] = field(default_factory=list)
    """Flows that break none of the claims."""
    answers: tuple[oracle.Answer | None, ...] = (None,) * CLAIMS
    """Of each claim what the enumeration says, where that was asked for the drawing."""

    def examples(self) -> Iterator[Example]:
        for claim in self.claims:
            namespace = None if isinstance(claim, str) else self.namespace
            yield Example(self.manifests, claim, self.universe, self.switches, namespace, self.accepted)


def drawn(seed: int, pieces: Pieces | None = None) -> Drawn:
    """`pieces`: of real manifests, where they are at hand; plain random ones take their share otherwise."""
    random = Random(f"soak {seed}")
    kind = _kind(random)
    if kind == "cilium":
        return _of_cilium(seed, random)
    if kind == "calico":
        return _of_calico(seed, random)
    if kind == "corpus" and pieces is None:
        kind = "plain"
    if kind == "plain" and seed % SERVICES == 0:
        return _of_services(seed)
    draw = {"hanging": Hanging, "tiered": Tiered, "mesh": Meshed}.get(kind, Draw)(random)
    universe = draw.universe()
    if kind == "corpus":
        assert pieces is not None
        manifests = pieces.drawn(random)
        draw = (TieredPieces if any(map(is_tier, manifests)) else Draw)(random, *pieces.words(manifests))
        universe = draw.universe() if draw.often(0.3) else corpus.universe(manifests, random)
    else:
        manifests = settled(seed, draw.manifests(universe), universe, often=0.3)
    switches = draw.switches()
    if draw.often(0.1):
        switches["self_via_service"] = draw.one((*VALUES["self_via_service"], "open"))
    namespace = draw.one(draw.homes) if draw.often(0.15) else None
    told = any(m["kind"] == "Node" or "status" in m for m in manifests)
    some = [
        draw.about_residents(manifests) if told and draw.often(0.3) else draw.claim(manifests) for _ in range(CLAIMS)
    ]
    accepted = draw.some(1, 2, lambda: _flow(draw, some)) if draw.often(0.2) else []
    found = Drawn(kind, manifests, tuple(some), universe, switches, namespace, accepted)
    if kind == "hanging":
        more = [draw.claim(manifests) for _ in range(MORE_CLAIMS)]
        found = _those_that_hang(replace(found, claims=(*some, *more)))
    return found


def kind_of(seed: int) -> str:
    """Of the sets that `drawn` gives, but for pieces of real manifests where there are none."""
    return _kind(Random(f"soak {seed}"))


def _kind(random: Random) -> str:
    return next(kind for kind, least in _KINDS if random.random() < least or kind == "plain")


def _of_cilium(seed: int, random: Random) -> Drawn:
    given = cilium_services_example(seed) if seed % SERVICES == 0 else cilium_example(seed)
    draw = CiliumDraw(random)
    more = [draw.claim_about_cilium(given.manifests) for _ in range(CLAIMS - 1)]
    return Drawn("cilium", given.manifests, (given.claim, *more), given.universe, given.switches, None)


def _of_calico(seed: int, random: Random) -> Drawn:
    given = calico_services_example(seed) if seed % SERVICES == 0 else calico_example(seed)
    draw = CalicoDraw(random)
    more = [draw.claim_about_calico(given.manifests) for _ in range(CLAIMS - 1)]
    return Drawn("calico", given.manifests, (given.claim, *more), given.universe, given.switches, given.namespace)


def _of_services(seed: int) -> Drawn:
    given = service_ports_example(seed)
    more = [service_claim(Random(f"claim {number} about services {seed}"), given) for number in range(1, CLAIMS)]
    return Drawn("plain", given.manifests, (given.claim, *more), given.universe, given.switches, None, given.accepted)


def _flow(draw: Draw, claims: list[Plain | str]) -> Plain:
    return draw.part_of(draw.one(claims)) if draw.often(0.6) else draw.flow()


def enumerated(example: Example) -> oracle.Answer | None:
    """What the enumeration says; None: the world is too large for it."""
    try:
        return oracle.verdict(*(getattr(example, each.name) for each in fields(example)), budget=oracle.Budget(PAIRS))
    except oracle.TooLarge:
        return None


def _those_that_hang(found: Drawn) -> Drawn:
    """With a few of its claims: first those whose verdict hangs on switches, and not on how hostNetwork pods are
    taken."""

    def dull(judged: tuple[Plain | str, oracle.Answer | None]) -> int:
        answer = judged[1]
        if answer is None:
            return 3
        return 0 if {*answer.depends_on} - {"host_network"} else 1 if answer.depends_on else 2

    judged = [(example.claim, enumerated(example)) for example in found.examples()]
    claims, answers = zip(*sorted(judged, key=dull)[:CLAIMS], strict=True)
    return replace(found, claims=claims, answers=answers)


class Tiered(TierDraw):
    """Draws cluster-scoped policies beside the others, and every other claim about them, often with pods where they
    speak of networks: whether these are pods too is what hangs."""

    def manifests(self, universe: Plain | str) -> list[Plain]:
        return [*super().manifests(universe), *self.tiers(), *self.nodes()]

    def switches(self) -> dict[str, str]:
        found = super().switches()
        if self.often(0.5):
            found["same_priority"] = self.one(("by_name", "deny_first"))
        if self.often(0.3):
            found["np_finality"] = self.one(("per_pod", "open"))
        for name in ("networks_pods", "networks_nodes"):
            if self.often(0.25):
                found[name] = self.one(("never", "open"))
        return found

    def claim(self, manifests: list[Plain]) -> Plain | str:
        about = [m for m in manifests if m["apiVersion"].startswith(API)]
        if self.often(0.5):
            return super().claim(manifests)
        repeated = self.claim_about(about)
        return of_pods(repeated) if self.often(0.4) else repeated


class Meshed(MeshDraw):
    """Draws policies of a mesh beside the others, and most claims about them."""

    def manifests(self, universe: Plain | str) -> list[Plain]:
        found = super().manifests(universe)
        if self.often(0.4):
            found = [m for m in found if m["kind"] != "NetworkPolicy"]
        return [*found, *self.mesh()]

    def switches(self) -> dict[str, str]:
        return (super().switches() if self.often(0.3) else {}) | (self.mesh_switches() if self.often(0.5) else {})

    def claim(self, manifests: list[Plain]) -> Plain | str:
        about = [m for m in manifests if is_of_mesh(m)]
        return self.claim_of_mesh(about) if about and self.often(0.7) else super().claim(manifests)


class TieredPieces(Tiered):
    """Asks about cluster-scoped policies of which parts may be missing."""

    def claim(self, manifests: list[Plain]) -> Plain | str:
        try:
            return super().claim(manifests)
        except (AttributeError, LookupError, TypeError, ValueError):
            return Draw.claim(self, manifests)


class Hanging(Draw):
    """Draws what vendors disagree on: blocks around pods, port names beside them, nodes and hostNetwork pods."""

    def switches(self) -> dict[str, str]:
        return {} if self.often(0.8) else super().switches()

    def universe(self) -> Plain | str:
        if self.often(0.4):
            found = super().universe()
            return {**found, "nodes": True} if not isinstance(found, str) and self.often(0.2) else found
        pods = self.one((["10.0.0.0/16"], ["10.0.0.6/31"], ["10.0.0.0/24", "fd00::/16"]))
        found = {"addresses": {"pods": pods}, "families": [4] if self.often(0.6) else [4, 6]}
        return {**found, "nodes": True} if self.often(0.1) else found

    def block(self) -> Plain:
        if self.often(0.2):
            return super().block()
        cidr, holes = self.one(_AROUND_PODS)
        if not holes or self.often(0.65):
            return {"cidr": cidr}
        return {"cidr": cidr, "except": self.random.sample(holes, self.random.randint(1, len(holes)))}

    def peer(self) -> Plain:
        return {"ipBlock": self.block()} if self.often(0.55) else super().peer()

    def port(self) -> Plain | None:
        if self.often(0.3):
            return {"port": self.one(PORT_NAMES), "protocol": self.one(("TCP", "UDP"))}
        return super().port()

    def manifests(self, universe: Plain | str) -> list[Plain]:
        found = super().manifests(universe)
        have = {m["metadata"]["namespace"] for m in found if m["metadata"].get("name") == "deny"}
        return [*found, *(self.default_deny(home) for home in self.homes if home not in have and self.often(0.6))]

    def claim(self, manifests: list[Plain]) -> Plain | str:
        """Often one that repeats a policy but for its blocks: whether these speak of pods too is what hangs."""
        copied = self.copied(manifests) if self.often(0.75) else None
        if copied is None:
            return super().claim(manifests)
        return other_than_blocks(copied, self.instead)

    def instead(self, block: Plain) -> Plain:
        everyone = deepcopy(EVERY_POD)
        chance = self.random.random()
        return (
            {"external": {}}
            if chance < 0.55
            else everyone
            if chance < 0.85
            else block
            if chance < 0.95
            else {"node": {}}
        )
