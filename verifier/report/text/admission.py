"""What whoever sent a request to an API server is told about it: a few lines, the sentence that one needs first."""

from collections.abc import Iterator, Sequence

from verifier.engine.diff import outcome
from verifier.engine.results.diff import Change, GateReport, Judged
from verifier.engine.results.region import Region
from verifier.errors import Diagnostic, Severity
from verifier.ir.acceptance import Acceptance
from verifier.ir.origin import Origin
from verifier.ir.property import Always, Exactly
from verifier.ir.prose import number
from verifier.report.words import region as words
from verifier.report.words.cause import before, now
from verifier.report.words.gate import results_of
from verifier.report.words.legs import legs, sentence
from verifier.report.words.paint import visible
from verifier.report.words.result import said_of

_MOST = 5
"""Regions, and properties, that are told before the rest is only counted."""
_LONGEST = 3500
"""Letters of a message: what an API server passes on has to be read in a terminal."""
_LONGEST_LINE = 240
"""Letters of a warning, of which an API server passes on 256."""

_VERBS = {
    Change.NEWLY_VIOLATED: "breaks",
    Change.STILL_VIOLATED: "broken before this, too:",
    Change.UNDECIDED: "undecided:",
}


def refusal(report: GateReport, fail_on: str = "added") -> str:
    """Why it is not let through, or what is worth a word all the same; empty where nothing is."""
    result = outcome.of_gate(report, fail_on)
    lines = list(_lines(report, fail_on))
    if result.code == 0 and not lines:
        return ""
    return _clipped([_why(report, result, fail_on), *lines])


def _why(report: GateReport, result: outcome.Outcome, fail_on: str) -> str:
    """The reasons; of what was opened nothing where nobody asks for it, since then it was not looked for."""
    if result.code or fail_on != "none":
        return result.why()
    broken = any(judged.change is Change.NEWLY_VIOLATED for judged in report.judged)
    return "what is newly violated only warns" if broken else "nothing newly violated"


def trouble(mistakes: Sequence[Diagnostic]) -> str:
    """Why it cannot be judged."""
    told = [line for mistake in mistakes[:_MOST] for line in str(mistake).split("\n")]
    rest = [f"and {len(mistakes) - _MOST} more"] if len(mistakes) > _MOST else []
    return _clipped(["it cannot be judged", *told, *rest])


def warnings(message: str) -> tuple[str, ...]:
    """The same as warnings, a line each."""
    lines = (line.strip() for line in message.split("\n"))
    return tuple(line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 3]}..." for line in lines if line)


def _clipped(lines: Sequence[str]) -> str:
    text = "\n".join(visible(line) for line in lines)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]}\n..."


def _lines(report: GateReport, fail_on: str) -> Iterator[str]:
    for mistake in outcome.diagnostics(report):
        if mistake.severity is Severity.ERROR:
            yield from str(mistake).split("\n")
    grew = outcome.grew(report, fail_on)
    if grew:
        yield from _opened(report.difference.added)
    if report.difference.reason is not None:
        yield f"the comparison: {report.difference.reason}"
    broken = [judged for judged in report.judged if judged.change in _VERBS]
    for judged in broken[:_MOST]:
        yield from _broken(report, judged)
    if len(broken) > _MOST:
        yield f"and {number(len(broken) - _MOST, 'more property', 'more properties')}"
    yield from (_excused(each) for judged in report.judged for each in judged.accepted)
    yield from _what_first(broken, grew=grew)


def _opened(added: Sequence[Region]) -> Iterator[str]:
    for region in added[:_MOST]:
        yield f"opens: {words.line(region)}"
        closing = [f"  closed before by {c.text}{_at(c.origin)}" for c in before(region, True) if c.origin is not None]
        for cause in now(region, True):
            if cause.origin is not None:
                yield f"  by {cause.text}{_at(cause.origin)}"
            elif not closing:
                yield f"  {cause.text}"
        yield from closing
    if len(added) > _MOST:
        yield f"and {number(len(added) - _MOST, 'more region')}"


def _broken(report: GateReport, judged: Judged) -> Iterator[str]:
    claimed = judged.property
    result = results_of(report).get(claimed.name)
    told = "" if result is None else f": {said_of(result)}"
    yield f"{_VERBS[judged.change]} `{claimed.name}`{_at(claimed.origin)}{told}"
    if result is not None and result.witness is not None:
        for leg, subject in legs(result.witness):
            citation = leg.steps[-1].citation
            where = None if citation is None else citation.origin
            yield f"  {leg.direction}: {sentence(leg, subject)}{_at(where)}"


def _at(origin: Origin | None) -> str:
    """Where it stands; of an object of a cluster the line counts in it as `kubectl get -o yaml` shows it."""
    if origin is None:
        return ""
    position = origin.position
    return f" ({position.file}:{position.line})"


def _excused(acceptance: Acceptance) -> str:
    return f"accepted until {acceptance.expires.isoformat()} (owner: {acceptance.owner}): {acceptance.reason}"


def _what_first(broken: Sequence[Judged], *, grew: bool) -> Iterator[str]:
    """What would have to come first, so that this passes."""
    newly = [judged for judged in broken if judged.change is Change.NEWLY_VIOLATED]
    if any(isinstance(judged.property.claim, Always | Exactly) for judged in newly):
        yield "apply first the policy that allows what has to work"
    if grew or any(not isinstance(judged.property.claim, Always) for judged in newly):
        yield "apply first what keeps it closed; or have it accepted (netpol.accept.yaml)"
    elif any(judged.change is Change.STILL_VIOLATED for judged in broken):
        yield "mend that first, in warn mode, or have it accepted (netpol.accept.yaml)"
