"""What the JSON of every command is made of: ends, steps, witnesses, diagnostics; and how it is written."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence, Set

from verifier.engine.results.witness import Witness
from verifier.errors import Diagnostic, Severity
from verifier.ir.cluster import PassedOver
from verifier.ir.endpoint import Endpoint, Kind
from verifier.ir.labels import SERVICE_ACCOUNT, Labels, Operator, Selector
from verifier.ir.network import AddressSet, blocks
from verifier.ir.origin import Origin
from verifier.ir.trace import Leg, Step
from verifier.report.words.steering import in_json
from verifier.report.words.unseen import is_seen

VERSION = 1

Value = str | int | float | bool | None | Sequence["Value"] | Mapping[str, "Value"]

_UNUSUAL = re.compile("[^\n -~]")


def dump(value: Value) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    return in_json(_UNUSUAL.sub(_escaped, text)) + "\n"


def _escaped(match: re.Match[str]) -> str:
    """A character that nobody sees as an escape, which means the same; json.dumps has done so with those below 0x20."""
    return match.group() if is_seen(match.group()) else json.dumps(match.group())[1:-1]


def errors(diagnostics: Sequence[Diagnostic]) -> Value:
    return [error_of(diagnostic) for diagnostic in diagnostics if diagnostic.severity is Severity.ERROR]


def error_of(diagnostic: Diagnostic) -> Value:
    return {
        "code": diagnostic.code,
        "message": diagnostic.message,
        "file": diagnostic.file,
        "line": diagnostic.line,
        "column": diagnostic.column,
        "hint": diagnostic.hint,
    }


def warnings(diagnostics: Sequence[Diagnostic]) -> Value:
    return [_warning(diagnostic) for diagnostic in diagnostics if diagnostic.severity is Severity.WARNING]


def _warning(diagnostic: Diagnostic) -> Value:
    """`origin` is null where it is about no file; its line and column are where it is about all of it."""
    origin = {"file": diagnostic.file, "line": diagnostic.line, "column": diagnostic.column}
    return {
        "code": diagnostic.code,
        "message": diagnostic.message,
        "origin": origin if diagnostic.file is not None else None,
    }


def passed_over(found: Iterable[PassedOver]) -> Value:
    """What decides about traffic and is not understood, each once."""
    return [{"kind": each.kind, "name": each.name, "origin": origin_of(each.origin)} for each in dict.fromkeys(found)]


def origin_of(origin: Origin | None) -> Value:
    if origin is None:
        return None
    position = origin.position
    by: Mapping[str, Value] = {"renderedBy": position.via} if position.via else {}
    return {"file": position.file, "line": position.line, "column": position.column, **by}


def witness_of(witness: Witness) -> Value:
    return {
        "source": endpoint(witness.source),
        "destination": endpoint(witness.destination),
        "protocol": str(witness.protocol) if witness.protocol is not None else None,
        "port": witness.port,
        "allowed": witness.allowed,
        "hypothetical": witness.hypothetical,
        "switches": in_order(witness.switches),
    }


def endpoint(end: Endpoint | None) -> Value:
    if end is None:
        return None
    namespace = end.namespace
    return {
        "kind": str(Kind.POD if end.kind is Kind.HOSTPOD else end.kind),
        "hostNetwork": host_network({end.kind}),
        "namespace": namespace.name if namespace is not None else None,
        "namespaceLabels": in_order(namespace.labels or {}) if namespace is not None else None,
        "labels": in_order({key: value for key, value in end.labels.items() if key != SERVICE_ACCOUNT}),
        **({"serviceAccount": end.labels[SERVICE_ACCOUNT]} if SERVICE_ACCOUNT in end.labels else {}),
        "ip": str(end.address),
        "namedPorts": [{"name": p.name, "protocol": str(p.protocol), "port": p.port} for p in end.named_ports],
        "workload": str(end.workload) if end.workload is not None else None,
        "addressOf": end.address_of,
    }


def host_network(kinds: Set[Kind]) -> bool | None:
    """Whether the pods among these have hostNetwork: true; None where some may and some not, or there are none."""
    found = {kind is Kind.HOSTPOD for kind in kinds if kind in (Kind.POD, Kind.HOSTPOD)}
    return found.pop() if len(found) == 1 else None


def steps(leg: Leg | None) -> Value:
    return [step_of(step) for step in leg.steps] if leg is not None else []


def step_of(step: Step) -> Value:
    citation = step.citation
    return {
        "stage": step.stage,
        "decision": str(step.decision),
        "policy": str(citation) if citation is not None else None,
        "rule": citation.rule if citation is not None else None,
        "origin": origin_of(citation.origin) if citation is not None else None,
        "because": step.because,
    }


def selector_of(selector: Selector) -> Value:
    """As in a manifest: `{}` selects everything."""
    return (
        {
            "matchExpressions": [
                {"key": r.key, "operator": str(r.operator), "values": sorted(r.values)}
                if r.operator not in (Operator.EXISTS, Operator.DOES_NOT_EXIST)
                else {"key": r.key, "operator": str(r.operator)}
                for r in selector
            ]
        }
        if selector.requirements
        else {}
    )


def cidrs_of(addresses: AddressSet | None) -> tuple[Value, Value]:
    """The CIDRs (null: any address) and those taken out of them."""
    if addresses is None:
        return None, []
    families = [blocks(addresses.family(version), version) for version in (4, 6)]
    return [str(c) for cidrs, _ in families for c in cidrs], [str(e) for _, excepts in families for e in excepts]


def in_order(labels: Labels) -> Value:
    return dict(sorted(labels.items()))
