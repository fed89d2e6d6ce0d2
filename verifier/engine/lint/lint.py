"""A run of `lint`: which rules are asked, whom they may not speak about, and in which order their findings come."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from verifier.engine.lint.checkers import LOOKERS
from verifier.engine.lint.reading import LintContext
from verifier.engine.lint.rules import RULES
from verifier.engine.precheck.nonempty import require_pods
from verifier.engine.precheck.validate import validate
from verifier.engine.problem.problem import Context
from verifier.engine.problem.switches import settle
from verifier.engine.problem.variants import for_formulas
from verifier.engine.results.check import Counts, total
from verifier.engine.results.lint import LintFinding, LintReport, Suppressed
from verifier.errors import Diagnostic, Severity, Undecided
from verifier.ir.cluster import Cluster
from verifier.ir.quirk import NOTHING_PECULIAR, Suppression, Written
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

    Raises InputError where the universe forbids an object of the cluster, or lets no pod exist.
    """
    chosen = [name for name in RULES if name in set(rules)]
    context = Context(cluster, universe, settle("k8s", universe.switches, switches or {}))
    (context,) = for_formulas(replace(context, switches=_as_written(context.switches)))
    validate(context.world)
    require_pods(context, limits=limits)
    look = LintContext(context, written, limits)
    found: list[LintFinding] = []
    undecided: list[Diagnostic] = []
    for looker in dict.fromkeys(looker for name in chosen for looker in LOOKERS[name]):
        try:
            found += looker(look)
        except Undecided as reason:
            names = [name for name in chosen if looker in LOOKERS[name]]
            undecided.append(_undecided(names, reason))
    kept = _without_doubles(sorted((smell for smell in found if smell.rule in chosen), key=_order))
    told, silenced = _sorted_out(kept, written.silences)
    counts = Counts(len(cluster.policies.objects), len(cluster.workloads), len(cluster.namespaces))
    return LintReport(
        universe=universe.name,
        smells=tuple(told),
        silenced=tuple(silenced),
        rules=tuple(chosen),
        counts=counts,
        diagnostics=(*diagnostics, *undecided),
        fail_on=fail_on,
        stats=total(look.asked, len(cluster.policies.objects)),
    )


def _as_written(switches: Mapping[str, str]) -> Mapping[str, str]:
    """The switches by which manifests are looked at. A rule for SCTP is none that nothing meets because the plugin does
    not know SCTP; and what same_priority=reject is about is found by a rule of its own."""
    ties = "any" if switches["same_priority"] == "reject" else switches["same_priority"]
    return {**switches, "sctp": "yes", "same_priority": ties}


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
