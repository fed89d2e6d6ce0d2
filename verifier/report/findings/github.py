"""GitHub workflow commands: an annotation for each finding, then the text report, in which no command is heard.

GitHub shows ten errors and ten warnings of a step, so the summary comes first and errors before warnings.
"""

import hashlib

from verifier.engine.results.standing import left_out_here
from verifier.errors import Diagnostic, Severity
from verifier.report.findings.finding import Finding
from verifier.report.findings.findings import Findings
from verifier.report.words.paint import visible
from verifier.report.words.place import Place, place_of_diagnostic

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(findings: Findings, text: str) -> str:
    """`text`: the report for people; it ends with a line break. Where the run failed the errors stand in its place."""
    worst = findings.worst() or Severity.NOTE
    lines = [_command(worst, None, f"netpol {findings.command}", findings.summary)]
    lines += [_of_input(diagnostic) for diagnostic in (*findings.errors, *findings.warnings)]
    lines += [_annotation(finding) for finding in findings.items]
    if told := findings.coverage.lines():
        lines.append(_command(_of_coverage(findings), None, f"netpol {findings.command}: coverage", "\n".join(told)))
    shown = "".join(f"{_lines(str(error))}\n" for error in findings.errors) or text
    token = _token(shown)
    return "\n".join(lines) + f"\n::stop-commands::{token}\n{shown}::{token}::\n"


def _of_coverage(findings: Findings) -> Severity:
    """What the run itself left out warns; standing sentences are only noted."""
    coverage = findings.coverage
    return Severity.WARNING if coverage.unread or left_out_here(coverage.not_covered) else Severity.NOTE


def _annotation(finding: Finding) -> str:
    return _command(finding.severity, finding.place, f"{finding.rule.id} ({finding.sort})", finding.message)


def _of_input(found: Diagnostic) -> str:
    hint = f"\nhint: {found.hint}" if found.hint is not None else ""
    return _command(found.severity, place_of_diagnostic(found), f"input ({found.code})", found.message + hint)


def _command(severity: Severity, place: Place | None, title: str, message: str) -> str:
    properties = {**(_where(place) if place is not None else {}), "title": title}
    shown = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[severity]} {shown}::{_data(message)}"


def _where(place: Place) -> dict[str, str]:
    """Columns only where all is on one line: GitHub takes no others. Its end column is the last one that belongs."""
    where = {"file": place.file, "line": str(place.line), "endLine": str(place.end_line)}
    if place.line != place.end_line:
        return where
    return {**where, "col": str(place.column), "endColumn": str(max(place.column, place.end_column - 1))}


def _data(text: str) -> str:
    return _lines(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _lines(text: str) -> str:
    return "\n".join(visible(line) for line in text.split("\n"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _token(text: str) -> str:
    """A word that does not occur in `text`, and is the same for the same text."""
    token = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
    while token in text:
        token = hashlib.sha256(token.encode()).hexdigest()
    return token
