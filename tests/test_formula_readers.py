"""Whoever takes a formula apart knows every kind: each of these places is held to a sample of each, ends in
`assert_never`, so that the type checker finds it where a kind is new, and is named in CONTRIBUTING."""

import ast
import ipaddress
from collections.abc import Callable, Iterator
from functools import reduce
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from tests.encoding.connections import pinned
from tests.engine.asking import cluster, universe
from verifier import semantics
from verifier.encoding import pipes
from verifier.engine.check import suggest
from verifier.engine.explain import nearmiss as near
from verifier.engine.explain import relevant as bearing
from verifier.engine.explain import undeclared as unsaid
from verifier.engine.lint import andor, reading
from verifier.engine.map import about
from verifier.engine.map import map as maps
from verifier.engine.map.peers import End, Peers
from verifier.engine.map.ports import PortCells
from verifier.engine.map.reach import Reach
from verifier.engine.problem import ends, firing, slicing
from verifier.engine.problem import services as problem_services
from verifier.engine.problem.shapes import Shapes
from verifier.engine.problem.switches import settle
from verifier.errors import InternalError, Undecided
from verifier.ir import notation as phrase
from verifier.ir import policy, unknowns
from verifier.ir.endpoint import Connection, Endpoint, Kind, NamedPort, Namespace
from verifier.ir.labels import NAMESPACE_NAME, Requirement, Selector
from verifier.ir.network import AddressSet, Intervals, Protocol
from verifier.ir.policy import (
    Action,
    AddressIn,
    And,
    Block,
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
    Stage,
    SwitchIs,
    WorkloadIn,
)
from verifier.ir.service import ServicePort
from verifier.ir.switches import SWITCHES, concrete
from verifier.manifests.notation import filter as choicetext
from verifier.smt.solver import Answer, Solver
from verifier.vocabulary import Mentions

ROOT = Path(__file__).parent.parent
A, EIGHTY = Selector.of({"app": "a"}), Intervals(((80, 80),))
LABELS = PodLabels(Role.SUBJECT, A)
SAMPLES: dict[type, Any] = {
    type(sample): sample
    for sample in (
        And((LABELS, PortIn(Protocol.TCP, EIGHTY))),
        Or((LABELS, PortIn(Protocol.TCP, EIGHTY))),
        Not(LABELS),
        KindIn(Role.PEER, frozenset({Kind.POD})),
        LABELS,
        WorkloadIn(Role.SUBJECT, frozenset({"Pod shop/one"})),
        NamespaceLabels(Role.PEER, Selector.of({"team": "a"})),
        NamespaceIn(Role.SUBJECT, frozenset({"shop"})),
        SameNamespace(),
        SameNode(),
        SameLabel("app", of_namespace=False),
        AddressIn(Role.PEER, AddressSet.of(["10.0.0.0/24"])),
        PortIn(Protocol.TCP, EIGHTY),
        PortNamed("web", Protocol.TCP),
        SwitchIs("ipblock_pods", "match"),
        Hairpin(),
        Havoc("what a name resolves to"),
    )
}
SHOP = Namespace("shop", {"team": "a", NAMESPACE_NAME: "shop"})
HERE = Citation("Policy", "shop", "p", "ingress[0]")
SETTING = concrete(settle("k8s", {}, {}), {name: switch.values[0] for name, switch in SWITCHES.items()})
CONNECTION = Connection(
    Endpoint(Kind.POD, ipaddress.ip_address("10.0.0.1"), SHOP, {"app": "b"}),
    Endpoint(
        Kind.POD, ipaddress.ip_address("10.0.0.2"), SHOP, {"app": "a"}, (NamedPort("web", Protocol.TCP, 80),)
    ),
    Protocol.TCP,
    80,
)  # fmt: skip
VIEW = semantics.View(CONNECTION, Direction.INGRESS, SETTING)
everywhere = pytest.mark.parametrize("kind", get_args(Formula), ids=lambda kind: kind.__name__)


def guarded(guard: Formula, action: Action = Action.DENY) -> PolicySet:
    """One rung that speaks of everybody."""
    who = Selects(None, policy.TRUE, HERE)
    stage = Stage("Admin", None, (Block((Rung(who, guard, action, HERE),)),), Action.NEXT)
    return PolicySet(Pipe((stage,)), Pipe(()), (HERE,))


def test_there_is_a_sample_of_every_kind() -> None:
    assert set(SAMPLES) == set(get_args(Formula))


# Readers by meaning


@everywhere
def test_encoder_reads_every_kind_as_the_evaluator_does(kind: type) -> None:
    """`holds`, `Encoder.term`, `Encoder.has_havoc`, `unknowns`."""
    sample = SAMPLES[kind]
    if kind is WorkloadIn:
        return  # told by the pods of a comparison alone: test_box
    world = pinned(CONNECTION, SETTING, sample)
    view = world.view(Direction.INGRESS)
    may, must = world.encoder.term(sample, view), world.encoder.term(sample, view.sure())
    rails = pipes.leg(world.encoder, guarded(sample).ingress, Direction.INGRESS)
    goals = [world.script.goal(f"goal.{n}", term) for n, term in enumerate((may, must, rails.may, rails.must))]
    solver = Solver(world.script)
    outcomes = semantics.leg(guarded(sample), CONNECTION, Direction.INGRESS, SETTING).outcomes

    assert [solver.ask([goal]) is Answer.SAT for goal in goals] == [
        semantics.holds(sample, VIEW), semantics.holds(sample, VIEW.sure()), True in outcomes, outcomes == {True},
    ]  # fmt: skip
    doubtful = kind is Havoc
    assert world.encoder.has_havoc(sample) is world.encoder.has_havoc(Not(sample)) is doubtful
    assert bool(unknowns.unknowns(sample)) is doubtful


MENTIONED: dict[type, Callable[[Mentions], object]] = {
    And: lambda m: (m.pod_labels, m.ports) == ({"app": {"a"}}, {EIGHTY}),
    Or: lambda m: (m.pod_labels, m.ports) == ({"app": {"a"}}, {EIGHTY}),
    Not: lambda m: m.pod_labels == {"app": {"a"}},
    PodLabels: lambda m: m.pod_labels == {"app": {"a"}},
    NamespaceLabels: lambda m: m.namespace_labels == {"team": {"a"}},
    NamespaceIn: lambda m: m.namespaces == {"shop"},
    SameLabel: lambda m: m.compared == {("app", False)} and "app" in m.pod_labels,
    AddressIn: lambda m: len(m.addresses) == 1,
    PortIn: lambda m: m.ports == {EIGHTY},
    PortNamed: lambda m: m.port_names == {"web"},
    SwitchIs: lambda m: m.switches == {"ipblock_pods"},
    Havoc: lambda m: m.unknowns == {Havoc("what a name resolves to")},
}
"""What is mentioned; of the other kinds nothing, as every question tells apart what these do."""


@everywhere
def test_what_a_formula_can_tell_apart_is_mentioned(kind: type) -> None:
    mentions = Mentions()
    mentions.add(SAMPLES[kind])
    mentioned = any(getattr(mentions, name) for name in mentions.__struct_fields__ if not name.startswith("_"))

    assert mentioned is (kind in MENTIONED)
    assert not mentioned or MENTIONED[kind](mentions)


@everywhere
def test_what_may_bear_on_a_connection_is_what_may_hold(kind: type) -> None:
    told = bearing.may_hold(SAMPLES[kind], VIEW, settle("k8s", {}, {}))

    hangs = {AddressIn, PortNamed, SwitchIs, Havoc}
    assert told is (None if kind in hangs else semantics.holds(SAMPLES[kind], VIEW))


@everywhere
def test_mirrored_twice_is_the_same(kind: type) -> None:
    sample = SAMPLES[kind]

    mirrored = policy.mirrored(sample)

    assert policy.mirrored(mirrored) == sample
    assert (mirrored == sample) is ("Role" not in repr(sample))


@everywhere
def test_map_reads_every_kind_as_the_evaluator_does(kind: type) -> None:
    ends = [End(CONNECTION.destination), End(CONNECTION.source)]
    ports = PortCells.of({EIGHTY}, ("web",), other=False)
    surely, maybe = Reach(guarded(SAMPLES[kind]), Peers(ends), ports, SETTING, {}).row(0, Direction.INGRESS)
    outcomes = semantics.leg(guarded(SAMPLES[kind]), CONNECTION, Direction.INGRESS, SETTING).outcomes

    port = ports.of_ports(Protocol.TCP, EIGHTY)
    opened = [reduce(int.__or__, (mask for mask, to in row.items() if to >> 1 & 1), 0) for row in (surely, maybe)]
    told = [bool(ports.whatever_called(mask) & port) for mask in opened]
    assert told == [outcomes == {True}, True in outcomes]


@everywhere
def test_what_a_rule_lacks_is_nothing_iff_it_holds(kind: type) -> None:
    """`_lacks`, `_told`, and what these ask."""
    sample = SAMPLES[kind]
    for formula in (sample, Not(sample)):
        lacks = near._lacks(formula, VIEW)
        assert (not lacks) is semantics.holds(formula, VIEW)
        assert all(near._told(lack, VIEW).what for lack in lacks)
    assert near._told(sample if kind not in (And, Or) else kind(()), VIEW).what
    assert near._follows(sample, {Role.PEER}) is (kind in (NamespaceLabels, SameNamespace))
    assert near._is_port(sample) is (kind in (PortIn, PortNamed))
    assert near._wants_labels(sample) is (kind in (And, PodLabels))
    assert bool(list(near._each_port(sample))) is (kind in (And, Or, PortIn, PortNamed))


@everywhere
def test_selectors_are_found_where_every_subject_meets_them(kind: type) -> None:
    """`slicing`, `suggest` and `lint` look for what a selection surely asks for."""
    who = Selects(None, SAMPLES[kind], HERE)
    found = kind in (And, PodLabels)

    assert slicing._selectors(SAMPLES[kind]) == ([A] if found else [])
    assert reading.subject_of(who) == (A if found else Selector())
    assert suggest.selector_of(who) == (A if kind is And else None)


@everywhere
def test_parts_of_an_end_hold_whoever_meets_a_formula(kind: type) -> None:
    """`ends_of`, `ports_of`: what is said of the subject, and of ports."""
    told = {
        And: ends.Part(frozenset({Kind.POD, Kind.HOSTPOD}), pods=(A,)),
        PodLabels: ends.Part(frozenset({Kind.POD, Kind.HOSTPOD}), pods=(A,)),
        NamespaceIn: ends.Part(frozenset({Kind.POD, Kind.HOSTPOD}), frozenset({"shop"})),
    }
    mirrored = ends.ends_of(policy.mirrored(SAMPLES[kind]))

    if kind is Or:
        assert set(ends.ends_of(SAMPLES[kind])) == {told[PodLabels], ends.ANYBODY}
    else:
        assert ends.ends_of(SAMPLES[kind]) == (told.get(kind, ends.ANYBODY),)
    of_peers = (KindIn, NamespaceLabels, AddressIn)
    assert (mirrored == (ends.ANYBODY,)) is (kind not in of_peers)
    assert ends.ports_of(SAMPLES[kind]) == ({Protocol.TCP: EIGHTY} if kind in (And, PortIn) else None)


@everywhere
def test_a_guard_is_called_false_only_where_it_is(kind: type) -> None:
    """`_Reading.truth`: of a box that holds the connection, and of one of outside clients on another port."""
    parts = (ends.Part(frozenset({Kind.POD}), frozenset({"shop"}), (Selector.of({"app": app}),)) for app in "ba")
    here = firing.Box(*((part,) for part in parts), {Protocol.TCP: EIGHTY}, SETTING, {"shop": SHOP})
    outside = ends.Part(frozenset({Kind.EXTERNAL}), addresses=AddressSet.of(["8.8.8.8"]))
    there = firing.Box((outside,), (ends.Part(frozenset({Kind.POD}), frozenset({"b"}), (Selector.of({"app": "b"}),)),),
                       {Protocol.UDP: EIGHTY}, SETTING, {})  # fmt: skip
    at_home, elsewhere = (firing._Reading(box, Direction.INGRESS) for box in (here, there))

    for formula in (SAMPLES[kind], Not(SAMPLES[kind])):
        assert at_home.truth(formula) in (None, semantics.holds(formula, VIEW))
    known = {KindIn, PodLabels, NamespaceLabels, NamespaceIn, SameNamespace, SameNode, SameLabel, AddressIn, PortIn}
    known |= {PortNamed, And, Or}
    if kind is SwitchIs:
        assert elsewhere.truth(SAMPLES[kind]) is semantics.holds(SAMPLES[kind], VIEW)
    elif kind is Not:
        assert elsewhere.truth(SAMPLES[kind]) is True
    else:
        assert elsewhere.truth(SAMPLES[kind]) is (False if kind in known else None)


@everywhere
def test_a_formula_implies_itself_and_not_what_it_denies(kind: type) -> None:
    """`Shapes._key`, `_leaf_implies`."""
    shapes, sample = Shapes(), SAMPLES[kind]
    others = [other for other in SAMPLES.values() if other is not sample]

    assert shapes.of(sample) == shapes.of(Not(Not(sample)))
    assert shapes.implies(sample, sample)
    assert not shapes.implies(sample, Not(sample))
    wider = {And: {PodLabels, PortIn, Or}, PodLabels: {Or}, PortIn: {Or}}
    assert {type(other) for other in others if shapes.implies(sample, other)} == wider.get(kind, set())


@everywhere
def test_only_formulas_over_ports_say_whether_a_service_is_meant(kind: type) -> None:
    port = ServicePort("web", Protocol.TCP, EIGHTY)
    if kind in (And, Or, PortIn, PortNamed):
        assert problem_services.admits(SAMPLES[kind] if kind not in (And, Or) else kind(()), port) in (True, False)
    else:
        with pytest.raises(ValueError, match="no formula over ports"):
            problem_services.admits(SAMPLES[kind], port)


@everywhere
def test_what_is_demanded_of_namespaces_is_found(kind: type) -> None:
    demanded = {Requirement(*r) for r in [(r.key, r.operator, r.values) for r in Selector.of({"team": "a"})]}

    assert set(unsaid.demands(Not(SAMPLES[kind]))) == (demanded if kind is NamespaceLabels else set())


@everywhere
def test_ports_are_told_from_all_else(kind: type) -> None:
    """`say_ports`, `_mask`, `_is_numbers`, `_ports`."""
    sample, ports = SAMPLES[kind], PortCells.of({EIGHTY}, (), other=False)
    assert bool(list(reading._ports(sample))) is (kind in (And, Or, PortIn, PortNamed))
    assert choicetext._is_numbers(sample) is (kind is PortIn)
    if kind in (PortIn, PortNamed):
        assert phrase.say_ports(sample) == ("TCP/80" if kind is PortIn else "TCP/web")
    else:
        with pytest.raises(ValueError, match="no formula over ports"):
            phrase.say_ports(sample)
    if kind is PortIn:
        assert maps._mask(sample, ports) == ports.of_ports(Protocol.TCP, EIGHTY)
    else:
        with pytest.raises(InternalError, match="no set of ports"):
            maps._mask(sample, ports)


@everywhere
def test_lint_finds_words_for_a_line_or_calls_it_opaque(kind: type) -> None:
    spoken = {And, Or, KindIn, NamespaceLabels, SameNamespace, AddressIn, PortIn, PortNamed}
    of_peers = {And, Or, Not, PodLabels, NamespaceLabels, NamespaceIn, SameNamespace, SameNode, SameLabel, AddressIn}

    assert reading.shape_of(SAMPLES[kind]).opaque is (kind not in spoken - {And, Or})
    assert reading._speaks_of_peers(SAMPLES[kind]) is (kind in of_peers)


@everywhere
def test_half_an_item_keeps_what_is_neither_of_its_halves(kind: type) -> None:
    sample = policy.mirrored(SAMPLES[kind])
    both = And((sample, PodLabels(Role.PEER, A), NamespaceLabels(Role.PEER, A)))

    kept = [andor._without(both, half) for half in ("pods", "namespaces")]

    untouched = kind not in (And, PodLabels)
    assert (sample in kept[0].items and sample in kept[1].items) is untouched  # type: ignore[union-attr]


@everywhere
def test_classes_of_a_map_are_told_by_the_pods_that_a_formula_speaks_of(kind: type) -> None:
    sample = SAMPLES[kind]
    elsewhere = Namespace("other", {"team": "b", NAMESPACE_NAME: "other"})

    assert list(about.by_pods(sample, Role.SUBJECT, SHOP)) == ([A] if kind in (And, Or, Not, PodLabels) else [])
    assert about.rules_out(sample, Role.PEER, elsewhere) is (kind is NamespaceLabels)
    assert about.is_confined(And((sample,))) is (kind is SameNamespace)


def test_a_map_may_be_asked_of_every_kind() -> None:
    """What of the universe and of the manifests is read before anything is drawn. Where labels of pods are compared
    with each other, each value would be a class of its own (docs/decisions.md 27)."""
    of = cluster("---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
    for sample in SAMPLES.values():
        if isinstance(sample, SameLabel) and not sample.of_namespace:
            with pytest.raises(Undecided):
                maps.draw(replace(of, policies=guarded(sample)), universe("open"))
        elif not isinstance(sample, WorkloadIn):
            assert maps.draw(replace(of, policies=guarded(sample)), universe("open")).links


# Readers by what they are


KINDS = {kind.__name__ for kind in get_args(Formula)}


def readers() -> Iterator[tuple[str, ast.Match]]:
    """Every `match` of the package that takes formulas apart, with the file and the function that it stands in."""
    for path in sorted((ROOT / "verifier").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "verifier.ir.policy" in text or path.name == "policy.py":
            for outer in ast.walk(ast.parse(text)):
                if isinstance(outer, ast.FunctionDef):
                    for node in own(outer):
                        if isinstance(node, ast.Match) and KINDS & set(named(node)):
                            yield f"{path.relative_to(ROOT)} {outer.name}", node


def own(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """What stands in the function and in none inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef):
            waiting += ast.iter_child_nodes(node)


def named(node: ast.Match) -> Iterator[str]:
    for case in node.cases:
        for pattern in ast.walk(case.pattern):
            if isinstance(pattern, ast.MatchClass) and isinstance(pattern.cls, ast.Name):
                yield pattern.cls.id


@pytest.mark.parametrize("node", [node for _, node in readers()], ids=[place for place, _ in readers()])
def test_every_reader_ends_in_assert_never(node: ast.Match) -> None:
    last = node.cases[-1]

    assert isinstance(last.pattern, ast.MatchAs)
    assert last.pattern.pattern is None
    assert last.guard is None
    assert ast.unparse(last.body[0]).startswith("assert_never(")


def test_contributing_names_every_reader() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("**A kind of formula**")[2].partition("\n\n**")[0]
    files = {place.split()[0].removeprefix("verifier/").removesuffix(".py") for place, _ in readers()}

    listed = {word for word in section.replace("\n", " ").split("`")[1::2] if "/" in word or word in files}
    assert {word for word in listed if not word.startswith(("verifier/", "tests/"))} == files
