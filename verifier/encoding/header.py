"""What stands at the head of a script that leaves this program: what it asks, what the answers mean, and what every
number in it stands for. All of it comments, so that a solver and a reader can be given the same file.
"""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from verifier.encoding.variables import KINDS, PROTOCOLS, World
from verifier.ir.endpoint import Namespace
from verifier.ir.switches import switch_called
from verifier.smt.script import Var, comments, symbol
from verifier.vocabulary import Cell, Domain, Vocabulary

Setting = Sequence[tuple[str, str]]


class Asked(Struct, frozen=True):
    """A question, and what either answer means."""

    question: str
    sat: str
    unsat: str


BROKEN = Asked(
    "can a connection of the universe break the property, perhaps?",
    "yes: violated, or undecided where that hangs on an open switch or on what nobody can say",
    "no: proved, provided that something can meet the premise (asked in a script of its own)",
)
SURELY_BROKEN = Asked(
    "can a connection of the universe surely break the property, whatever nobody can say?",
    "yes: the model is one",
    "no: not violated; if it can be broken perhaps, the property is undecided",
)
PREMISE = Asked(
    "can a connection of the universe meet the premise of the property?",
    "yes, so that the property speaks of something",
    "no: the property is vacuous",
)
ADDED = Asked(
    "can a connection be allowed after the change that was not before?",
    "yes: wider, or incomparable where something was removed too",
    "no: nothing was added",
)
REMOVED = Asked(
    "can a connection be denied after the change that was allowed before?",
    "yes: narrower, or incomparable where something was added too",
    "no: nothing was removed",
)
OPEN = Asked(
    "can policies of equal priority leave open, before and after the change, what becomes of a connection?",
    "yes: whatever the change does to it, it counts as unchanged (a note says so)",
    "no: nothing is left open on both sides",
)
MISTOLD = Asked(
    "can a connection be in a region that was listed and not surely break the property, or break it and be in none?",
    "yes: the list is wrong, which is a bug of netpol",
    "no: the regions are all that breaks it",
)
MISDESCRIBED = Asked(
    "can a connection be in a region that was listed and not differ so, or differ and be in none?",
    "yes: the list is wrong, which is a bug of netpol",
    "no: the regions are the whole difference",
)
DISPUTED = Asked(
    "can a connection get to policies of equal priority of which two may say different things about it?",
    "yes: each two of them are asked about on their own",
    "no: they never disagree",
)
ANY = Asked(
    "can a connection of the universe meet all goals that are asserted at the end?",
    "yes: the model is one",
    "no: there is none",
)

_KINDS = ("a pod", "an address outside the cluster", "a node", "a pod of the host network")
_MEANINGS = {
    "goal.broken": "a connection breaks the property, or nobody can say that it does not",
    "goal.surely-broken": "a connection surely breaks the property",
    "goal.reached": "something allowed gets to the destinations at all (for a note)",
    "goal.added, goal.not-added": "the connection is added, is not",
    "goal.removed, goal.not-removed": "the connection is removed, is not",
    "goal.open": "policies of equal priority leave open on both sides what becomes of the connection",
    "goal.misdescribed": "the listed regions and the difference disagree about the connection",
}


def legend(title: str, asked: Asked, setting: Setting, world: World, script: str) -> str:
    """The head of `script`, which asks about `world`, under `setting` where one is given."""
    where = [f"under the setting: {', '.join(f'{name}={value}' for name, value in setting)}"] if setting else []
    lines = (
        "netpol: one question about Kubernetes network policies, for any solver that reads SMT-LIB 2 (QF_BV).",
        *title.splitlines(),
        "",
        f"question: {asked.question}",
        *where,
        f"sat:      {asked.sat}",
        f"unsat:    {asked.unsat}",
        "",
        "The unknown is one connection: src is its source, dst its destination. What the numbers stand for:",
        *(line for name, rows in _tables(world, script) for line in _table(name, rows)),
        "",
    )
    return "\n".join(comments("\n".join(lines))) + "\n"


def _table(name: str, rows: Sequence[str]) -> Iterator[str]:
    """A table of one row on a line with its name, a longer one below it."""
    if len(rows) == 1:
        yield f"  {name}: {rows[0]}"
    else:
        yield f"  {name}:"
        yield from (f"    {row}" for row in rows)


def _tables(world: World, script: str) -> Iterator[tuple[str, Sequence[str]]]:
    vocabulary = world.vocabulary
    yield "src.kind, dst.kind", [f"{n} {_KINDS[n]}" for n in range(len(KINDS))]
    yield "src.namespace, dst.namespace", list(_namespaces(vocabulary))
    for part, domains in (("label", vocabulary.pod_labels), ("namespace-label", vocabulary.namespace_labels)):
        for key, domain in domains.items():
            yield f"src.{part}.{key}, dst.{part}.{key}", list(_values(domain))
    yield "src.address, dst.address", [f"{n} {_addresses(c)}" for n, c in enumerate(vocabulary.addresses.cells)]
    if world.source.seen is not world.source.address:
        yield "src.seen", ["the same, of the address that ipBlocks see"]
    yield "port", [f"{n} {_span(str(c.low), str(c.high))}" for n, c in enumerate(vocabulary.ports.cells)]
    yield "proto", [f"{n} {protocol.value}" for n, protocol in enumerate(PROTOCOLS)]
    yield "same-node", ["both ends run on one node"]
    for name, literal in world.named.items():
        called = f"dst.named.{name}" if name in world.vocabulary.port_names else literal
        yield called, [f"the destination has a port `{name}` of this protocol and number"]
    yield from _switches(world.switches)
    for about, literal in world.unknowns.items():
        yield literal, [f"nobody can say: the destination is among {about}"]
    for literal, text in world.assumptions.items():
        yield literal, [f"assumed: {text}"]
    for name, text in _MEANINGS.items():
        if any(f"(declare-const {symbol(goal)} " in script for goal in name.split(", ")):
            yield name, [text]
    if "(declare-const goal.unexplained.0 " in script:
        yield "goal.unexplained.N", ["a connection of a region differs, even with switches that are set alike for once"]
    if "(declare-const goal.premise.0 " in script:
        yield "goal.premise.N", ["a connection meets the premise; a claim of two halves has two"]
    if "(declare-const goal.disputed.0 " in script:
        yield "goal.disputed.N", ["two policies of tie N may say different things about the connection"]
        yield "goal.reached.N, goal.surely-reached.N", ["the connection may get to tie N, surely does"]
        yield "goal.may.N.P.A, goal.does.N.P.A", ["policy P of tie N may do A with it, does nothing else"]
        yield "goal.opened.N, goal.closed.N", ["what comes after tie N surely allows it, surely denies it"]
    if ".old " in script:
        yield "NAME.old", ["the same of the side before the change"]
    if "(declare-const atom.0 " in script:
        yield "atom.N", ["a condition of a rule, as the assert below its declaration says"]


def _namespaces(vocabulary: Vocabulary) -> Iterator[str]:
    for number, namespace in enumerate(vocabulary.namespaces):
        yield f"{number} {_namespace(namespace, number < vocabulary.declared)}"


def _namespace(namespace: Namespace, declared: bool) -> str:
    if namespace.unnamed:
        return "a namespace that nobody mentions"
    if not declared:
        return f"{namespace.name}, which nobody declares: any labels"
    if namespace.labels is None:
        return f"{namespace.name}: any labels"
    return f"{namespace.name}: {', '.join(f'{k}={v}' for k, v in sorted(namespace.labels.items())) or 'no labels'}"


def _values(domain: Domain) -> Iterator[str]:
    for code, value in enumerate(domain.values):
        said = "absent" if value is None else f'"{value}"' if code < domain.known else "a value that nobody mentions"
        yield f"{code} {said}" + ("" if code in domain.possible else " (the universe rules it out)")


def _addresses(cell: Cell) -> str:
    make = ipaddress.IPv4Address if cell.family == 4 else ipaddress.IPv6Address
    return _span(str(make(cell.low)), str(make(cell.high)))


def _span(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def _switches(switches: Mapping[str, Var | str]) -> Iterator[tuple[str, Sequence[str]]]:
    for name, value in switches.items():
        if isinstance(value, Var):
            yield value.name, [f"{n} {text}" for n, text in enumerate(switch_called(name).values)]
        else:
            yield f"switch {name}", [f"fixed: {value}"]


def said(goals: Sequence[str], setting: Setting) -> str:
    """A question in a few words: `broken`, `premise 0 where sctp=yes`."""
    words = " and ".join(_said(goal) for goal in goals)
    return words + (f" where {', '.join(f'{name}={value}' for name, value in setting)}" if setting else "")


def _said(goal: str) -> str:
    negated = "not " if goal.startswith("!") else ""
    return negated + goal.removeprefix("!").removeprefix("goal.").replace(".", " ").replace("-", " ")


def terms(setting: Setting, switches: Mapping[str, Var | str]) -> Iterable[str]:
    """True iff the open switches have these values."""
    for name, value in setting:
        variable = switches.get(name)
        if isinstance(variable, Var):
            yield variable.equals(switch_called(name).values.index(value))
