"""Policies as `lint` looks at them: every line of a rule taken apart into what it says of the peer and of the port."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import assert_never

from msgspec import Struct, field

from verifier.engine.lint.survey import Reachability, survey
from verifier.engine.problem.apart import apart
from verifier.engine.problem.problem import Context
from verifier.engine.results.check import Stats
from verifier.ir.endpoint import Kind, Namespace, Workload
from verifier.ir.labels import (
    EVERYTHING,
    NAMESPACE_NAME,
    SERVICE_ACCOUNT,
    Labels,
    Requirement,
    Selector,
    matches,
    satisfies,
)
from verifier.ir.network import AddressSet
from verifier.ir.pods import can_meet
from verifier.ir.policy import (
    TRUE,
    Action,
    AddressIn,
    And,
    Citation,
    Direction,
    Formula,
    Hairpin,
    Havoc,
    KindIn,
    NamespaceIn,
    NamespaceLabels,
    Not,
    Or,
    Pipe,
    PodLabels,
    PolicySet,
    PortIn,
    PortNamed,
    Role,
    Rung,
    SameLabel,
    SameNamespace,
    SameNode,
    Selects,
    SwitchIs,
    WorkloadIn,
)
from verifier.ir.quirk import Written
from verifier.smt.solver import Limits

Port = PortIn | PortNamed


class Shape(Struct, frozen=True):
    """What a line lets through: pods of the policy's own namespace (`own`) or of namespaces that meet `namespaces`
    (None: of any), with labels that meet `pods`; or `addresses`; on `ports` (none: all). Neither pods nor addresses:
    anybody.

    opaque: there is more to it than these words can say.
    """

    is_pods: bool = False
    own: bool = False
    namespaces: Selector | None = None
    pods: Selector | None = None
    addresses: AddressSet | None = None
    ports: tuple[Port, ...] = ()
    opaque: bool = False

    @property
    def is_anybody(self) -> bool:
        return not self.is_pods and self.addresses is None and not self.opaque


class Line(Struct, frozen=True):
    """A rung of a policy with a selection, and what it says. `policy` is the object, `rule` as `ingress[0].from[1]`.
    `in_tier`: others of its stage can do something else, before it or after (`Stage.is_tier`)."""

    direction: Direction
    rung: Rung
    who: Selects
    shape: Shape
    in_tier: bool

    @property
    def policy(self) -> Citation:
        return self.who.citation

    @property
    def rule(self) -> str:
        return self.rung.citation.rule or ""

    @property
    def whole_rule(self) -> str:
        """The rule that the line is one peer of: `ingress[0]`."""
        return self.rule.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.rule} of {self.policy}"


class LintContext(Struct, frozen=True, dict=True):
    """All that the rules of `lint` may look at."""

    context: Context
    written: Written = field(default_factory=Written)
    limits: Limits = field(default_factory=Limits)

    @cached_property
    def asked(self) -> list[Stats]:
        """What the questions of the rules came to, so far; each rule adds to it what it has asked."""
        return []

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Every line that allows, in the order of the policies."""
        return tuple(lines(self.context.cluster.policies))

    @cached_property
    def selections(self) -> Mapping[Citation, Mapping[Direction, Selects]]:
        """Whom each policy isolates, in the directions that it applies to."""
        found: dict[Citation, dict[Direction, Selects]] = {}
        for direction in Direction:
            for stage in self.context.cluster.policies.pipe(direction).stages:
                for who in stage.applies or () if stage.isolates else ():
                    found.setdefault(who.citation, {})[direction] = who
        return dict(sorted(found.items(), key=lambda item: (item[0].namespace or "", item[0].name)))

    @cached_property
    def by_namespace(self) -> Mapping[str, tuple[Workload, ...]]:
        found: dict[str, list[Workload]] = {}
        for workload in self.context.cluster.workloads:
            found.setdefault(workload.namespace, []).append(workload)
        return {name: tuple(workloads) for name, workloads in found.items()}

    @cached_property
    def by_home(self) -> Mapping[Direction, Mapping[str, Pipe]]:
        """Of each direction in which every policy is of one namespace, the policies of each of these."""
        found: dict[Direction, Mapping[str, Pipe]] = {}
        for direction in Direction:
            mine, _ = apart(self.context.cluster.policies.pipe(direction))
            named = {home: pipe for home, pipe in mine.items() if isinstance(home, str)}
            if len(named) == len(mine):
                found[direction] = named
        return found

    @cached_property
    def own_labels(self) -> Mapping[str, Labels]:
        """The labels of workloads as objects, by what they are called."""
        return {str(citation): labels for citation, labels in self.written.labels}

    @cached_property
    def survey(self) -> Reachability:
        """What never decides. Raises Undecided where the solver cannot say."""
        return survey(self.context, self.limits, self.asked)

    @property
    def namespaces(self) -> Mapping[str, Namespace]:
        return self.context.world.declared

    def subjects(self, who: Selects) -> tuple[Workload, ...]:
        """The workloads of the input of which a selection selects pods that there may be."""
        return tuple(w for w in self.around(who) if can_meet(w, subject_of(who)))

    def around(self, who: Selects) -> tuple[Workload, ...]:
        """The workloads of the namespace that a selection is about."""
        if isinstance(who.namespace, str):
            return self.by_namespace.get(who.namespace, ())
        return self.context.cluster.workloads

    def chosen(self, line: Line) -> tuple[Namespace, ...]:
        """The declared namespaces that the peer of a line surely or possibly speaks about."""
        if line.shape.own:
            name = line.who.namespace
            return (self.namespaces[name],) if isinstance(name, str) and name in self.namespaces else ()
        selector = line.shape.namespaces or EVERYTHING
        return tuple(n for n in self.namespaces.values() if may_meet(n, selector))


def may_meet(namespace: Namespace, selector: Selector) -> bool:
    """True iff the labels of the namespace meet the selector, or nobody has said them and they could."""
    if namespace.labels is not None:
        return matches({**namespace.labels, NAMESPACE_NAME: namespace.name}, selector)
    named: Labels = {NAMESPACE_NAME: namespace.name}
    return all(satisfies(named, r) for r in selector.requirements if r.key == NAMESPACE_NAME)


def lines(policies: PolicySet) -> Iterator[Line]:
    shapes: dict[int, Shape] = {}
    for direction in Direction:
        for stage in policies.pipe(direction).stages:
            in_tier = stage.is_tier
            for block in stage.blocks():
                for rung in block.rungs:
                    if rung.selects is not None and rung.action is Action.ALLOW and rung.citation.rule is not None:
                        shape = shapes.setdefault(id(rung.guard), shape_of(rung.guard))
                        yield Line(direction, rung, rung.selects, shape, in_tier)


def subject_of(who: Selects) -> Selector:
    """All labels that a selection asks for."""
    found: set[Requirement] = set()

    def walk(formula: Formula) -> None:
        match formula:
            case And(items):
                for item in items:
                    walk(item)
            case PodLabels(Role.SUBJECT, selector):
                found.update(selector.requirements)
            case (
                Or() | Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn()
                | SameNamespace() | SameNode() | SameLabel() | AddressIn() | PortIn() | PortNamed() | SwitchIs()
                | Hairpin() | Havoc()
            ):  # fmt: skip
                pass
            case _:
                assert_never(formula)

    walk(who.pods)
    return Selector(frozenset(found))


def shape_of(guard: Formula) -> Shape:
    """The guard of a rung in words."""
    if guard == TRUE:
        return Shape()
    own, opaque, is_pods = False, False, False
    namespaces: Selector | None = None
    pods: Selector | None = None
    addresses: AddressSet | None = None
    ports: list[Port] = []
    for item in _conjuncts(guard):
        match item:
            case SameNamespace():
                own, is_pods = True, True
            case NamespaceLabels(Role.PEER, selector):
                namespaces, is_pods = selector, True
            case PodLabels(Role.PEER, selector):
                pods, is_pods = selector, True
                opaque = opaque or any(r.key == SERVICE_ACCOUNT for r in selector)
            case AddressIn(Role.PEER, some):
                addresses = some
            case KindIn(Role.PEER, kinds):
                is_pods = is_pods or Kind.EXTERNAL not in kinds
            case PortIn() | PortNamed():
                ports.append(item)
            case Or() if (found := list(_ports(item))) and not _speaks_of_peers(item):
                ports += found
            case Or() if not _speaks_of_peers(item):
                is_pods = is_pods or addresses is None
            case (
                And() | Or() | Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn()
                | SameNode() | SameLabel() | AddressIn() | SwitchIs() | Hairpin() | Havoc()
            ):  # fmt: skip
                opaque = True
            case _:
                assert_never(item)
    return Shape(is_pods and addresses is None, own, namespaces, pods, addresses, tuple(ports), opaque)


def _conjuncts(formula: Formula) -> Iterator[Formula]:
    if isinstance(formula, And):
        for item in formula.items:
            yield from _conjuncts(item)
    else:
        yield formula


def _ports(formula: Formula) -> Iterator[Port]:
    match formula:
        case PortIn() | PortNamed():
            yield formula
        case And(items) | Or(items):
            for item in items:
                yield from _ports(item)
        case (
            Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace()
            | SameNode() | SameLabel() | AddressIn() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            pass
        case _:
            assert_never(formula)


def _speaks_of_peers(formula: Formula) -> bool:
    """True iff more than the kind of the peer decides whether it holds."""
    match formula:
        case And(items) | Or(items):
            return any(_speaks_of_peers(item) for item in items)
        case Not(KindIn()):
            return False
        case Not(item):
            return _speaks_of_peers(item)
        case SameNamespace() | SameNode() | SameLabel() | NamespaceIn() | NamespaceLabels() | PodLabels() | AddressIn():
            return True
        case KindIn() | WorkloadIn() | PortIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc():
            return False
        case _:
            assert_never(formula)
