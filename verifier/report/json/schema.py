"""The JSON Schemas of what `-o json` writes, version 1: new fields may come, none goes.

One description of every report, beside the files that write them. A field that is described is always there, but for
those of `optional`; what else is there a reader passes over.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from verifier.engine.results.check import Verdict
from verifier.engine.results.diff import Relation, TermsOf
from verifier.errors import Severity
from verifier.ir.mutant import Sort
from verifier.ir.network import Protocol
from verifier.ir.property import PropertySeverity
from verifier.report.json.definitions import (
    DEFINITIONS,
    DIRECTION,
    ERRORS,
    FLAG_OR_NULL,
    ORIGIN,
    PASSED_OVER,
    RANGE,
    SIDES,
    SOME_ERRORS,
    TRACE,
    WARNINGS,
    WITNESS,
)
from verifier.report.json.shapes import (
    COUNT,
    FLAG,
    NONE,
    NULL,
    PORT,
    TEXT,
    TEXTS,
    Schema,
    listing,
    mapping,
    mapping_of,
    one_of,
    or_null,
    ref,
)
from verifier.report.json.values import VERSION


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


def _report(command: str, **fields: Schema) -> dict[str, Any]:
    return mapping(version={"const": VERSION}, command={"const": command}, **fields)


def _counts(words: Iterable[str]) -> dict[str, Schema]:
    return {str(word): COUNT for word in words}


# check, diff and gate


_SAID: dict[str, Schema] = {
    "assumptions": TEXTS,
    "notCovered": TEXTS,
    "errors": ERRORS,
    "warnings": WARNINGS,
    "passedOver": PASSED_OVER,
}
_CHECK: dict[str, Schema] = {
    "version": {"const": VERSION},
    "command": {"const": "check"},
    "universe": TEXT,
    **_SAID,
    "results": listing(ref("result")),
    "summary": mapping(**_counts(Verdict)),
}
_DIFF = _report(
    "diff",
    universe=TEXT,
    relation=one_of(Relation),
    complete=FLAG,
    fewest=mapping(added=or_null(COUNT), removed=or_null(COUNT)),
    dependsOn=TEXTS,
    reason=or_null(TEXT),
    notes=TEXTS,
    **_SAID,
    added=listing(ref("region")),
    removed=listing(ref("region")),
    newWorkloads=listing(ref("oneSided")),
    goneWorkloads=listing(ref("oneSided")),
    turnedWorkloads=TEXTS,
    settings=or_null(
        mapping(
            old=TEXT,
            new=TEXT,
            switches=listing(
                mapping(
                    switch=TEXT,
                    old=TEXT,
                    new=TEXT,
                    oldSource=or_null(TEXT),
                    newSource=or_null(TEXT),
                    instead=or_null(TEXT),
                )
            ),
        )
    ),
)
_JUDGED_UNDER = {"enum": [*map(str, TermsOf), "both"]}
_JUDGED: dict[str, Schema] = {
    "judgedUnder": _JUDGED_UNDER,
    "base": mapping(revision=TEXT, commit=TEXT, **_CHECK),
    "head": ref("check"),
    "diff": ref("diff"),
    **dict.fromkeys(("newlyViolated", "stillViolated", "fixed", "accepted", "undecided", "gone"), TEXTS),
    "violatedByMore": TEXTS,
    "grew": FLAG,
    "turnedBy": TEXTS,
    "relabelled": TEXTS,
    "namespaces": mapping(gone=TEXTS, forgotten=TEXTS),
    "acceptances": mapping(**dict.fromkeys(("used", "growth", "unused", "expired"), listing(ref("acceptance")))),
}
_GATE = _report(
    "gate",
    baseName=TEXT,
    **_SAID,
    **_JUDGED,
    terms=mapping(changed=listing(mapping(text=TEXT, weakens=FLAG, origin=ORIGIN))),
    blocked=ERRORS,
    otherTerms=or_null(mapping(**_JUDGED)),
)
_FLEET = _report(
    "fleet",
    fleet=TEXT,
    **_SAID,
    clusters=listing(mapping(name=TEXT, failures=TEXTS, check=ref("check"))),
    summary=mapping(clusters=COUNT, notRead=COUNT, **_counts(Verdict)),
)


# lint


_FINDING: dict[str, Schema] = {
    "rule": TEXT,
    "severity": one_of(Severity),
    "message": TEXT,
    "why": TEXTS,
    "guess": FLAG,
    "origin": ORIGIN,
    "policy": TEXT,
    "witness": WITNESS,
    "fix": or_null(TEXT),
}
_LINT = _report(
    "lint",
    universe=TEXT,
    **_SAID,
    rules=TEXTS,
    findings=listing(mapping(**_FINDING)),
    silenced=listing(mapping(**_FINDING, reason=TEXT, by=ORIGIN)),
    summary=mapping(**_counts(Severity)),
)


# coverage


_PERCENT: Schema = {"type": "number", "minimum": 0, "maximum": 100}
_SORT: Schema = {"enum": [sort.name.lower() for sort in Sort]}
_EDIT: dict[str, Schema] = {"change": TEXT, "sort": _SORT, "policy": TEXT, "origin": ORIGIN}
_JUDGED_EDIT = mapping(
    **_EDIT,
    effect=or_null(ref("region")),
    opens={"enum": ["opens", "closes", "opens and closes", None]},
    complete=FLAG_OR_NULL,
    suggestion=or_null(TEXT),
)
_EDITS: dict[str, Schema] = dict.fromkeys(("mutants", "noticed", "undecided", "equivalent"), COUNT)
_COVERAGE = _report(
    "coverage",
    universe=TEXT,
    **_SAID,
    since=or_null(TEXT),
    **_EDITS,
    share=or_null(_PERCENT),
    failUnder=or_null(_PERCENT),
    fails=FLAG,
    text=TEXT,
    policies=listing(mapping(policy=TEXT, origin=ORIGIN, **_EDITS)),
    properties=listing(mapping(property=TEXT, verdict=one_of(Verdict), origin=ORIGIN, noticed=COUNT, alone=COUNT)),
    unnoticed=listing(_JUDGED_EDIT),
    undecidedEdits=listing(_JUDGED_EDIT),
    noticedEdits=listing(mapping(**_EDIT, by=TEXTS)),
    proposals=listing(mapping(property=TEXT, more=COUNT)),
)


# map and explain, whose reports are shorter where the input is at fault


_MEMBER: dict[str, Schema] = {
    "namespace": or_null(TEXT),
    "declared": FLAG_OR_NULL,
    "which": {"enum": ["one", "another", None]},
    "namespaceSelector": or_null(ref("selector")),
    "podSelector": or_null(ref("selector")),
    "podSelectorsNot": or_null(listing(ref("selector"))),
    "hostNetwork": FLAG_OR_NULL,
    "cidrs": or_null(TEXTS),
    "except": or_null(TEXTS),
    "workloads": TEXTS,
}
_NODE = mapping(
    **_MEMBER,
    kind={"enum": ["workload", "class", "external", "node"]},
    workload=or_null(TEXT),
    services=listing(mapping(service=TEXT, port=TEXT, targetPort=PORT)),
    isolated=listing(DIRECTION),
    members=listing(mapping(**_MEMBER)),
)
_LINK = mapping(
    source=ref("node"),
    destination=ref("node"),
    ports=listing(mapping({"name": TEXT}, **RANGE)),
    notNamed=listing(mapping(**RANGE, name=TEXT)),
    surely=FLAG,
    when=TEXT,
    switches=mapping_of(TEXTS),
)
_DRAWN: dict[str, Schema] = {**_SAID, "complete": FLAG}
_MAP = _report(
    "map",
    universe=TEXT,
    dependsOn=TEXTS,
    **_DRAWN,
    kinds=listing(mapping(drawn=TEXTS, namespaces=TEXTS)),
    nodes=listing(ref("node")),
    connections=listing(_LINK),
)
_NO_MAP = _report("map", universe=TEXT, **{**_DRAWN, "errors": SOME_ERRORS}, kinds=NONE, nodes=NONE, connections=NONE)

_NEAR_MISS = mapping(
    direction=DIRECTION,
    policy=TEXT,
    rule=or_null(TEXT),
    selects=FLAG,
    because=TEXT,
    hint=or_null(TEXT),
    origin=ORIGIN,
)
_ANSWER: dict[str, Schema] = {
    "allowed": FLAG_OR_NULL,
    "source": ref("endpoint"),
    "destination": ref("endpoint"),
    "trace": TRACE,
    "nearMisses": listing(_NEAR_MISS),
}
_EXPLAIN = _report(
    "explain",
    universe=TEXT,
    connection=TEXT,
    dependsOn=TEXTS,
    unknowns=TEXTS,
    protocol=one_of(Protocol),
    port=or_null(PORT),
    **_ANSWER,
    outcomes=listing(mapping(allowed=FLAG_OR_NULL, switches=mapping_of(TEXTS), when=TEXT)),
    cases=listing(mapping(when=TEXT, **_ANSWER, selecting=SIDES, otherwise=TRACE)),
    notes=TEXTS,
    **_SAID,
)
_NO_ANSWER = _report(
    "explain",
    universe=TEXT,
    connection=NULL,
    allowed=NULL,
    dependsOn=NONE,
    unknowns=NONE,
    trace=NULL,
    assumptions=NONE,
    notCovered=NONE,
    errors=SOME_ERRORS,
    warnings=WARNINGS,
    passedOver=NONE,
)


_REPAIR: dict[str, Schema] = {
    "how": TEXTS,
    "cost": or_null(COUNT),
    "edits": listing(mapping(origin=ORIGIN, before=or_null(TEXT), after=TEXT)),
    "patch": TEXT,
    "closes": listing(ref("region")),
    "opens": listing(ref("region")),
    "complete": FLAG,
    "proved": TEXTS,
    "buildsOn": TEXTS,
}
_FIX = _report(
    "fix",
    universe=TEXT,
    repairs=listing(
        mapping(
            property=TEXT,
            severity=one_of(PropertySeverity),
            holds=FLAG,
            repaired=FLAG,
            repairedWith=TEXTS,
            reason=or_null(TEXT),
            undecided=FLAG,
            byHand=TEXTS,
            **_REPAIR,
            alternatives=listing(mapping(**_REPAIR)),
        )
    ),
    patch=TEXT,
    files=TEXTS,
    applied=FLAG,
    **_SAID,
)


_DEFS: dict[str, Schema] = {**DEFINITIONS, "node": _NODE, "check": mapping(**_CHECK), "diff": _DIFF}
_REPORTS: dict[str, Schema] = {
    "check": mapping(**_CHECK),
    "diff": _DIFF,
    "gate": _GATE,
    "fix": _FIX,
    "fleet": _FLEET,
    "lint": _LINT,
    "coverage": _COVERAGE,
    "explain": {"anyOf": [_EXPLAIN, _NO_ANSWER]},
    "map": {"anyOf": [_MAP, _NO_MAP]},
}
COMMANDS = tuple(_REPORTS)
"""The commands that write JSON."""
