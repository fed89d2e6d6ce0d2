"""The report for programs: JSON, version 1 (docs/cli.md), written out field by field."""

from collections.abc import Iterable, Iterator, Mapping

from verifier.engine.diff.outcome import diagnostics
from verifier.engine.results.check import CheckReport, Extent, Result, Verdict
from verifier.engine.results.diff import Change, Difference, GateReport, OneSided, Reach, TermChange
from verifier.engine.results.lint import LintFinding, LintReport
from verifier.engine.results.region import EndRegion, Part, Region
from verifier.engine.results.witness import Witness
from verifier.errors import Severity
from verifier.fleet.result import FleetReport
from verifier.ir.acceptance import Acceptance
from verifier.ir.endpoint import Kind
from verifier.ir.network import Intervals, Protocol
from verifier.report.json.values import (
    VERSION,
    Value,
    cidrs_of,
    dump,
    error_of,
    errors,
    host_network,
    in_order,
    origin_of,
    passed_over,
    selector_of,
    step_of,
    steps,
    warnings,
    witness_of,
)
from verifier.report.words.coverage import coverage_of
from verifier.report.words.region import line, reach
from verifier.report.words.settings import instead


def check(report: CheckReport) -> str:
    return dump(_check(report))


def diff(difference: Difference) -> str:
    return dump(_diff(difference))


def gate(report: GateReport) -> str:
    return dump(
        {
            "version": VERSION,
            "command": "gate",
            "baseName": report.base_name,
            **_common([*_parts(report), *(_parts(report.other) if report.other is not None else ())]),
            "errors": errors(diagnostics(report)),
            "warnings": warnings(diagnostics(report)),
            **_judged(report),
            "terms": {"changed": [_term(change) for change in report.terms]},
            "blocked": [error_of(diagnostic) for diagnostic in report.blocked],
            "judgedUnder": "both" if report.under is None else str(report.under),
            "otherTerms": None
            if report.other is None
            else {"judgedUnder": report.other.under, **_judged(report.other)},
        }
    )


def _parts(report: GateReport) -> tuple[CheckReport | Difference, ...]:
    return report.base, report.head, report.difference


def _common(parts: Iterable[CheckReport | Difference]) -> Mapping[str, Value]:
    """What the parts of a report assume, what they do not cover, and what they pass over, each once."""
    parts = tuple(parts)
    found = coverage_of(*parts)
    return {
        "assumptions": list(found.assumptions),
        "notCovered": [*found.not_covered, *found.unread],
        "passedOver": passed_over(each for part in reversed(parts) for each in part.passed_over),
    }


def _judged(report: GateReport) -> Mapping[str, Value]:
    """What comes of a change under the terms of one side; `judgedUnder` says of which."""
    return {
        "judgedUnder": _under(report),
        "base": {"revision": report.base_name, "commit": report.commit, **_check(report.base)},
        "head": _check(report.head),
        "diff": _diff(report.difference),
        "newlyViolated": _names(report, Change.NEWLY_VIOLATED),
        "stillViolated": _names(report, Change.STILL_VIOLATED),
        "fixed": _names(report, Change.FIXED),
        "accepted": _names(report, Change.ACCEPTED),
        "undecided": _names(report, Change.UNDECIDED),
        "gone": _names(report, Change.GONE),
        "violatedByMore": [judged.property.name for judged in report.judged if judged.more],
        "grew": report.grew,
        "turnedBy": list(report.turned_by),
        "relabelled": list(report.relabelled),
        "namespaces": {"gone": list(report.gone), "forgotten": list(report.forgotten)},
        "acceptances": {
            "used": [_acceptance(a) for judged in report.judged for a in judged.accepted],
            "growth": [_acceptance(acceptance) for acceptance in report.growth],
            "unused": [_acceptance(acceptance) for acceptance in report.unused],
            "expired": [_acceptance(acceptance) for acceptance in report.expired],
        },
    }


def _under(report: GateReport) -> str:
    """Whose terms it goes by; `both` where they are the same."""
    return "both" if report.under is None else str(report.under)


def _term(change: TermChange) -> Value:
    return {"text": change.text, "weakens": change.weakens, "origin": origin_of(change.origin)}


def fleet(report: FleetReport) -> str:
    tally = report.tally()
    return dump(
        {
            "version": VERSION,
            "command": "fleet",
            "fleet": report.name,
            **_common(each.report for each in report.clusters),
            "errors": errors(report.diagnostics),
            "warnings": warnings(report.diagnostics),
            "clusters": [
                {
                    "name": each.name,
                    "failures": [failure.message for failure in each.failures],
                    "check": _check(each.report),
                }
                for each in report.clusters
            ],
            "summary": {
                "clusters": len(report.clusters),
                "notRead": report.not_read,
                **{str(verdict): tally[verdict] for verdict in Verdict},
            },
        }
    )


def lint(report: LintReport) -> str:
    counts = {severity: sum(smell.severity is severity for smell in report.smells) for severity in Severity}
    return dump(
        {
            "version": VERSION,
            "command": "lint",
            "universe": report.universe,
            "assumptions": list(report.assumptions),
            "notCovered": list(report.not_covered),
            "errors": errors(report.diagnostics),
            "warnings": warnings(report.diagnostics),
            "passedOver": passed_over(report.passed_over),
            "rules": list(report.rules),
            "findings": [_smell(smell) for smell in report.smells],
            "silenced": [
                {**_smell(each.smell), "reason": each.silence.reason, "by": origin_of(each.silence.origin)}
                for each in report.silenced
            ],
            "summary": {str(severity): count for severity, count in counts.items()},
        }
    )


def _smell(smell: LintFinding) -> Mapping[str, Value]:
    return {
        "rule": smell.rule,
        "severity": str(smell.severity),
        "message": smell.message,
        "why": list(smell.why),
        "guess": smell.guess,
        "origin": origin_of(smell.origin),
        "policy": str(smell.about),
        "witness": witness_of(smell.witness) if smell.witness is not None else None,
        "fix": smell.fix,
    }


def _check(report: CheckReport) -> Mapping[str, Value]:
    tally = report.tally()
    return {
        "version": VERSION,
        "command": "check",
        "universe": report.universe,
        "assumptions": list(report.assumptions),
        "notCovered": list(report.not_covered),
        "errors": errors(report.diagnostics),
        "warnings": warnings(report.diagnostics),
        "passedOver": passed_over(report.passed_over),
        "results": [_result(result) for result in report.results],
        "summary": {str(verdict): tally[verdict] for verdict in Verdict},
    }


def _diff(difference: Difference) -> Value:
    return {
        "version": VERSION,
        "command": "diff",
        "universe": difference.universe,
        "relation": str(difference.relation),
        "complete": difference.complete,
        "fewest": {"added": difference.fewest_added, "removed": difference.fewest_removed},
        "dependsOn": list(difference.depends_on),
        "reason": difference.reason,
        "notes": list(difference.notes),
        "assumptions": list(difference.assumptions),
        "notCovered": list(difference.not_covered),
        "errors": errors(difference.diagnostics),
        "warnings": warnings(difference.diagnostics),
        "added": [region_of(region) for region in difference.added],
        "removed": [region_of(region) for region in difference.removed],
        "newWorkloads": [_one_sided(workload) for workload in difference.new_workloads],
        "goneWorkloads": [_one_sided(workload) for workload in difference.gone_workloads],
        "turnedWorkloads": [str(workload) for workload in difference.turned_workloads],
        "settings": _settings(difference),
        "passedOver": passed_over(difference.passed_over),
    }


def _settings(difference: Difference) -> Value:
    """What either side is judged under, where each has a setting of its own."""
    settings = difference.settings
    if settings is None:
        return None
    better = dict(instead(difference))
    return {
        "old": settings.old,
        "new": settings.new,
        "switches": [
            {
                "switch": apart.switch,
                "old": apart.old,
                "new": apart.new,
                "oldSource": apart.old_source,
                "newSource": apart.new_source,
                "instead": better.get(apart.switch),
            }
            for apart in settings.apart
        ],
    }


def _names(report: GateReport, change: Change) -> Value:
    return [judged.property.name for judged in report.judged if judged.change is change]


def _acceptance(acceptance: Acceptance) -> Value:
    return {
        "property": acceptance.property,
        "flows": [flow.text for flow in acceptance.flows],
        "reason": acceptance.reason,
        "owner": acceptance.owner,
        "expires": acceptance.expires.isoformat(),
        "origin": origin_of(acceptance.origin),
    }


def _one_sided(workload: OneSided) -> Value:
    return {
        "workload": str(workload),
        "reach": None if workload.reach is None else [_reach(each) for each in workload.reach],
    }


def _reach(each: Reach) -> Value:
    return {
        "destination": _end_region(each.destination),
        "ports": list(_ports(each.ports)),
        "switches": in_order(each.switches),
        "sameNode": each.same_node,
        "surely": each.sure,
        "text": reach(each, str),
    }


def _ports(ports: Mapping[Protocol, Intervals]) -> Iterator[Value]:
    for protocol in Protocol:
        if protocol in ports:
            spans = ports[protocol] if protocol is not Protocol.OTHER else ((None, None),)
            yield from ({"protocol": str(protocol), "from": low, "to": high} for low, high in spans)


def region_of(region: Region) -> Value:
    return {
        **_conditions(region),
        "excluding": [_conditions(part) for part in region.excluding],
        "text": line(region),
        "witness": witness_of(region.witness),
        "because": [step_of(step) for step in region.after],
        "before": [step_of(step) for step in region.before],
        "workloads": {
            "source": [str(workload) for workload in region.sources],
            "destination": [str(workload) for workload in region.destinations],
        },
        "new": ", ".join(map(str, region.new)) or None,
        "gone": ", ".join(map(str, region.gone)) or None,
        "since": list(region.since),
    }


def _conditions(region: Region | Part) -> Mapping[str, Value]:
    """What its connections meet."""
    return {
        "source": _end_region(region.source),
        "destination": _end_region(region.destination),
        "ports": list(_ports(region.ports)),
        "portNames": dict(sorted(region.port_names.items())),
        "sameNamespace": region.same_namespace,
        "sameNode": region.same_node,
        "relation": _relation(region),
        "unselected": sorted(region.unselected),
        "provided": sorted(region.provided),
        "switches": in_order(region.switches),
        "supposing": dict(sorted(region.supposing.items())),
    }


def _relation(region: Region | Part) -> Value:
    """What its ends have to do with each other's labels: null, or nothing but `same` or `differs`, a key."""
    for (key, of_namespace), same in region.same_labels.items():
        return {"same" if same else "differs": key, "ofNamespace": of_namespace}
    return None


def _end_region(end: EndRegion) -> Value:
    kinds = sorted({Kind.POD if kind is Kind.HOSTPOD else kind for kind in end.kinds}, key=list(Kind).index)
    cidrs, excepts = cidrs_of(end.addresses)
    own, own_excepts = cidrs_of(end.own)
    was, was_excepts = cidrs_of(end.was)
    return {
        "kind": "|".join(kinds),
        "namespaces": sorted(end.namespaces) if end.namespaces is not None else None,
        "notNamespaces": sorted(end.not_namespaces),
        "namespaceSelector": selector_of(end.namespace_selector),
        "podSelector": selector_of(end.pod_selector),
        "hostNetwork": host_network(end.kinds),
        "cidrs": cidrs,
        "except": excepts,
        "ownCidrs": own,
        "ownExcept": own_excepts,
        "wasCidrs": was,
        "wasExcept": was_excepts,
        "addressOf": end.address_of,
        "workloads": sorted(end.workloads) if end.workloads is not None else None,
    }


def _result(result: Result) -> Value:
    return {
        "property": result.property.name,
        "verdict": str(result.verdict),
        "severity": str(result.property.severity),
        "dependsOn": list(result.depends_on),
        "reason": result.reason,
        "notes": list(result.notes),
        "assumptions": list(result.assumptions),
        "origin": origin_of(result.property.origin),
        "witness": witness_of(result.witness) if result.witness is not None else None,
        "trace": _trace(result.witness) if result.witness is not None else None,
        "regions": [region_of(region) for region in result.regions],
        "complete": result.complete,
        "fewest": result.fewest,
        "counts": _counts(result, result.extent) if result.extent is not None else None,
        "accepted": [_acceptance(acceptance) for acceptance in result.accepted],
        "repair": result.repair or None,
    }


def _counts(result: Result, extent: Extent) -> Value:
    """How much breaks it, and how much of today's cluster."""
    return {
        "regions": len(result.regions),
        "namespaces": extent.namespaces.count,
        "ofNamespaces": extent.namespaces.of,
        "workloads": extent.workloads.count,
        "ofWorkloads": extent.workloads.of,
    }


def _trace(witness: Witness) -> Value:
    return {"egress": steps(witness.egress), "ingress": steps(witness.ingress)}
