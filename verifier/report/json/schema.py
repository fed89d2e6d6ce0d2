"""The JSON Schemas of what `-o json` writes, version 1: new fields may come, none goes.

One description of every report, beside the files that write them. A field that is described is always there, but for
those of `optional`; what else is there a reader passes over.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from verifier.engine.results.check import Verdict
from verifier.engine.results.diff import Relation, TermsOf
from verifier.errors import Severity
from verifier.ir.network import Protocol
from verifier.ir.policy import Action, Direction
from verifier.ir.property import PropertySeverity
from verifier.report.json.values import VERSION

Schema = Mapping[str, Any]


def report_schema(command: str) -> dict[str, Any]:
    """The schema of the JSON report of `command`, one of those in `COMMANDS`; without `$schema`."""
    report = {"description": f"The JSON report of netpol {command}.", **_REPORTS[command]}
    return {**report, "$defs": {name: _DEFS[name] for name in _DEFS if name in _mentioned(report)}}


def _mentioned(node: Any) -> set[str]:
    """The definitions that a schema refers to, and those that these refer to."""
    found: set[str] = set()
    left = list(_references(node))
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += _references(_DEFS[name])
    return found


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if "$ref" in node:
            yield node["$ref"].rpartition("/")[2]
        for item in node.values():
            yield from _references(item)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)


# The parts of a schema


def _object(optional: Schema | None = None, /, **fields: Schema) -> dict[str, Any]:
    """A mapping with at least these fields, and perhaps the optional ones."""
    return {"type": "object", "properties": {**fields, **(optional or {})}, "required": list(fields)}


def _list(item: Schema) -> dict[str, Any]:
    return {"type": "array", "items": item}


def _map(value: Schema) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": value}


def _or_null(item: Schema) -> dict[str, Any]:
    return {"anyOf": [item, _NULL]}


def _one_of(words: type[StrEnum]) -> dict[str, Any]:
    return {"enum": [str(word) for word in words]}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _report(command: str, **fields: Schema) -> dict[str, Any]:
    return _object(version={"const": VERSION}, command={"const": command}, **fields)


def _counts(words: Iterable[str]) -> dict[str, Schema]:
    return {str(word): _COUNT for word in words}


_NULL = {"type": "null"}
_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_COUNT = {"type": "integer", "minimum": 0}
_LINE = {"type": "integer", "minimum": 1}
_PORT = {"type": "integer", "minimum": 1, "maximum": 65535}
_TEXTS = _list(_TEXT)
_LABELS = _map(_TEXT)
_NONE: Schema = {"type": "array", "maxItems": 0}
_ORIGIN, _STEP = _or_null(_ref("origin")), _ref("step")
_FLAG_OR_NULL = {"type": ["boolean", "null"]}
_DIRECTION = _one_of(Direction)
_ERRORS, _WARNINGS, _PASSED_OVER = _list(_ref("error")), _list(_ref("warning")), _list(_ref("passedOver"))
_SOME_ERRORS = {**_ERRORS, "minItems": 1}
_WITNESS = _or_null(_ref("witness"))
_TRACE = _object(egress=_list(_STEP), ingress=_list(_STEP))
_SIDES = _object(egress=_TEXTS, ingress=_TEXTS)
_RANGE: dict[str, Schema] = {"protocol": _one_of(Protocol), "from": _or_null(_PORT), "to": _or_null(_PORT)}
_WORKLOADS = _object(source=_TEXTS, destination=_TEXTS)


# check, diff and gate


_SAID: dict[str, Schema] = {
    "assumptions": _TEXTS,
    "notCovered": _TEXTS,
    "errors": _ERRORS,
    "warnings": _WARNINGS,
    "passedOver": _PASSED_OVER,
}
_CHECK: dict[str, Schema] = {
    "version": {"const": VERSION},
    "command": {"const": "check"},
    "universe": _TEXT,
    **_SAID,
    "results": _list(_ref("result")),
    "summary": _object(**_counts(Verdict)),
}
_DIFF = _report(
    "diff",
    universe=_TEXT,
    relation=_one_of(Relation),
    complete=_FLAG,
    dependsOn=_TEXTS,
    reason=_or_null(_TEXT),
    notes=_TEXTS,
    **_SAID,
    added=_list(_ref("region")),
    removed=_list(_ref("region")),
    newWorkloads=_list(_ref("oneSided")),
    goneWorkloads=_list(_ref("oneSided")),
    turnedWorkloads=_TEXTS,
)
_JUDGED_UNDER = {"enum": [*map(str, TermsOf), "both"]}
_JUDGED: dict[str, Schema] = {
    "judgedUnder": _JUDGED_UNDER,
    "base": _object(revision=_TEXT, commit=_TEXT, **_CHECK),
    "head": _ref("check"),
    "diff": _ref("diff"),
    **dict.fromkeys(("newlyViolated", "stillViolated", "fixed", "accepted", "undecided", "gone"), _TEXTS),
    "grew": _FLAG,
    "turnedBy": _TEXTS,
    "relabelled": _TEXTS,
    "namespaces": _object(gone=_TEXTS, forgotten=_TEXTS),
    "acceptances": _object(**dict.fromkeys(("used", "growth", "unused", "expired"), _list(_ref("acceptance")))),
}
_GATE = _report(
    "gate",
    baseName=_TEXT,
    **_SAID,
    **_JUDGED,
    terms=_object(changed=_list(_object(text=_TEXT, weakens=_FLAG, origin=_ORIGIN))),
    blocked=_ERRORS,
    otherTerms=_or_null(_object(**_JUDGED)),
)
_FLEET = _report(
    "fleet",
    fleet=_TEXT,
    **_SAID,
    clusters=_list(_object(name=_TEXT, failures=_TEXTS, check=_ref("check"))),
    summary=_object(clusters=_COUNT, notRead=_COUNT, **_counts(Verdict)),
)


# lint


_FINDING: dict[str, Schema] = {
    "rule": _TEXT,
    "severity": _one_of(Severity),
    "message": _TEXT,
    "why": _TEXTS,
    "guess": _FLAG,
    "origin": _ORIGIN,
    "policy": _TEXT,
    "witness": _WITNESS,
    "fix": _or_null(_TEXT),
}
_LINT = _report(
    "lint",
    universe=_TEXT,
    **_SAID,
    rules=_TEXTS,
    findings=_list(_object(**_FINDING)),
    silenced=_list(_object(**_FINDING, reason=_TEXT, by=_ORIGIN)),
    summary=_object(**_counts(Severity)),
)


# map and explain, whose reports are shorter where the input is at fault


_MEMBER: dict[str, Schema] = {
    "namespace": _or_null(_TEXT),
    "declared": _FLAG_OR_NULL,
    "which": {"enum": ["one", "another", None]},
    "namespaceSelector": _or_null(_ref("selector")),
    "podSelector": _or_null(_ref("selector")),
    "podSelectorsNot": _or_null(_list(_ref("selector"))),
    "hostNetwork": _FLAG_OR_NULL,
    "cidrs": _or_null(_TEXTS),
    "except": _or_null(_TEXTS),
    "workloads": _TEXTS,
}
_NODE = _object(
    **_MEMBER,
    kind={"enum": ["workload", "class", "external", "node"]},
    workload=_or_null(_TEXT),
    services=_list(_object(service=_TEXT, port=_TEXT, targetPort=_PORT)),
    isolated=_list(_DIRECTION),
    members=_list(_object(**_MEMBER)),
)
_LINK = _object(
    source=_ref("node"),
    destination=_ref("node"),
    ports=_list(_object({"name": _TEXT}, **_RANGE)),
    notNamed=_list(_object(**_RANGE, name=_TEXT)),
    surely=_FLAG,
    when=_TEXT,
    switches=_map(_TEXTS),
)
_MAP = _report("map", universe=_TEXT, dependsOn=_TEXTS, **_SAID, nodes=_list(_ref("node")), connections=_list(_LINK))
_NO_MAP = _report("map", universe=_TEXT, **{**_SAID, "errors": _SOME_ERRORS}, nodes=_NONE, connections=_NONE)

_NEAR_MISS = _object(
    direction=_DIRECTION,
    policy=_TEXT,
    rule=_or_null(_TEXT),
    selects=_FLAG,
    because=_TEXT,
    hint=_or_null(_TEXT),
    origin=_ORIGIN,
)
_ANSWER: dict[str, Schema] = {
    "allowed": _FLAG_OR_NULL,
    "source": _ref("endpoint"),
    "destination": _ref("endpoint"),
    "trace": _TRACE,
    "nearMisses": _list(_NEAR_MISS),
}
_EXPLAIN = _report(
    "explain",
    universe=_TEXT,
    connection=_TEXT,
    dependsOn=_TEXTS,
    unknowns=_TEXTS,
    protocol=_one_of(Protocol),
    port=_or_null(_PORT),
    **_ANSWER,
    outcomes=_list(_object(allowed=_FLAG_OR_NULL, switches=_map(_TEXTS), when=_TEXT)),
    cases=_list(_object(when=_TEXT, **_ANSWER, selecting=_SIDES, otherwise=_TRACE)),
    notes=_TEXTS,
    **_SAID,
)
_NO_ANSWER = _report(
    "explain",
    universe=_TEXT,
    connection=_NULL,
    allowed=_NULL,
    dependsOn=_NONE,
    unknowns=_NONE,
    trace=_NULL,
    assumptions=_NONE,
    notCovered=_NONE,
    errors=_SOME_ERRORS,
    warnings=_WARNINGS,
    passedOver=_NONE,
)


# What reports have in common


_END = _object(
    kind={"type": "string", "pattern": r"^(pod|node|external)(\|(pod|node|external))*$"},
    namespaces=_or_null(_TEXTS),
    notNamespaces=_TEXTS,
    namespaceSelector=_ref("selector"),
    podSelector=_ref("selector"),
    hostNetwork=_FLAG_OR_NULL,
    cidrs=_or_null(_TEXTS),
    **{"except": _TEXTS},
    ownCidrs=_or_null(_TEXTS),
    ownExcept=_TEXTS,
    wasCidrs=_or_null(_TEXTS),
    wasExcept=_TEXTS,
    addressOf=_or_null(_TEXT),
    workloads=_or_null(_TEXTS),
)
_CONDITIONS: dict[str, Schema] = {
    "source": _END,
    "destination": _END,
    "ports": _list(_object(**_RANGE)),
    "portNames": _map(_FLAG),
    "sameNamespace": _FLAG_OR_NULL,
    "sameNode": _FLAG_OR_NULL,
    "provided": _list(_DIRECTION),
    "switches": _LABELS,
    "supposing": _map(_FLAG),
}
_DEFS: dict[str, Schema] = {
    "origin": _object(file=_TEXT, line=_LINE, column=_LINE),
    "error": _object(
        code=_TEXT,
        message=_TEXT,
        file=_or_null(_TEXT),
        line=_or_null(_LINE),
        column=_or_null(_LINE),
        hint=_or_null(_TEXT),
    ),
    "warning": _object(
        code=_TEXT,
        message=_TEXT,
        origin=_or_null(_object(file=_TEXT, line=_or_null(_LINE), column=_or_null(_LINE))),
    ),
    "passedOver": _object(kind=_TEXT, name=_TEXT, origin=_ORIGIN),
    "endpoint": _object(
        kind={"enum": ["pod", "external", "node"]},
        hostNetwork=_FLAG_OR_NULL,
        namespace=_or_null(_TEXT),
        namespaceLabels=_or_null(_LABELS),
        labels=_LABELS,
        ip=_TEXT,
        addressOf=_or_null(_TEXT),
        namedPorts=_list(_object(name=_TEXT, protocol=_one_of(Protocol), port=_PORT)),
        workload=_or_null(_TEXT),
    ),
    "step": _object(
        stage=_TEXT,
        decision=_one_of(Action),
        policy=_or_null(_TEXT),
        rule=_or_null(_TEXT),
        origin=_ORIGIN,
        because=_TEXT,
    ),
    "witness": _object(
        source=_or_null(_ref("endpoint")),
        destination=_or_null(_ref("endpoint")),
        protocol=_or_null(_one_of(Protocol)),
        port=_or_null(_PORT),
        allowed=_FLAG,
        hypothetical=_FLAG,
        switches=_LABELS,
    ),
    "selector": _object(
        {"matchExpressions": _list(_object({"values": _TEXTS}, key=_TEXT, operator=_TEXT))},
    ),
    "result": _object(
        property=_TEXT,
        verdict=_one_of(Verdict),
        severity=_one_of(PropertySeverity),
        dependsOn=_TEXTS,
        reason=_or_null(_TEXT),
        notes=_TEXTS,
        assumptions=_TEXTS,
        origin=_ORIGIN,
        witness=_WITNESS,
        trace=_or_null(_TRACE),
        counts=_or_null(
            _object(namespaces=_COUNT, ofNamespaces=_COUNT, workloads=_or_null(_COUNT), ofWorkloads=_COUNT)
        ),
    ),
    "region": _object(
        **_CONDITIONS,
        excluding=_list(_object(**_CONDITIONS)),
        text=_TEXT,
        witness=_ref("witness"),
        because=_list(_STEP),
        before=_list(_STEP),
        workloads=_WORKLOADS,
        new=_or_null(_TEXT),
        gone=_or_null(_TEXT),
    ),
    "oneSided": _object(
        workload=_TEXT,
        reach=_or_null(
            _list(
                _object(
                    destination=_END,
                    ports=_list(_object(**_RANGE)),
                    switches=_LABELS,
                    sameNode=_FLAG_OR_NULL,
                    surely=_FLAG,
                    text=_TEXT,
                )
            )
        ),
    ),
    "acceptance": _object(
        property=_or_null(_TEXT),
        flows=_TEXTS,
        reason=_TEXT,
        owner=_TEXT,
        expires={"type": "string", "format": "date"},
        origin=_ORIGIN,
    ),
    "node": _NODE,
    "check": _object(**_CHECK),
    "diff": _DIFF,
}
_REPORTS: dict[str, Schema] = {
    "check": _object(**_CHECK),
    "diff": _DIFF,
    "gate": _GATE,
    "fleet": _FLEET,
    "lint": _LINT,
    "explain": {"anyOf": [_EXPLAIN, _NO_ANSWER]},
    "map": {"anyOf": [_MAP, _NO_MAP]},
}
COMMANDS = tuple(_REPORTS)
"""The commands that write JSON."""
