"""A run of `lint`: which rules are asked, whom they may not speak about, and in which order their findings come."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from verifier.engine.lint.checkers import LOOKERS
from verifier.engine.lint.reading import LintContext
from verifier.engine.lint.rules import OF_ALL, RULES
from verifier.engine.precheck.prepare import Given, Pods, prepare
from verifier.engine.problem.problem import Context
from verifier.engine.problem.switches import settle
from verifier.engine.problem.variants import for_formulas
from verifier.engine.results.check import Counts, total
from verifier.engine.results.lint import LintFinding, LintReport, Suppressed
from verifier.engine.results.passedover import left_unread, made_elsewhere
from verifier.engine.results.standing import NODES, OTHER_PROTOCOLS
from verifier.errors import Diagnostic, Severity, Undecided
from verifier.ir.cluster import Cluster
from verifier.ir.prose import listed
from verifier.ir.quirk import NOTHING_PECULIAR, Suppression, Written
from verifier.ir.switches import OPEN as LEFT_OPEN
from verifier.ir.switches import SWITCHES
from verifier.ir.universe import OPEN, Universe
from verifier.smt.solver import Limits

_NO_LIMITS = Limits()
_WORST_FIRST = tuple(Severity)


def lint(
    cluster: Cluster,
    written: Written = NOTHING_PECULIAR,
    universe: Universe = OPEN,
    switches: Mapping[str, str] | None = None,
    rules: Iterable[str] = tuple(RULES),
    limits: Limits = _NO_LIMITS,
    diagnostics: Sequence[Diagnostic] = (),
    fail_on: str = "error",
) -> LintReport:
    """All that the named rules find, the worst first, then in the order of the table.

    Where something was passed over, rules about all policies together are not asked, and a warning says so. Raises what
    `prepare` raises.
    """
    wanted = [name for name in RULES if name in set(rules)]
    chosen = [name for name in wanted if not (cluster.passed_over and name in OF_ALL)]
    settled = settle("k8s", universe.switches, switches or {})
    looked_at = _as_written(settled)
    [context] = _told_apart(*prepare((Given(cluster),), universe, looked_at, limits, Pods.EACH))
    look = LintContext(context, written, limits)
    found: list[LintFinding] = []
    undecided: list[Diagnostic] = []
    open_rules: dict[str, None] = {}
    for looker in dict.fromkeys(looker for name in chosen for looker in LOOKERS[name]):
        try:
            found += looker(look)
        except Undecided as reason:
            names = [name for name in chosen if looker in LOOKERS[name]]
            undecided.append(_undecided(names, reason))
            open_rules |= dict.fromkeys(names)
    kept = _without_doubles(sorted((smell for smell in found if smell.rule in chosen), key=_order))
    told, silenced = _sorted_out(kept, written.silences)
    not_asked = [name for name in wanted if name not in chosen]
    counts = Counts(len(cluster.policies.objects), cluster.count_workloads(), len(cluster.namespaces))
    return LintReport(
        universe=universe.name,
        smells=tuple(told),
        silenced=tuple(silenced),
        rules=tuple(chosen),
        counts=counts,
        diagnostics=(*diagnostics, *_not_asked(not_asked), *undecided),
        fail_on=fail_on,
        stats=total(look.asked, len(cluster.policies.objects)),
        passed_over=cluster.passed_over,
        assumptions=(*cluster.assumptions, *_assumed(settled)),
        not_covered=(*_left_out(context, not_asked, open_rules), *left_unread(cluster.passed_over)),
        undecided=tuple(open_rules),
    )


def _told_apart(context: Context) -> tuple[Context, ...]:
    """With its workloads in variants; those that have too many by labels which their controllers may add stay whole."""
    try:
        return for_formulas(context)
    except Undecided:
        return for_formulas(context, foreign=False)


def _as_written(switches: Mapping[str, str]) -> Mapping[str, str]:
    """The switches by which manifests are looked at. A rule for SCTP is none that nothing meets because the plugin does
    not know SCTP; and what same_priority=reject is about is found by a rule of its own."""
    ties = "any" if switches["same_priority"] == "reject" else switches["same_priority"]
    return {**switches, "sctp": "yes", "same_priority": ties}


def _assumed(switches: Mapping[str, str]) -> Iterator[str]:
    """Switches that somebody set to other than their default."""
    for name, value in switches.items():
        if value not in (LEFT_OPEN, SWITCHES[name].default) and not SWITCHES[name].at_reading:
            yield f"{name}: {value}"


def _left_out(context: Context, not_asked: Sequence[str], undecided: Iterable[str]) -> Iterator[str]:
    """What the findings do not speak about."""
    for names, why in ((not_asked, "not asked, since not all policies were read"), (undecided, "not decided")):
        if names := tuple(names):
            yield f"what these rules look for, which were {why}: {listed(names, len(names))}"
    if not context.universe.nodes:
        yield NODES
    if not context.universe.other_pods:
        yield from made_elsewhere(context.cluster)
    if context.switches["other_protocols"] == "off":
        yield OTHER_PROTOCOLS


def _not_asked(names: Sequence[str]) -> Iterator[Diagnostic]:
    if names:
        message = f"not asked, since not all policies were read: {', '.join(names)}"
        yield Diagnostic("not-asked", message, severity=Severity.WARNING)


def _undecided(names: Sequence[str], reason: Undecided) -> Diagnostic:
    message = f"not decided: {', '.join(names)}: the solver reached {reason}"
    return Diagnostic("undecided", message, hint="try a higher limit", severity=Severity.WARNING)


def _without_doubles(found: Iterable[LintFinding]) -> Iterator[LintFinding]:
    """Each finding once; of a dead peer only the worst."""
    seen = set()
    for smell in found:
        what = smell.message.partition(" ")[0] if smell.rule == "dead-peer" else smell.message
        key = (smell.rule, smell.about, what)
        if key not in seen:
            seen.add(key)
            yield smell


def _order(smell: LintFinding) -> tuple[int, int, str, str]:
    return (_WORST_FIRST.index(smell.severity), list(RULES).index(smell.rule), str(smell.about), smell.message)


def _sorted_out(
    smells: Iterable[LintFinding], silences: Sequence[Suppression]
) -> tuple[list[LintFinding], list[Suppressed]]:
    """What is told, and what an annotation of its object silences."""
    told, silenced = [], []
    for smell in smells:
        reason = next((s for s in silences if str(s.object) == str(smell.about) and smell.rule in s.rules), None)
        if reason is None:
            told.append(smell)
        else:
            silenced.append(Suppressed(smell, reason))
    return told, silenced
