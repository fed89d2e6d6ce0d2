"""SARIF 2.1.0 as GitHub's code scanning takes it (and any other reader: the log is plain)."""

import json
from collections.abc import Iterator
from urllib.parse import quote

from verifier.errors import Diagnostic, Severity
from verifier.report.findings.finding import Finding, Fix, Rule
from verifier.report.findings.findings import Findings
from verifier.report.words.coverage import Coverage
from verifier.report.words.paint import visible
from verifier.report.words.place import NOWHERE, Mark, Place, place_of_diagnostic
from verifier.report.words.steering import in_json
from verifier.version import UNKNOWN, version

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
HOME = "https://github.com/netpol-verifier/netpol-verifier"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_SECURITY = {Severity.ERROR: "8.0", Severity.WARNING: "4.0", Severity.NOTE: "1.0"}
_NAME, _TEXT = 255, 1024
"""The longest name and description of a rule that GitHub takes."""

Object = dict[str, object]


def render(findings: Findings) -> str:
    index = {rule.id: number for number, rule in enumerate(findings.rules)}
    log: Object = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(findings)},
                "automationDetails": {"id": f"netpol/{findings.command}/"},
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(findings)],
                "results": [_result(finding, index[finding.rule.id]) for finding in findings.items],
            }
        ],
    }
    return in_json(json.dumps(log, indent=2, ensure_ascii=True)) + "\n"


def _driver(findings: Findings) -> Object:
    return {
        "name": "netpol",
        "semanticVersion": "0.0.0" if version() == UNKNOWN else version(),
        "informationUri": HOME,
        "rules": [_rule(rule) for rule in findings.rules],
    }


def _rule(rule: Rule) -> Object:
    identity, name = visible(rule.id), visible(rule.title)
    text = _cut(rule.description)
    return {
        "id": identity,
        **({"name": name[:_NAME]} if name != identity else {}),
        "shortDescription": {"text": _cut(rule.title)},
        "fullDescription": {"text": text},
        **({"helpUri": f"{HOME}/blob/main/{rule.page}"} if rule.page is not None else {}),
        "help": {"text": _help(rule), "markdown": _indented(_help(rule))},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": ["security", "kubernetes", "network-policy"],
            "precision": "very-high",
            "security-severity": _SECURITY[rule.severity],
        },
    }


def _cut(text: str) -> str:
    shown = visible(text)
    return shown if len(shown) <= _TEXT else f"{shown[: _TEXT - 3]}..."


def _help(rule: Rule) -> str:
    return visible(rule.title if rule.description == rule.title else f"{rule.title}: {rule.description}")


def _indented(text: str) -> str:
    """As a block of code: nothing in it is taken for Markdown."""
    return f"    {text}"


def _invocation(findings: Findings) -> Object:
    return {
        "executionSuccessful": not findings.errors,
        "toolExecutionNotifications": [
            *(_notification(diagnostic) for diagnostic in findings.diagnostics),
            *_coverage(findings.coverage),
        ],
    }


def _coverage(coverage: Coverage) -> Iterator[Object]:
    """What the answers do not cover and what they rest on, as notes."""
    parts = (("not-covered", (*coverage.unread, *coverage.not_covered)), ("assumed", coverage.assumptions))
    for identity, entries in parts:
        for entry in entries:
            text = f"{identity.replace('-', ' ').capitalize()}: {entry}"
            yield {"descriptor": {"id": identity}, "level": "note", "message": {"text": _plain(text)}}


def _notification(diagnostic: Diagnostic) -> Object:
    hint = f" ({diagnostic.hint})" if diagnostic.hint is not None else ""
    where = place_of_diagnostic(diagnostic)
    return {
        "descriptor": {"id": diagnostic.code},
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": _plain(diagnostic.message + hint)},
        **({"locations": [_location(where)]} if where is not None else {}),
    }


def _result(finding: Finding, rule: int) -> Object:
    result: Object = {
        "ruleId": visible(finding.rule.id),
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [_location(finding.place or NOWHERE)],
        "partialFingerprints": {"netpolFlow/v1": finding.fingerprint},
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, **_location(mark.place), "message": {"text": _plain(mark.text)}}
            for number, mark in enumerate(finding.related, 1)
        ]
    if finding.regions:
        regions = [_plain(region) for region in finding.regions]
        result["properties"] = {"regions": regions, "complete": finding.complete}
    if finding.fixes:
        result["fixes"] = [_fix(fix) for fix in finding.fixes]
    if len(finding.way) > 1:
        result["codeFlows"] = [{"threadFlows": [{"locations": [_step(mark) for mark in finding.way]}]}]
    return result


def _fix(fix: Fix) -> Object:
    """One that is applied to all its files, or not at all. What is inserted is no message: it is as it is to be."""
    files = dict.fromkeys(each.place.file for each in fix.replacements)
    return {
        "description": {"text": _plain(fix.text)},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(file),
                "replacements": [
                    {"deletedRegion": _region(each.place), "insertedContent": {"text": each.text}}
                    for each in fix.replacements
                    if each.place.file == file
                ],
            }
            for file in files
        ],
    }


def _step(mark: Mark) -> Object:
    return {"location": {**_location(mark.place), "message": {"text": _plain(mark.text)}}}


def _message(finding: Finding) -> str:
    """The finding, then a link to each related place."""
    links = ", ".join(f"[{_label(mark.text)}]({number})" for number, mark in enumerate(finding.related, 1))
    return f"{_plain(finding.message)}{f' See also: {links}.' if links else ''}"


def _plain(text: str) -> str:
    """The text, in which nothing reads as a link."""
    return visible(text).replace("](", "] (")


def _label(text: str) -> str:
    return visible(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _location(place: Place) -> Object:
    return {"physicalLocation": {"artifactLocation": _artifact(place.file), "region": _region(place)}}


def _artifact(file: str) -> Object:
    return {"uri": quote(file, errors="backslashreplace")}


def _region(place: Place) -> Object:
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
