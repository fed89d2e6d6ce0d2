"""The report of `coverage` for programs: JSON, version 1 (docs/coverage.md), written out field by field."""

from collections.abc import Mapping

from verifier.engine.results.coverage import CoverageReport, Effect, Fate, Judged, OfPolicy, OfProperty
from verifier.report.json.run import region_of
from verifier.report.json.values import VERSION, Value, dump, errors, origin_of, passed_over, warnings
from verifier.report.words.edits import headline


def coverage(report: CoverageReport) -> str:
    return dump(
        {
            "version": VERSION,
            "command": "coverage",
            "universe": report.universe,
            "assumptions": list(report.assumptions),
            "notCovered": list(report.not_covered),
            "errors": errors(report.diagnostics),
            "warnings": warnings(report.diagnostics),
            "passedOver": passed_over(report.passed_over),
            "since": report.since,
            "mutants": report.edits,
            "noticed": report.count(Fate.NOTICED),
            "undecided": report.count(Fate.UNDECIDED),
            "equivalent": report.count(Fate.EQUIVALENT),
            "share": _number(report.share),
            "failUnder": _number(report.fail_under),
            "fails": report.fails,
            "text": headline(report),
            "policies": [_policy(each) for each in report.policies],
            "properties": [_property(each) for each in report.properties],
            "unnoticed": [_edit(each) for each in report.of(Fate.UNNOTICED)],
            "undecidedEdits": [_edit(each) for each in report.of(Fate.UNDECIDED)],
            "noticedEdits": [{**_made(each), "by": list(each.by)} for each in report.of(Fate.NOTICED)],
            "proposals": [{"property": each.text, "more": each.more} for each in report.proposals],
        }
    )


def _number(share: float | None) -> float | None:
    """A percentage with two digits, never larger than it is."""
    return None if share is None else int(share * 100) / 100


def _policy(each: OfPolicy) -> Value:
    return {
        "policy": str(each.policy),
        "origin": origin_of(each.policy.origin),
        "mutants": each.edits - each.equivalent,
        "noticed": each.noticed,
        "undecided": each.undecided,
        "equivalent": each.equivalent,
    }


def _property(each: OfProperty) -> Value:
    return {
        "property": each.property.name,
        "verdict": str(each.verdict),
        "origin": origin_of(each.property.origin),
        "noticed": each.noticed,
        "alone": each.alone,
    }


def _made(each: Judged) -> Mapping[str, Value]:
    return {
        "change": each.edit.text,
        "sort": each.edit.sort.name.lower(),
        "policy": str(each.edit.policy),
        "origin": origin_of(each.edit.origin),
    }


def _edit(each: Judged) -> Value:
    return {
        **_made(each),
        "effect": None if each.effect is None else region_of(each.effect.region),
        "opens": None if each.effect is None else _opens(each.effect),
        "complete": None if each.effect is None else each.effect.is_whole,
        "suggestion": each.suggestion,
    }


def _opens(effect: Effect) -> str:
    if effect.both:
        return "opens and closes"
    return "opens" if effect.opens else "closes"
