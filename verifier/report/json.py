"""The report for programs: JSON, version 1 (docs/cli.md), written out field by field."""

import json
import re
from collections.abc import Mapping, Sequence

from verifier.engine.result import CheckReport, Result, Verdict, Witness
from verifier.errors import Diagnostic, Severity
from verifier.ir.endpoint import Endpoint, Kind
from verifier.ir.labels import Labels
from verifier.ir.origin import Origin
from verifier.semantics import Leg, Step

VERSION = 1

Value = str | int | bool | None | Sequence["Value"] | Mapping[str, "Value"]

# Valid inside JSON strings, yet able to steer a terminal; json.dumps escapes those below 0x20 itself.
_CONTROLS = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def check(report: CheckReport) -> str:
    tally = report.tally()
    return _dump(
        {
            "version": VERSION,
            "command": "check",
            "universe": report.universe,
            "assumptions": list(report.assumptions),
            "notCovered": list(report.not_covered),
            "errors": [_error(d) for d in report.diagnostics if d.severity is Severity.ERROR],
            "results": [_result(result) for result in report.results],
            "summary": {str(verdict): tally[verdict] for verdict in Verdict},
        }
    )


def _dump(value: Value) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    return _CONTROLS.sub(lambda match: f"\\u{ord(match.group()):04x}", text) + "\n"


def _error(diagnostic: Diagnostic) -> Value:
    return {
        "code": diagnostic.code,
        "message": diagnostic.message,
        "file": diagnostic.file,
        "line": diagnostic.line,
        "column": diagnostic.column,
        "hint": diagnostic.hint,
    }


def _result(result: Result) -> Value:
    return {
        "property": result.property.name,
        "verdict": str(result.verdict),
        "severity": str(result.property.severity),
        "dependsOn": list(result.depends_on),
        "reason": result.reason,
        "notes": list(result.notes),
        "origin": _origin(result.property.origin),
        "witness": _witness(result.witness) if result.witness is not None else None,
        "trace": _trace(result.witness) if result.witness is not None else None,
    }


def _witness(witness: Witness) -> Value:
    return {
        "source": _endpoint(witness.source),
        "destination": _endpoint(witness.destination),
        "protocol": str(witness.protocol) if witness.protocol is not None else None,
        "port": witness.port,
        "allowed": witness.allowed,
        "hypothetical": witness.hypothetical,
        "switches": _sorted(witness.switches),
    }


def _endpoint(end: Endpoint | None) -> Value:
    if end is None:
        return None
    namespace = end.namespace
    return {
        "kind": str(Kind.POD if end.kind is Kind.HOSTPOD else end.kind),
        "namespace": namespace.name if namespace is not None else None,
        "namespaceLabels": _sorted(namespace.labels or {}) if namespace is not None else None,
        "labels": _sorted(end.labels),
        "ip": str(end.address),
        "namedPorts": [{"name": p.name, "protocol": str(p.protocol), "port": p.port} for p in end.named_ports],
        "workload": str(end.workload) if end.workload is not None else None,
    }


def _trace(witness: Witness) -> Value:
    return {"egress": _steps(witness.egress), "ingress": _steps(witness.ingress)}


def _steps(leg: Leg | None) -> Value:
    return [_step(step) for step in leg.steps] if leg is not None else []


def _step(step: Step) -> Value:
    citation = step.citation
    return {
        "stage": step.stage,
        "decision": str(step.decision),
        "policy": str(citation) if citation is not None else None,
        "rule": citation.rule if citation is not None else None,
        "origin": _origin(citation.origin) if citation is not None else None,
        "because": step.because,
    }


def _origin(origin: Origin | None) -> Value:
    if origin is None:
        return None
    position = origin.position
    return {"file": position.file, "line": position.line, "column": position.column}


def _sorted(labels: Labels) -> Value:
    return dict(sorted(labels.items()))
