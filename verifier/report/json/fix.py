"""The repairs for programs: JSON, version 1 (docs/fix.md), written out field by field."""

from collections.abc import Mapping

from verifier.mending.hunks import Hunk, hunks
from verifier.mending.result import FixReport, Outcome, Repair
from verifier.report.json.run import region_of
from verifier.report.json.values import VERSION, Value, dump, errors, passed_over, warnings
from verifier.report.text.fix import patch, patch_of


def fix(report: FixReport) -> str:
    return dump(
        {
            "version": VERSION,
            "command": "fix",
            "universe": report.universe,
            "repairs": [_outcome(outcome) for outcome in report.outcomes],
            "patch": patch(report),
            "files": [change.file for change in report.changes],
            "applied": report.applied,
            "assumptions": list(report.assumptions),
            "notCovered": list(report.not_covered),
            "errors": errors(report.diagnostics),
            "warnings": warnings(report.diagnostics),
            "passedOver": passed_over(report.passed_over),
        }
    )


def _outcome(outcome: Outcome) -> Value:
    """With the cheapest repair, where there is one."""
    repairs = [_repair(repair) for repair in outcome.repairs()]
    return {
        "property": outcome.property.name,
        "severity": str(outcome.property.severity),
        "holds": outcome.holds,
        "repaired": bool(repairs),
        "repairedWith": list(outcome.repaired_with),
        "reason": outcome.why or None,
        "undecided": outcome.undecided,
        "byHand": list(outcome.places),
        **(repairs[0] if repairs else _NONE),
        "alternatives": repairs[1:],
    }


_NONE: Mapping[str, Value] = {
    **dict.fromkeys(("how", "edits", "closes", "opens", "proved", "buildsOn"), ()),
    "cost": None,
    "patch": "",
    "complete": True,
}
"""Where there is no repair."""


def _repair(repair: Repair) -> Mapping[str, Value]:
    return {
        "how": list(repair.edits),
        "cost": repair.cost,
        "edits": [_edit(hunk) for change in repair.changes for hunk in hunks(change)],
        "patch": patch_of(repair.changes),
        "closes": [region_of(region) for region in repair.difference.removed],
        "opens": [region_of(region) for region in repair.difference.added],
        "complete": repair.difference.complete,
        "proved": list(repair.proved),
        "buildsOn": list(repair.builds_on),
    }


def _edit(hunk: Hunk) -> Value:
    """Lines of a file as it is, and what is to stand in their place; a file that there is not yet has none."""
    return {
        "origin": {"file": hunk.file, "line": hunk.line, "column": 1},
        "before": None if hunk.is_new else hunk.before,
        "after": hunk.after,
    }
