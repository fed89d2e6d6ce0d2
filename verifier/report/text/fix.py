"""The report of `fix` for people: of each property the edits, what they close and open, and what was proved of them;
then the patch. And the patch alone."""

from collections.abc import Iterable, Iterator
from difflib import unified_diff

from verifier.ir.property import PropertySeverity
from verifier.ir.prose import listed, number
from verifier.mending.hunks import lines_of
from verifier.mending.result import Change, FixReport, Outcome, Repair
from verifier.report.words.paint import PLAIN, Paint
from verifier.report.words.repairs import EFFECTS, built_on, others_found, regions_of
from verifier.report.words.result import footer, uncovered

_MOST = 5
"""Names that are listed before the rest is only counted."""


def fix(report: FixReport, paint: Paint = PLAIN, quiet: bool = False) -> str:
    """The whole report; `quiet`: what became of the properties, the patch, and what this run left out."""
    shown = [outcome for outcome in report.outcomes if not (quiet and outcome.holds)]
    blocks = [block for outcome in shown for block in _blocks(outcome, report.wanted, paint)]
    if report.changes:
        if report.wanted > 1:
            blocks.append(["The patch, with the first repair of each property:"])
        blocks.append([paint(line) for line in _lines(report.changes)])
        blocks.append([_tail(report)])
    if not quiet:
        over = report.passed_over
        blocks.append(list(footer(report.universe, report.assumptions, report.not_covered, paint, over)))
    elif left := uncovered(report.not_covered, paint, report.assumptions):
        blocks.append(left)
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _tail(report: FixReport) -> str:
    files = number(len(report.changes), "file")
    if report.applied:
        return f"Written to {files}."
    return f"Nothing is written yet: --apply changes {files}, -o patch gives the patch alone."


def _blocks(outcome: Outcome, wanted: int, paint: Paint) -> Iterator[list[str]]:
    """What became of a property, then what else would mend it, each with its patch."""
    first = list(_outcome(outcome, paint))
    if wanted > 1 and outcome.repair is not None and (less := others_found(outcome, wanted)):
        first.append(f"  {less}")
    yield first
    for place, repair in enumerate(outcome.alternatives, 2):
        assert outcome.repair is not None
        cost = f"cost {repair.cost}, the first {outcome.repair.cost}"
        word = paint(f"OR {place:<5}", "bold", "green")
        yield [f"{word}  {paint(outcome.property.name, 'bold')}  ({cost})", *_repair(repair, paint)]
        yield [paint(line) for line in _lines(repair.changes)]


def _outcome(outcome: Outcome, paint: Paint) -> Iterator[str]:
    name = outcome.property.name
    if outcome.repaired_with:
        yield f"{paint('REPAIRED', 'bold', 'green')}  {paint(name, 'bold')}"
        yield f"  with     {paint(listed(outcome.repaired_with, _MOST))}"
        return
    if outcome.holds:
        yield f"{paint('HOLDS', 'bold', 'green')}     {paint(name, 'bold')}"
        return
    if outcome.repair is None:
        word, colour = "NO REPAIR", "red"
        if outcome.undecided or outcome.vacuous:
            word, colour = ("UNDECIDED", "yellow") if outcome.undecided else ("VACUOUS  ", "magenta")
        mild = outcome.property.severity is PropertySeverity.WARNING
        remark = "  (severity warning: does not fail the run)" if mild else ""
        yield f"{paint(word, 'bold', colour)} {paint(name, 'bold')}{remark}"
        yield f"  {paint(outcome.why)}"
        yield from (f"  by hand  {paint(place)}" for place in outcome.places)
        return
    yield f"{paint('REPAIRED', 'bold', 'green')}  {paint(name, 'bold')}"
    yield from _repair(outcome.repair, paint)


def _repair(repair: Repair, paint: Paint) -> Iterator[str]:
    yield from (f"  edit     {paint(what)}" for what in repair.edits)
    for word in EFFECTS:
        yield from (f"  {word:<8} {paint(line)}" for line in regions_of(repair, word))
    if not repair.difference.complete:
        yield "  and more than what stands here"
    proved = listed(repair.proved, _MOST)
    yield f"  proved   from the text as it is then: {paint(proved)}"
    if repair.builds_on:
        yield f"  {paint(built_on(repair))}"


def patch(report: FixReport) -> str:
    """All changes as a unified diff, for `git apply` and `patch -p1`; empty where there are none."""
    return patch_of(report.changes)


def patch_of(changes: Iterable[Change]) -> str:
    """The changes as a unified diff."""
    return "".join(line for change in changes for line in _patch_of(change))


def _lines(changes: Iterable[Change]) -> list[str]:
    return patch_of(changes).rstrip("\n").split("\n")


def _patch_of(change: Change) -> Iterator[str]:
    name = change.patched or change.file
    end = "\t" if any(map(str.isspace, name)) else ""  # by which GNU patch knows where the name ends
    old = "/dev/null" if change.before is None else f"a/{name}{end}"
    for line in unified_diff(lines_of(change.before or ""), lines_of(change.after), old, f"b/{name}{end}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
