"""dead-subject, dead-peer, near-miss, unresolvable-port-name: what a policy speaks of and the input does not hold.

That nothing in the input meets a selector is a fact about the input, and no more: the pods may be made by an operator,
or be written elsewhere. Where one small change would make it meet something, that is likely a slip, and said to be a
guess.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from verifier.engine.lint.reading import Line, LintContext, subject_of
from verifier.engine.results.lint import LintFinding
from verifier.errors import Severity
from verifier.ir.endpoint import Namespace, Workload
from verifier.ir.labels import EVERYTHING, NAMESPACE_NAME, Labels, Operator, Requirement, Selector, describe
from verifier.ir.origin import Origin
from verifier.ir.pods import can_meet
from verifier.ir.policy import Direction, PortNamed, Selects
from verifier.ir.prose import listed
from verifier.ir.spelling import slip_between
from verifier.semantics import matches


def smells(look: LintContext) -> Iterator[LintFinding]:
    if not look.context.cluster.workloads:
        return
    for policy in look.selections:
        who = next(iter(look.selections[policy].values()))
        yield from _subject(look, who)
    for line in look.lines:
        yield from _peer(look, line)
    yield from _port_names(look)


# Subjects and peers


def _subject(look: LintContext, who: Selects) -> Iterator[LintFinding]:
    selector = subject_of(who)
    around = look.around(who)
    if selector == EVERYTHING or not around or look.subjects(who):
        return
    said = describe(selector)
    where = f"in namespace {who.namespace}" if isinstance(who.namespace, str) else "in the input"
    message = f"{who.citation} selects {said}, and no workload {where} has these labels"
    for slip in _slips(selector, around):
        yield LintFinding(
            "near-miss", Severity.WARNING, f"{message}: {slip.text}", who.citation, who.citation.origin,
            (slip.because,), guess=True, fix=slip.fix,
        )  # fmt: skip
        return
    yield LintFinding(
        "dead-subject", Severity.NOTE, message, who.citation, who.citation.origin,
        (_there_are(around, selector), "it governs nobody today, unless such pods come from somewhere else"),
    )  # fmt: skip


def _peer(look: LintContext, line: Line) -> Iterator[LintFinding]:
    shape = line.shape
    if not shape.is_pods or shape.opaque:
        return
    known = [n for n in look.namespaces.values() if n.labels is not None]
    chosen = look.chosen(line)
    if not chosen:
        yield from _namespace(line, known)
        return
    candidates = [w for n in chosen for w in look.by_namespace.get(n.name, ())]
    selector = shape.pods or EVERYTHING
    if not candidates or any(can_meet(w, selector) for w in candidates):
        return
    where = f"namespace {chosen[0].name}" if len(chosen) == 1 else "the namespaces chosen"
    message = f"{line} speaks of pods {describe(selector)}, and no workload in {where} has these labels"
    origin = _below(line.rung.citation.origin, "podSelector")
    for slip in _slips(selector, candidates):
        yield LintFinding(
            "near-miss", Severity.WARNING, f"{message}: {slip.text}", line.policy, origin, (slip.because,), guess=True,
            fix=slip.fix,
        )  # fmt: skip
        return
    why = (_there_are(candidates, selector), "it lets nobody through today, unless such pods come from somewhere else")
    yield LintFinding("dead-peer", Severity.NOTE, message, line.policy, origin, why)


def _namespace(line: Line, known: Iterable[Namespace]) -> Iterator[LintFinding]:
    """The peer's namespaceSelector meets no declared namespace."""
    selector = line.shape.namespaces
    if selector is None:
        return
    origin = _below(line.rung.citation.origin, "namespaceSelector")
    message = f"{line} speaks of namespaces {describe(selector)}, and no namespace of the input has these labels"
    for slip in _slips(selector, known):
        yield LintFinding(
            "near-miss", Severity.WARNING, f"{message}: {slip.text}", line.policy, origin, (slip.because,), guess=True,
            fix=slip.fix,
        )  # fmt: skip
        return
    why = "it lets nobody through today, unless such a namespace is declared somewhere else"
    yield LintFinding("dead-peer", Severity.NOTE, message, line.policy, origin, (why,))


def _below(origin: Origin | None, name: str) -> Origin | None:
    return None if origin is None else origin.child(name)


_MOST = 4


def _there_are(workloads: Iterable[Workload], selector: Selector) -> str:
    """What there is instead, with the labels that the selector asks about."""
    found = sorted(workloads, key=str)
    keys = {r.key for r in selector}
    told = [f"{w} ({_said({k: v for k, v in w.labels.items() if k in keys} or w.labels)})" for w in found]
    return f"there {'are' if len(found) > 1 else 'is'} {listed(told, _MOST)}"


def _said(labels: Labels) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items())) or "no labels"


# Slips


class _Slip(Struct, frozen=True):
    """One small change after which the selector meets something that there is."""

    text: str
    because: str
    fix: str
    dearness: tuple[int, str]


def _slips(selector: Selector, things: Iterable[Workload | Namespace]) -> list[_Slip]:
    """Changes of one requirement after which the selector meets some of `things`; the likeliest first."""
    found: list[_Slip] = []
    for thing in things:
        labels = thing.labels or {}
        name = str(thing) if isinstance(thing, Workload) else f"Namespace {thing.name}"
        for wanted in selector:
            rest = Selector(selector.requirements - {wanted})
            if wanted.operator is Operator.IN and len(wanted.values) == 1 and matches(labels, rest):
                found += _changes(wanted, labels, name)
    return sorted(found, key=lambda slip: slip.dearness)


def _changes(wanted: Requirement, labels: Labels, name: str) -> Iterator[_Slip]:
    key, value = wanted.key, min(wanted.values)
    for other, found in sorted(labels.items()):
        if other == NAMESPACE_NAME and key != NAMESPACE_NAME:
            continue
        ways = (
            (other == key and slip_between(value, found) is not None, 0, "one edit away"),
            (found == value and slip_between(key, other) is not None, 1, "the key one edit away"),
            (found == value and other != key and key not in labels, 2, "the value under another key"),
        )
        for holds, order, how in ways:
            if holds:
                has = f"{other}={found}"
                yield _Slip(
                    f"perhaps {has} is meant", f"{name} has {has}, {how} from {key}={value}", f"{other}: {found}",
                    (order, name),
                )  # fmt: skip
                break


# Names of ports


def _port_names(look: LintContext) -> Iterator[LintFinding]:
    for line in look.lines:
        if line.direction is Direction.INGRESS:
            ends: Iterable[Workload] = look.subjects(line.who)
        elif line.shape.is_pods and not line.shape.opaque:
            selector = line.shape.pods or EVERYTHING
            near = (w for n in look.chosen(line) for w in look.by_namespace.get(n.name, ()))
            ends = tuple(w for w in near if matches(w.labels, selector))
        else:
            continue
        yield from _unresolvable(line, tuple(ends))


def _unresolvable(line: Line, ends: tuple[Workload, ...]) -> Iterator[LintFinding]:
    for port in line.shape.ports:
        if not isinstance(port, PortNamed) or not ends or any(_resolves(port, w) for w in ends):
            continue
        spelled = f"{port.protocol or ''} port {port.name}".strip()
        message = f"{line} names the {spelled}, and no workload that it speaks of has a port of this name"
        names: Mapping[str, None] = dict.fromkeys(
            f"{p.name} ({p.protocol} {p.port})" for w in ends for p in w.named_ports
        )
        who, what = listed(map(str, ends), _MOST), listed(names, _MOST) or "no named ports"
        there = f"{who} {'has' if len(ends) == 1 else 'have'} {what}"
        origin = line.rung.citation.origin
        yield LintFinding("unresolvable-port-name", Severity.WARNING, message, line.policy, origin, (
            there, "a name that a pod does not have matches nothing"
        ))  # fmt: skip


def _resolves(port: PortNamed, workload: Workload) -> bool:
    return any(p.name == port.name and port.protocol in (None, p.protocol) for p in workload.named_ports)
