"""The comment that every report in Markdown is: its sections, as many as fit, and what it does not cover."""

from collections.abc import Iterator, Sequence

from verifier.engine.results.passedover import left_unread
from verifier.errors import Diagnostic
from verifier.ir.cluster import PassedOver
from verifier.ir.prose import number
from verifier.report.findings.findings import warnings_in
from verifier.report.markdown.markup import code, folded, plain, table
from verifier.report.words.coverage import Coverage
from verifier.report.words.place import place_of_diagnostic

BUDGET = 60_000
"""Characters; GitHub refuses a comment of more than 65,536."""

_MOST_WARNINGS = 20
"""Warnings that are listed before the rest is only counted."""

_ROOM = 4_000
"""Characters of what is not covered, and of what is assumed, before the rest is only counted."""

_NOTICE = "*{} left out: this comment would be too long. The text report has everything.*"


def told_errors(errors: Sequence[Diagnostic], title: str = "error") -> Iterator[str]:
    if errors:
        rows = [(_error(error), _place(error)) for error in errors]
        yield table((title, "where"), rows)


def told_unread(passed_over: Sequence[PassedOver]) -> Iterator[str]:
    yield from (f"Not covered: {plain(text)}." for text in left_unread(passed_over))


def told_warnings(diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    found = warnings_in(diagnostics)
    rows = [(_error(each), _place(each)) for each in found[:_MOST_WARNINGS]]
    if rows:
        more = f"\n\nand {len(found) - len(rows)} more" if len(found) > len(rows) else ""
        yield folded(number(len(found), "warning"), table(("warning", "where"), rows) + more)


def _error(error: Diagnostic) -> str:
    hint = f"<br>hint: {plain(error.hint)}" if error.hint is not None else ""
    return f"{plain(error.message)}{hint}"


def _place(error: Diagnostic) -> str:
    where = place_of_diagnostic(error)
    if where is not None:
        return code(str(where))
    return code(error.file) if error.file is not None else ""


def told_universe(name: str) -> str:
    return f"universe {code(name)}"


def _covered(found: Coverage) -> Iterator[str]:
    """What the answers do not cover and what they rest on, a line each; what was passed over stands at the top."""
    for title, entries in (("not covered", found.not_covered), ("assumed", found.assumptions)):
        shown, room = [], _ROOM
        for entry in map(plain, entries):
            room -= len(entry)
            if room >= 0:
                shown.append(entry)
        more = [f"{len(entries) - len(shown)} more"] if len(shown) < len(entries) else []
        if entries:
            yield f"{title}: {'; '.join([*shown, *more])}"


def assemble(tag: str, head: str, sections: Sequence[str], about: Sequence[str], found: Coverage) -> str:
    """The comment; sections that do not fit are left out as a whole, and counted. What is not covered stays."""
    marker = f"<!-- netpol:comment tag={tag} -->"
    first = " · ".join(("netpol", *about))
    foot = f"<sub>{'<br>'.join((first, *_covered(found)))}</sub>"
    room = BUDGET - len(marker) - len(head) - len(foot) - len(_NOTICE) - 100
    kept: list[str] = []
    for section in sections:
        if len(section) + 2 <= room:
            kept.append(section)
            room -= len(section) + 2
    left_out = len(sections) - len(kept)
    notice = [_NOTICE.format(number(left_out, "section"))] if left_out else []
    return "\n\n".join((f"{marker}\n{head}", *kept, *notice, foot)) + "\n"
