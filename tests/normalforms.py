"""Random policies in the normal form (docs/semantics.md 8), as the plain data of `tests.oracle.normalform`, and
the same as values of the package."""

from collections.abc import Sequence
from random import Random
from typing import Any

from tests.oracle.normalform import SHARED
from verifier.ir.cluster import Cluster
from verifier.ir.endpoint import Kind, Namespace, Workload
from verifier.ir.labels import Selector
from verifier.ir.network import Intervals, Protocol
from verifier.ir.policy import (
    Action,
    And,
    Block,
    Citation,
    Formula,
    Havoc,
    KindIn,
    NamespaceIn,
    Not,
    Or,
    Pipe,
    PodLabels,
    PolicySet,
    PortIn,
    Role,
    Rung,
    SameNamespace,
    Selects,
    Stage,
    Tie,
)

Plain = dict[str, Any]
Guard = list[Any]

NAMESPACES = ("ops", "shop")
PODS = [
    {"name": "one", "namespace": "shop", "labels": {"app": "a"}},
    {"name": "two", "namespace": "shop", "labels": {"app": "b"}},
    {"name": "three", "namespace": "ops", "labels": {"app": "a", "role": "x"}},
]
ACTIONS = ("allow", "allow", "deny", "deny", "next")


class Draw:
    """Draws policies. abouts: the conditions that nobody can say; doubt: how often one stands where it can; once: none
    stands in two places; shared: others, which are one unknown wherever they stand in the rungs of a pipe."""

    def __init__(
        self,
        random: Random,
        abouts: Sequence[str] = ("h", "i"),
        doubt: float = 0.2,
        once: bool = False,
        ties: bool = True,
        shared: Sequence[str] = (),
    ) -> None:
        self.random, self.doubt, self.ties, self.shared = random, doubt, ties, shared
        self.left = list(abouts)
        self.once = once

    def often(self, chance: float) -> bool:
        return self.random.random() < chance

    def one(self, items: Sequence[Any]) -> Any:
        return self.random.choice(items)

    def policies(self) -> Plain:
        return {way: self.pipe(way) for way in ("Ingress", "Egress")}

    def pipe(self, way: str) -> Plain:
        stages = [self.stage(f"s{i}", way) for i in range(self.one((0, 1, 1, 2, 2)))]
        return numbered({"stages": stages, "final": self.one(("allow", "allow", "allow", "deny"))}, way)

    def stage(self, name: str, way: str) -> Plain:
        """One that selects is of policies whose rungs are of whom these select; sometimes it is not."""
        policies = [self.whom(f"{name}-{way[0].lower()}{i}") for i in range(self.one((1, 1, 2)))]
        for_all = self.often(0.25)
        body = [self.part(policies) for _ in range(self.one((0, 1, 1, 2)))]
        return {
            "name": name,
            "applies": None if for_all else policies,
            "body": body,
            "end": self.one(("allow", "deny", "deny", "next", "next")),
        }

    def whom(self, policy: str) -> Plain:
        namespace = self.one((None, None, *NAMESPACES))
        return {"policy": policy, "namespace": namespace, "pods": self.guard(("subject",), depth=1, ports=False)}

    def part(self, policies: list[Plain]) -> Plain:
        if self.ties and self.often(0.25):
            return {
                "tie": [self.rungs([whom]) for whom in policies] + ([self.rungs(policies)] if len(policies) < 2 else [])
            }
        return {"block": self.rungs(policies)}

    def rungs(self, policies: list[Plain]) -> list[Plain]:
        return [self.rung(policies) for _ in range(self.one((1, 1, 2, 3)))]

    def rung(self, policies: list[Plain]) -> Plain:
        whom = self.one(policies)
        if self.once and "havoc" in str(whom):
            whom = {**whom, "pods": ["all"]}  # a selection that stands here and in `applies` stands twice
        guard = self.guard(("subject", "peer", "peer"))
        if self.shared and self.often(0.5):
            fact = ["havoc", self.one(self.shared)]
            guard = [self.one(("all", "any")), guard, ["not", fact] if self.often(0.4) else fact]
        selects = None if self.often(0.1) else whom
        return {"selects": selects, "rule": "", "guard": guard, "action": self.one(ACTIONS)}

    def guard(self, roles: Sequence[str], depth: int = 2, ports: bool = True) -> Guard:
        if self.left and self.often(self.doubt):
            about = self.one(self.left)
            if self.once:
                self.left.remove(about)
            doubt = ["havoc", about]
            return ["not", doubt] if self.often(0.4) else doubt
        if depth and self.often(0.4):
            return [self.one(("all", "any")), *(self.guard(roles, depth - 1, ports) for _ in range(2))]
        if depth and self.often(0.15):
            return ["not", self.guard(roles, depth - 1, ports)]
        role = self.one(roles)
        leaves: list[Guard] = [
            ["all"],
            ["labels", role, {"app": self.one(("a", "b"))}],
            ["labels", role, {"role": "x"}],
            ["namespace", role, self.one(NAMESPACES)],
            ["pod", role],
        ]
        if ports:
            leaves += [["port", "TCP", 80, self.one((80, 81))], ["same namespace"]]
        return self.one(leaves)

    # Claims

    def claim(self) -> Plain:
        kind = self.one(("never", "never", "always", "always", "only", "exactly", "isolated", "confined", "separate"))
        if kind == "isolated":
            directions = self.one((["Ingress"], ["Egress"], ["Ingress", "Egress"]))
            return {"kind": kind, "pods": self.some_pods(), "directions": directions}
        if kind == "separate":
            return {"kind": kind, "label": "app"}
        if kind == "confined":
            flows = [{"to": self.one((self.some_pods(), "external")), "ports": self.some_ports()} for _ in range(3)]
            return {"kind": kind, "from": self.some_pods(), "reach": flows[: self.one((0, 1, 2, 3))]}
        ends = [self.some_pods(), self.some_pods()]
        if self.often(0.2):
            ends[self.one((0, 1))] = "external"
        return {"kind": kind, "from": ends[0], "to": ends[1], "ports": self.some_ports()}

    def some_ports(self) -> Any:
        return self.one((None, None, ("TCP", 80, 80), ("TCP", 80, 81), ("UDP", 80, 80)))

    def some_pods(self) -> Any:
        labels = self.one(({}, {}, {"app": "a"}, {"app": "b"}, {"role": "x"}))
        return self.one((None, None, *NAMESPACES)), labels


def rungs_of(part: Plain) -> list[Plain]:
    return [rung for block in part.get("tie", [part.get("block")]) for rung in block]


def numbered(pipe: Plain, way: str) -> Plain:
    """The pipe, each of its rungs a rule of its own."""
    for number, rung in enumerate(r for stage in pipe["stages"] for part in stage["body"] for r in rungs_of(part)):
        rung["rule"] = f"{way.lower()}[{number}]"
    return pipe


def said(claim: Plain) -> Plain | str:
    """The claim as users write it."""
    if claim["kind"] == "separate":
        return {"separate": {"byPodLabel": claim["label"]}}
    if claim["kind"] == "isolated":
        directions = "both" if len(claim["directions"]) > 1 else claim["directions"][0].lower()
        namespace, labels = claim["pods"]
        pods: Plain = {"podSelector": {"matchLabels": labels}}
        pods |= {"namespaceSelector": {}} if namespace is None else {"namespaces": [namespace]}
        return {"isolated": {"pods": [pods], "directions": directions}}
    if claim["kind"] == "confined":
        flows = " + ".join(_end(flow["to"]) + _tail(flow["ports"]) for flow in claim["reach"])
        return f"confined {_end(claim['from'])} -> {flows or 'nothing'}"
    source, destination = (_end(claim[side]) for side in ("from", "to"))
    return f"{claim['kind']} {source} -> {destination}{_tail(claim['ports'])}"


def _tail(ports: Any) -> str:
    return "" if ports is None else f" : {ports[0]}/{ports[1]}-{ports[2]}"


def _end(end: Any) -> str:
    if end == "external":
        return "external"
    namespace, labels = end
    return f"{namespace or '*'}/{','.join(f'{k}={v}' for k, v in labels.items()) or '*'}"


# As values of the package


def cluster_of(policies: Plain, pods: Sequence[Plain] = tuple(PODS)) -> Cluster:
    namespaces = tuple(Namespace(name, {"kubernetes.io/metadata.name": name}) for name in NAMESPACES)
    workloads = sorted((pod["namespace"], pod["name"], pod["labels"]) for pod in pods)
    made = policies_of(policies)
    return Cluster(
        namespaces, tuple(Workload("Pod", home, name, labels, single=True) for home, name, labels in workloads), made
    )


def policies_of(policies: Plain) -> PolicySet:
    pipes = {way: pipe_of(policies[way]) for way in ("Ingress", "Egress")}
    cited = {
        who.citation: None
        for pipe in pipes.values()
        for stage in pipe.stages
        for who in (*(stage.applies or ()), *(r.selects for b in stage.blocks() for r in b.rungs))
        if who is not None
    }
    return PolicySet(pipes["Ingress"], pipes["Egress"], tuple(cited))


def pipe_of(pipe: Plain) -> Pipe:
    return Pipe(tuple(map(stage_of, pipe["stages"])), Action(pipe["final"]))


def stage_of(stage: Plain) -> Stage:
    known: dict[int, Selects] = {}

    def whom(plain: Plain) -> Selects:
        """One object for one selection, as readers make them."""
        made = Selects(plain["namespace"], formula_of(plain["pods"]), cited(plain["policy"], None))
        return known.setdefault(id(plain), made)

    def block(rungs: list[Plain]) -> Block:
        return Block(tuple(map(rung, rungs)))

    def rung(plain: Plain) -> Rung:
        selects = None if plain["selects"] is None else whom(plain["selects"])
        citation = cited("nobody" if selects is None else selects.citation.name, plain["rule"])
        return Rung(selects, formula_of(plain["guard"]), Action(plain["action"]), citation)

    return Stage(
        stage["name"],
        None if stage["applies"] is None else tuple(map(whom, stage["applies"])),
        tuple(Tie(tuple(map(block, p["tie"]))) if "tie" in p else block(p["block"]) for p in stage["body"]),
        Action(stage["end"]),
    )


def cited(policy: str, rule: str | None) -> Citation:
    return Citation("Policy", None, policy, rule)


def formula_of(guard: Guard) -> Formula:
    kind, *rest = guard
    match kind:
        case "all" | "any":
            items = tuple(map(formula_of, rest))
            return And(items) if kind == "all" else Or(items)
        case "not":
            return Not(formula_of(rest[0]))
        case "havoc":
            return Havoc(rest[0], shared=rest[0] in SHARED)
        case "labels":
            return PodLabels(Role(rest[0]), Selector.of(rest[1]))
        case "namespace":
            return NamespaceIn(Role(rest[0]), frozenset({rest[1]}))
        case "same namespace":
            return SameNamespace()
        case "pod":
            return KindIn(Role(rest[0]), frozenset({Kind.POD}))
        case _:
            return PortIn(Protocol(rest[0]), Intervals(((rest[1], rest[2]),)))
