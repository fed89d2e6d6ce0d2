"""Which ports each end lets out and lets in, towards every other end at once, under one setting of the switches.

The same rules as `verifier.semantics`, read for sets: what that says of one connection is said here of all ports (as
bits) and of all peers (as bits) together. For each port two things are kept: whether it is surely allowed, and
whether it may be (they differ only where policies tie, or something is not in the manifests).
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import groupby, product
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.map.index import Chosen, Indexed
from verifier.engine.map.peers import End, Peers, alone
from verifier.engine.map.ports import PORTED, PortCells
from verifier.engine.map.portsets import Spread, both, either, gathered, is_nothing, uniform, where, without
from verifier.ir.endpoint import PODLIKE, Connection, Switches
from verifier.ir.network import Protocol
from verifier.ir.policy import (
    Action,
    AddressIn,
    And,
    Block,
    Direction,
    Formula,
    Hairpin,
    Havoc,
    KindIn,
    NamespaceIn,
    NamespaceLabels,
    Not,
    Or,
    PodLabels,
    PolicySet,
    PortIn,
    PortNamed,
    Role,
    Rung,
    SameLabel,
    SameNamespace,
    SameNode,
    SwitchIs,
    Tie,
    WorkloadIn,
)
from verifier.ir.unknowns import shared_unknowns
from verifier.ir.view import View
from verifier.semantics import holds, named_ports


class Outcome(Struct, frozen=True):
    """Of each port, what can be said of it: any of these actions, or nothing."""

    allow: Spread
    deny: Spread
    next: Spread
    nothing: Spread


class _Speaking(Struct, frozen=True):
    """A stage that speaks of a subject, surely or only perhaps, with the rungs that are about it."""

    stage: Indexed
    surely: bool
    rungs: Chosen


_Supposing = tuple[tuple[str, bool], ...]
"""What is supposed of conditions that nobody can say, by what they are about."""


def _ways_to_be(unknowns: Sequence[str]) -> Iterator[_Supposing]:
    for truths in product((False, True), repeat=len(unknowns)):
        yield tuple(zip(unknowns, truths, strict=True))


class _Subject(Struct, frozen=True):
    """The end whose policies are asked, its number, and in which direction; and what is supposed."""

    end: End
    number: int
    way: Direction
    supposing: _Supposing


class Reach:
    """What the policies let through between `ends`, under `setting`. same_node: where the other end is on the node that
    one end is, so that it is no answer where neither is a node or a hostpod. guards: what is known of guards, which
    those share that differ in nothing but these two."""

    def __init__(
        self,
        policies: PolicySet,
        peers: Peers,
        ports: PortCells,
        setting: Switches,
        guards: dict[tuple[object, ...], Spread],
        *,
        same_node: bool = False,
    ) -> None:
        self._peers, self._ports, self._setting = peers, ports, setting
        self._same_node = same_node
        self._nothing, self._everything = uniform(0, peers.all), uniform(ports.everything, peers.all)
        self._pipes = {d: [Indexed(stage) for stage in policies.pipe(d).stages] for d in Direction}
        self._finals = {d: policies.pipe(d).final for d in Direction}
        self._supposing = {d: tuple(_ways_to_be(shared_unknowns(policies.pipe(d)))) for d in Direction}
        self._guards = guards
        self._hangs_on: dict[int, tuple[str, ...]] = {}
        self._needs: dict[int, frozenset[str]] = {}
        self._speaking: dict[object, list[_Speaking]] = {}
        self._rows: dict[tuple[object, ...], tuple[Spread, Spread]] = {}
        self._joined: dict[tuple[int, ...], tuple[Spread, Spread]] = {}

    def row(self, number: int, direction: Direction) -> tuple[Spread, Spread]:
        """The ports that the policies of end `number` surely let through towards each peer, and that they may. Ends of
        which the same is known have one answer, the same object."""
        subject = self._peers.ends[number]
        if subject.endpoint.kind not in PODLIKE:
            return self._everything, self._everything
        found = [self._row(subject, number, direction, supposing) for supposing in self._supposing[direction]]
        if len(found) == 1:
            return found[0]
        key = tuple(map(id, found))  # of what `_rows` keeps
        if key not in self._joined:
            surely = reduce(both, (row[0] for row in found))
            self._joined[key] = (surely, reduce(either, (row[1] for row in found)))
        return self._joined[key]

    def _row(self, subject: End, number: int, direction: Direction, supposing: _Supposing) -> tuple[Spread, Spread]:
        """The same where that is supposed of what is one unknown wherever it stands."""
        namespace = subject.endpoint.namespace
        who = (direction, subject.endpoint.kind, id(subject.endpoint.labels), id(namespace), supposing)
        if who not in self._speaking:
            view = replace(alone(subject, direction, self._setting), supposing=dict(supposing))
            speaking = (stage for stage in self._pipes[direction] if stage.applies(view))
            self._speaking[who] = [_Speaking(s, s.applies(view.sure()), s.rungs(view)) for s in speaking]
        stages = self._speaking[who]
        lonely = any("subject" in self._needed(rung.guard) for each in stages for _, rung, _ in each.rungs)
        key = (
            direction,
            supposing,
            namespace.name if namespace is not None else None,
            subject.endpoint.named_ports,
            subject.unwritten,
            tuple((id(each.stage), each.surely) for each in stages),
            tuple((id(rung), surely) for each in stages for _, rung, surely in each.rungs),
            number if lonely else None,
        )
        if key not in self._rows:
            self._rows[key] = self._run(stages, _Subject(subject, number, direction, supposing))
        return self._rows[key]

    def _run(self, stages: Sequence[_Speaking], subject: _Subject) -> tuple[Spread, Spread]:
        """pipe(P, c) of docs/semantics.md 8, for all ports and peers."""
        left, allow, deny = self._everything, self._nothing, self._nothing
        for each in stages:
            passed = self._nothing if each.surely else left
            for part, some in each.stage.parts(each.rungs):
                said = self._part(part, some, subject)
                allow, deny = either(allow, both(left, said.allow)), either(deny, both(left, said.deny))
                passed, left = either(passed, both(left, said.next)), both(left, said.nothing)
            match each.stage.stage.end:
                case Action.ALLOW:
                    allow = either(allow, left)
                case Action.DENY:
                    deny = either(deny, left)
                case Action.NEXT:
                    passed = either(passed, left)
            left = passed
        if self._finals[subject.way] is Action.ALLOW:
            allow = either(allow, left)
        else:
            deny = either(deny, left)
        return (allow, allow) if is_nothing(both(allow, deny)) else (without(allow, deny), allow)

    def _part(self, part: Block | Tie, rungs: Sequence[Sequence[tuple[Rung, bool]]], subject: _Subject) -> Outcome:
        blocks = [self._block(some, subject) for some in rungs]
        return blocks[0] if isinstance(part, Block) else self._tie(blocks)

    def _block(self, rungs: Sequence[tuple[Rung, bool]], subject: _Subject) -> Outcome:
        """run(B, c): the first rung that fires decides; one that hangs on what nobody can say may not fire. Neighbours
        of one action are one step."""
        said: dict[Action, Spread] = dict.fromkeys(Action, self._nothing)
        left = self._everything
        for action, same in groupby(rungs, key=lambda item: item[0].action):
            fire, surely = self._nothing, self._nothing
            for rung, chosen in same:
                fires = self._guard(rung.guard, subject, True)
                if is_nothing(fires):
                    continue
                fire = either(fire, fires)
                if chosen and "havoc" in self._needed(rung.guard):
                    surely = either(surely, both(fires, self._guard(rung.guard, subject, False)))
                elif chosen:
                    surely = either(surely, fires)
            said[action] = either(said[action], both(left, fire))
            left = without(left, surely)
        return Outcome(said[Action.ALLOW], said[Action.DENY], said[Action.NEXT], left)

    def _tie(self, blocks: Sequence[Outcome]) -> Outcome:
        """runB of docs/semantics.md 8, by the switch `same_priority` (4.4)."""
        if self._setting["same_priority"] == "by_name":
            first = Outcome(self._nothing, self._nothing, self._nothing, self._everything)
            for block in blocks:
                first = Outcome(
                    either(first.allow, both(first.nothing, block.allow)),
                    either(first.deny, both(first.nothing, block.deny)),
                    either(first.next, both(first.nothing, block.next)),
                    both(first.nothing, block.nothing),
                )
            return first
        nothing = self._all(b.nothing for b in blocks)
        deny = self._any(b.deny for b in blocks)
        if self._setting["same_priority"] != "deny_first":
            return Outcome(self._any(b.allow for b in blocks), deny, self._any(b.next for b in blocks), nothing)
        undenied = [self._any((b.allow, b.next, b.nothing)) for b in blocks]
        quiet = [self._any((b.next, b.nothing)) for b in blocks]
        allow = self._any(self._all((b.allow, *_but(undenied, i))) for i, b in enumerate(blocks))
        passed = self._any(self._all((b.next, *_but(quiet, i))) for i, b in enumerate(blocks))
        return Outcome(allow, deny, passed, nothing)

    # Guards

    def _guard(self, guard: Formula, subject: _Subject, havoc: bool) -> Spread:
        """The ports on which the guard holds, for each peer."""
        needs, end = self._needed(guard), subject.end
        namespace = end.endpoint.namespace
        key = (
            id(guard),
            subject.way,
            havoc,
            subject.supposing if "havoc" in needs else None,
            namespace.name if "namespace" in needs and namespace is not None else None,
            (end.endpoint.named_ports, end.unwritten) if "ports" in needs else None,
            subject.number if "subject" in needs else None,
            self._same_node if "node" in needs else None,
            self._switches(guard),
        )
        if key not in self._guards:
            self._guards[key] = self._masks(guard, subject, havoc)
        return self._guards[key]

    def _masks(self, formula: Formula, asked: _Subject, havoc: bool) -> Spread:
        subject, way = asked.end, asked.way
        match formula:
            case And(items):
                found = self._everything
                for item in items:
                    found = both(found, self._masks(item, asked, havoc))
                    if is_nothing(found):
                        break
                return found
            case Or(items):
                return self._any(self._masks(item, asked, havoc) for item in items)
            case Not(item):
                return without(self._everything, self._masks(item, asked, not havoc))
            case PortIn(protocol, ports):
                return self._same(self._ports.of_ports(protocol, ports))
            case PortNamed(name, protocol) if way is Direction.INGRESS:
                return self._same(self._called(name, protocol, subject))
            case PortNamed(name, protocol):
                return gathered(self._called(name, protocol, peer) for peer in self._peers.ends)
            case Hairpin():
                return self._nothing
            case Havoc(about):
                return self._everything if dict(asked.supposing).get(about, havoc) else self._nothing
            case SwitchIs(switch, value):
                return self._everything if self._setting[switch] == value else self._nothing
            case SameNamespace():
                return self._only(self._peers.of_namespace(subject))
            case SameNode():
                return self._everything if self._same_node else self._nothing
            case SameLabel():
                views = enumerate(self._between(subject, peer, way) for peer in self._peers.ends)
                return self._only(sum(1 << n for n, view in views if holds(formula, view)))
            case KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | AddressIn():
                if formula.role is Role.PEER:
                    return self._only(self._peers.meeting(formula, way))
                fits = holds(formula, alone(subject, way, self._setting))
                return self._everything if fits else self._nothing
            case _:
                assert_never(formula)

    def _same(self, ports: int) -> Spread:
        return uniform(ports, self._peers.all)

    def _only(self, peers: int) -> Spread:
        """Every port, for some of the peers."""
        return where(peers, self._ports.everything, self._peers.all)

    def _any(self, spreads: Iterable[Spread]) -> Spread:
        return reduce(either, spreads, self._nothing)

    def _all(self, spreads: Iterable[Spread]) -> Spread:
        return reduce(both, spreads, self._everything)

    def _called(self, name: str, protocol: Protocol | None, end: End) -> int:
        """The ports that the end calls by this name (3.4)."""
        if end.endpoint.kind not in PODLIKE:
            return 0
        if end.unwritten:
            return self._ports.of_name(name, protocol)
        declared = named_ports(end.endpoint.named_ports, self._setting)
        fitting = [p for p in declared if p.name == name and protocol in (None, p.protocol) and p.protocol in PORTED]
        return sum({self._ports.named_number(p.protocol, p.port) for p in fitting})

    def _between(self, subject: End, peer: End, way: Direction) -> View:
        ends = (subject, peer) if way is Direction.EGRESS else (peer, subject)
        return View(Connection(ends[0].endpoint, ends[1].endpoint, Protocol.TCP, 1), way, self._setting)

    def _switches(self, guard: Formula) -> tuple[str, ...]:
        """What the setting says of the switches that the guard can hang on: of all, where it names a port (3.4)."""
        if id(guard) not in self._hangs_on:
            needs = self._needed(guard)
            named = (name for name in self._setting if "ports" in needs or f"switch {name}" in needs)
            self._hangs_on[id(guard)] = tuple(self._setting[name] for name in named)
        return self._hangs_on[id(guard)]

    def _needed(self, guard: Formula) -> frozenset[str]:
        """What the value of a guard depends on besides the peer."""
        if id(guard) not in self._needs:
            self._needs[id(guard)] = frozenset(_needs(guard))
        return self._needs[id(guard)]


def _needs(formula: Formula) -> Iterator[str]:
    match formula:
        case And(items) | Or(items):
            for item in items:
                yield from _needs(item)
        case Not(item):
            yield from _needs(item)
        case SameNamespace():
            yield "namespace"
        case SameLabel():
            yield "subject"
        case PortNamed():
            yield "ports"
        case Havoc():
            yield "havoc"
        case SwitchIs(switch, _):
            yield f"switch {switch}"
        case SameNode():
            yield "node"
        case PortIn() | Hairpin():
            return
        case KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | AddressIn():
            if formula.role is Role.SUBJECT:
                yield "subject"
        case _:
            assert_never(formula)


def _but(sets: Sequence[Spread], index: int) -> Sequence[Spread]:
    """All but one."""
    return (*sets[:index], *sets[index + 1 :])
