"""GitLab's code quality report: a JSON array of findings."""

import json

from verifier.errors import Diagnostic, Severity
from verifier.report.findings.finding import Finding, Sort, fingerprint_of
from verifier.report.findings.findings import Findings
from verifier.report.words.paint import visible
from verifier.report.words.place import NOWHERE, Place, place_of_diagnostic
from verifier.report.words.steering import in_json


def render(findings: Findings) -> str:
    entries = [_of_input(error, "blocker") for error in findings.errors]
    entries += [_of_input(warning, "minor") for warning in findings.warnings]
    entries += [_entry(finding) for finding in findings.items]
    if told := findings.coverage.lines():
        entries.append(_of_coverage("; ".join(told), findings.command))
    return in_json(json.dumps(entries, indent=2, ensure_ascii=True)) + "\n"


def _entry(finding: Finding) -> dict[str, object]:
    return _issue(visible(finding.message), finding.rule.id, finding.fingerprint, _severity(finding), finding.place)


def _severity(finding: Finding) -> str:
    if finding.severity is Severity.NOTE:
        return "info"
    match finding.sort:
        case Sort.VIOLATED | Sort.OPENED | Sort.CLOSED | Sort.LINT if finding.severity is Severity.ERROR:
            return "critical"
        case Sort.VIOLATED | Sort.LINT:
            return "minor"
        case _:
            return "major"


def _of_coverage(text: str, command: str) -> dict[str, object]:
    """One entry, the same from run to run, so that a merge request shows it only where it says something new."""
    return _issue(visible(text), "not-covered", fingerprint_of(command, text), "info", None)


def _of_input(found: Diagnostic, severity: str) -> dict[str, object]:
    hint = f" ({found.hint})" if found.hint is not None else ""
    name = f"input-{found.code}"
    identity = f"{name} {found.file} {found.line} {found.column} {found.message}"
    return _issue(visible(found.message + hint), name, fingerprint_of(identity), severity, place_of_diagnostic(found))


def _issue(text: str, check: str, identity: str, severity: str, where: Place | None) -> dict[str, object]:
    shown = where or NOWHERE
    return {
        "description": text,
        "check_name": check,
        "fingerprint": identity,
        "severity": severity,
        "location": {"path": shown.file, "lines": {"begin": shown.line, "end": shown.end_line}},
    }
