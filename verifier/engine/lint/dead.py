"""dead-subject, dead-peer, near-miss, label-not-on-pods, unresolvable-port-name: what a policy speaks of and the input
does not hold.

That nothing in the input meets a selector is a fact about the input, and no more: the pods may be made by an operator,
or be written elsewhere. Where one small change would make it meet something, that is likely a slip (`slips`), and said
to be a guess. Where the labels stand on a workload, and not on its pods, that is said and no guess.
"""

from collections.abc import Iterable, Iterator, Mapping

from verifier.engine.lint.reading import Line, LintContext, subject_of
from verifier.engine.problem.slips import Slip, likeliest, of_namespaces, of_pods, slips
from verifier.engine.results.lint import LintFinding
from verifier.errors import Severity
from verifier.ir.endpoint import Workload
from verifier.ir.labels import EVERYTHING, Labels, Selector, describe, matches
from verifier.ir.origin import Origin
from verifier.ir.pods import can_meet
from verifier.ir.policy import Citation, Direction, PortNamed, Selects
from verifier.ir.prose import listed


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
    own = _on_workload(look, selector, around)
    if own is not None:
        yield _not_on_pods(f"{who.citation} selects {said}", own, who.citation, who.citation.origin)
        return
    homes = (
        [look.namespaces[who.namespace]] if isinstance(who.namespace, str) and who.namespace in look.namespaces else []
    )
    slip = likeliest(slips(selector, around), of_namespaces(selector, homes, around))
    if slip is not None:
        yield _near_miss(message, slip, who.citation, who.citation.origin)
        return
    yield LintFinding(
        "dead-subject", Severity.NOTE, message, who.citation, who.citation.origin,
        (_there_are(around, selector), "it governs nobody today, unless such pods come from somewhere else"),
    )  # fmt: skip


def _peer(look: LintContext, line: Line) -> Iterator[LintFinding]:
    shape = line.shape
    if not shape.is_pods or shape.opaque:
        return
    chosen = look.chosen(line)
    if not chosen:
        yield from _namespace(look, line)
        return
    candidates = [w for n in chosen for w in look.by_namespace.get(n.name, ())]
    selector = shape.pods or EVERYTHING
    if not candidates or any(can_meet(w, selector) for w in candidates):
        return
    where = f"namespace {chosen[0].name}" if len(chosen) == 1 else "the namespaces chosen"
    message = f"{line} speaks of pods {describe(selector)}, and no workload in {where} has these labels"
    origin = _below(line.rung.citation.origin, "podSelector")
    own = _on_workload(look, selector, candidates)
    if own is not None:
        yield _not_on_pods(f"{line} speaks of pods {describe(selector)}", own, line.policy, origin)
        return
    homes = look.namespaces.values() if shape.own else chosen
    slip = likeliest(slips(selector, candidates), of_namespaces(selector, homes, look.context.cluster.workloads))
    if slip is not None:
        yield _near_miss(message, slip, line.policy, origin)
        return
    why = (_there_are(candidates, selector), "it lets nobody through today, unless such pods come from somewhere else")
    yield LintFinding("dead-peer", Severity.NOTE, message, line.policy, origin, why)


def _namespace(look: LintContext, line: Line) -> Iterator[LintFinding]:
    """The peer's namespaceSelector meets no declared namespace."""
    selector = line.shape.namespaces
    if selector is None:
        return
    origin = _below(line.rung.citation.origin, "namespaceSelector")
    message = f"{line} speaks of namespaces {describe(selector)}, and no namespace of the input has these labels"
    slip = likeliest(slips(selector, look.namespaces.values()), of_pods(selector, look.context.cluster.workloads))
    if slip is not None:
        yield _near_miss(message, slip, line.policy, origin)
        return
    why = "it lets nobody through today, unless such a namespace is declared somewhere else"
    yield LintFinding("dead-peer", Severity.NOTE, message, line.policy, origin, (why,))


def _near_miss(message: str, slip: Slip, about: Citation, origin: Origin | None) -> LintFinding:
    return LintFinding(
        "near-miss",
        Severity.WARNING,
        f"{message}: {slip.text}",
        about,
        origin,
        (slip.because,),
        guess=True,
        fix=slip.fix,
    )


def _on_workload(look: LintContext, selector: Selector, around: Iterable[Workload]) -> str | None:
    """A workload of `around` whose own labels, beside those of its pods, meet the selector."""
    for workload in around:
        own = look.own_labels.get(str(workload))
        if own is not None and matches({**workload.labels, **own}, selector):
            return str(workload)
    return None


def _not_on_pods(who: str, workload: str, about: Citation, origin: Origin | None) -> LintFinding:
    message = f"{who}: {workload} has these labels, and its pods do not"
    why = "policies look at the labels of pods, which stand in the template (`spec.template.metadata.labels`)"
    return LintFinding("label-not-on-pods", Severity.WARNING, message, about, origin, (why,))


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


# Names of ports


def _port_names(look: LintContext) -> Iterator[LintFinding]:
    for line in look.lines:
        if not any(isinstance(port, PortNamed) for port in line.shape.ports):
            continue
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
