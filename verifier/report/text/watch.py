"""The report of a watched run after a change: what it has made of the verdicts first, then what is new to read."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from verifier.engine.results.check import CheckReport, Result, Verdict
from verifier.report.words.paint import PLAIN, Paint
from verifier.report.words.result import COLOUR, REGIONS, block_of, footer, own_assumptions, uncovered
from verifier.report.words.tally import tally


def again(before: CheckReport, report: CheckReport, paint: Paint = PLAIN, quiet: bool = False) -> str:
    """What has changed since `before`, and all that is not proved: in full where that reads differently now, else in a
    line. quiet: only what has changed, the tally, and what was passed over."""
    old, new = _blocks(_without_extent(before), PLAIN), _blocks(_without_extent(report), PLAIN)
    blocks = [list(changes(before, report, paint)) or ["no verdict has changed"]]
    if not quiet:
        full = _blocks(report, paint)
        known = []
        for result in report.results:
            name = result.property.name
            if result.verdict is Verdict.PROVED:
                continue
            if new[name] != old.get(name):
                blocks.append(full[name])
            else:
                known.append(f"{full[name][0]}  {paint('(as before)', 'dim')}")
        blocks += [known] if known else []
    last = [paint(tally(report), "bold")]
    about = _footer(report, paint)
    if not quiet and about != _footer(before, paint):
        last += about
    else:
        last += uncovered(report.not_covered, paint, report.assumptions)
    return "\n\n".join("\n".join(block) for block in [*blocks, last]) + "\n"


def changes(before: CheckReport, report: CheckReport, paint: Paint = PLAIN) -> Iterator[str]:
    """A line for each property, by its name, whose verdict is another one, that is new, or gone: what is newly violated
    comes first, then what is fixed."""
    was = {result.property.name: result.verdict for result in before.results}
    now = {result.property.name: result.verdict for result in report.results}
    lines = [_line(name, was.get(name), verdict) for name, verdict in now.items() if was.get(name) != verdict]
    for _, words, name, verdict, remark in sorted(lines, key=lambda line: line[0]):
        yield f"{paint(f'{words:<14}', 'bold', COLOUR[verdict])}  {paint(name, 'bold')}{remark}"
    for name, verdict in was.items():
        if name not in now:
            yield f"{paint('gone'.ljust(14), 'bold')}  {paint(name, 'bold')} (was {verdict})"


def _line(name: str, was: Verdict | None, verdict: Verdict) -> tuple[int, str, str, Verdict, str]:
    """Where the line stands, and what it says."""
    violated = verdict is Verdict.VIOLATED
    if was is None:
        return 0 if violated else 3, f"new, {verdict}", name, verdict, ""
    if violated:
        return 0, "newly violated", name, verdict, f" (was {was})"
    if was is Verdict.VIOLATED and verdict is Verdict.PROVED:
        return 1, "fixed", name, verdict, ""
    return 2, f"now {verdict}", name, verdict, f" (was {was})"


def _without_extent(report: CheckReport) -> CheckReport:
    """How much of the cluster breaks a property is no news of its own: another namespace changes all of the numbers."""
    return replace(report, results=tuple(replace(result, extent=None) for result in report.results))


def _blocks(report: CheckReport, paint: Paint) -> Mapping[str, list[str]]:
    def block(result: Result) -> list[str]:
        return list(block_of(result, paint, own_assumptions(result, report), REGIONS))

    return {result.property.name: block(result) for result in report.results}


def _footer(report: CheckReport, paint: Paint) -> list[str]:
    return list(footer(report.universe, report.assumptions, report.not_covered, paint, report.passed_over))
