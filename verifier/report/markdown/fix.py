"""`fix` as a comment on a pull request: each repair with what it closes and opens, and, where it is lines of one file
that stand together, as a suggestion."""

from collections.abc import Iterator

from verifier.ir.property import PropertySeverity
from verifier.ir.prose import listed, number
from verifier.mending.hunks import Hunk, hunks, in_place
from verifier.mending.result import FixReport, Outcome, Repair
from verifier.report.findings.findings import errors_in
from verifier.report.markdown.comment import assemble, told_errors, told_universe, told_unread, told_warnings
from verifier.report.markdown.markup import block, code, folded, html, plain, table
from verifier.report.text.fix import patch_of
from verifier.report.words.coverage import coverage_of
from verifier.report.words.paint import visible
from verifier.report.words.repairs import EFFECTS, built_on, headline, regions_of

_MOST = 5
"""Names that are listed before the rest is only counted."""


def fix(report: FixReport, tag: str = "fix") -> str:
    wrong = errors_in(report.diagnostics)
    head = f"{number(len(wrong), 'error')} in the input" if wrong else plain(headline(report))
    rows = [(*_row(outcome), _where(outcome)) for outcome in report.outcomes]
    return assemble(
        tag,
        f"### Network policy repairs: {head}",
        [
            *told_errors(wrong),
            *told_unread(report.passed_over),
            *([table(("", "property", "outcome", "where"), rows)] if rows else []),
            *(section for outcome in report.outcomes for section in _sections(outcome)),
            *told_warnings(report.diagnostics),
        ],
        (told_universe(report.universe),),
        coverage_of(report),
    )


def _row(outcome: Outcome) -> tuple[str, str, str]:
    name = code(outcome.property.name)
    if outcome.repaired_with:
        return "🔧", name, f"**repaired**, with {plain(listed(outcome.repaired_with, _MOST))}"
    if outcome.holds:
        return "✅", name, "holds"
    if outcome.repair is not None:
        return "🔧", name, f"**repaired**: {'; '.join(map(plain, outcome.repair.edits))}"
    word = "vacuous" if outcome.vacuous else "undecided" if outcome.undecided else "no repair"
    mild = " (severity warning)" if outcome.property.severity is PropertySeverity.WARNING else ""
    by_hand = "".join(f"<br>by hand: {plain(place)}" for place in outcome.places)
    return "❔" if outcome.undecided else "❌", name, f"**{word}**{mild}: {plain(outcome.why)}{by_hand}"


def _where(outcome: Outcome) -> str:
    """The lines that the repair changes."""
    if outcome.repair is None:
        return ""
    found = [_lines(hunk) for change in outcome.repair.changes for hunk in hunks(change)]
    return "<br>".join(code(each) for each in dict.fromkeys(found))


def _lines(hunk: Hunk) -> str:
    count = hunk.before.count("\n") + (not hunk.before.endswith("\n"))
    if hunk.is_new:
        return f"{hunk.file} (new)"
    return f"{hunk.file}:{hunk.line}" + (f"-{hunk.line + count - 1}" if hunk.before and count > 1 else "")


def _sections(outcome: Outcome) -> Iterator[str]:
    """Its repairs, the cheapest one first."""
    name = html(outcome.property.name)
    for place, repair in enumerate(outcome.repairs(), 1):
        title = f"Repair of {name}" if place == 1 else f"Repair {place} of {name} (cost {repair.cost})"
        yield folded(title, "\n\n".join(_repair(repair)))


def _repair(repair: Repair) -> Iterator[str]:
    lines = [f"- {plain(what)}" for what in repair.edits]
    lines += [f"- {word}: {plain(line)}" for word in EFFECTS for line in regions_of(repair, word)]
    if not repair.difference.complete:
        lines.append("- and more than what stands here")
    lines.append(f"- proved, from the text as it is then: {plain(listed(repair.proved, _MOST))}")
    if repair.builds_on:
        lines.append(f"- {plain(built_on(repair))}")
    yield "\n".join(lines)
    found = suggestion(repair)
    if found is not None:
        hunk, body = found
        yield f"{code(_lines(hunk))}:\n\n{body}"
    yield block(patch_of(repair.changes).rstrip("\n"), "diff")


def suggestion(repair: Repair) -> tuple[Hunk, str] | None:
    """The repair as a suggestion of GitHub, and the lines that it is for; None where it is not one stretch of lines of
    one file that is there, or holds what nobody sees: it is put into the file as it stands."""
    found = [in_place(hunk, change) for change in repair.changes for hunk in hunks(change)]
    if len(found) != 1 or found[0].is_new or not found[0].before:
        return None
    (hunk,) = found
    lines = hunk.after.removesuffix("\n").split("\n")
    if any(visible(line) != line for line in lines) or not hunk.after:
        return None
    return hunk, block("\n".join(lines), "suggestion")
