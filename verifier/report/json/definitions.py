"""What the JSON reports have in common, as JSON Schemas: origins, steps, witnesses, results, regions, acceptances.

A field that is described is always there, but for those of `optional`.
"""

from verifier.engine.results.check import Verdict
from verifier.ir.network import Protocol
from verifier.ir.policy import Action, Direction
from verifier.ir.property import PropertySeverity
from verifier.report.json.shapes import (
    COUNT,
    FLAG,
    LABELS,
    LINE,
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

ORIGIN, STEP = or_null(ref("origin")), ref("step")
FLAG_OR_NULL = {"type": ["boolean", "null"]}
DIRECTION = one_of(Direction)
ERRORS, WARNINGS, PASSED_OVER = listing(ref("error")), listing(ref("warning")), listing(ref("passedOver"))
SOME_ERRORS = {**ERRORS, "minItems": 1}
WITNESS = or_null(ref("witness"))
TRACE = mapping(egress=listing(STEP), ingress=listing(STEP))
SIDES = mapping(egress=TEXTS, ingress=TEXTS)
RANGE: dict[str, Schema] = {"protocol": one_of(Protocol), "from": or_null(PORT), "to": or_null(PORT)}
_WORKLOADS = mapping(source=TEXTS, destination=TEXTS)

_END = mapping(
    kind={"type": "string", "pattern": r"^(pod|node|external)(\|(pod|node|external))*$"},
    namespaces=or_null(TEXTS),
    notNamespaces=TEXTS,
    namespaceSelector=ref("selector"),
    podSelector=ref("selector"),
    hostNetwork=FLAG_OR_NULL,
    cidrs=or_null(TEXTS),
    **{"except": TEXTS},
    ownCidrs=or_null(TEXTS),
    ownExcept=TEXTS,
    wasCidrs=or_null(TEXTS),
    wasExcept=TEXTS,
    addressOf=or_null(TEXT),
    workloads=or_null(TEXTS),
)
_CONDITIONS: dict[str, Schema] = {
    "source": _END,
    "destination": _END,
    "ports": listing(mapping(**RANGE)),
    "portNames": mapping_of(FLAG),
    "sameNamespace": FLAG_OR_NULL,
    "sameNode": FLAG_OR_NULL,
    "relation": or_null(mapping({"same": TEXT, "differs": TEXT}, ofNamespace=FLAG)),
    "unselected": listing(DIRECTION),
    "provided": listing(DIRECTION),
    "switches": LABELS,
    "supposing": mapping_of(FLAG),
}
DEFINITIONS: dict[str, Schema] = {
    "origin": mapping({"renderedBy": TEXT}, file=TEXT, line=LINE, column=LINE),
    "error": mapping(
        code=TEXT,
        message=TEXT,
        file=or_null(TEXT),
        line=or_null(LINE),
        column=or_null(LINE),
        hint=or_null(TEXT),
    ),
    "warning": mapping(
        code=TEXT,
        message=TEXT,
        origin=or_null(mapping(file=TEXT, line=or_null(LINE), column=or_null(LINE))),
    ),
    "passedOver": mapping(kind=TEXT, name=TEXT, origin=ORIGIN),
    "endpoint": mapping(
        {"serviceAccount": TEXT},
        kind={"enum": ["pod", "external", "node"]},
        hostNetwork=FLAG_OR_NULL,
        namespace=or_null(TEXT),
        namespaceLabels=or_null(LABELS),
        labels=LABELS,
        ip=TEXT,
        addressOf=or_null(TEXT),
        namedPorts=listing(mapping(name=TEXT, protocol=one_of(Protocol), port=PORT)),
        workload=or_null(TEXT),
    ),
    "step": mapping(
        stage=TEXT,
        decision=one_of(Action),
        policy=or_null(TEXT),
        rule=or_null(TEXT),
        origin=ORIGIN,
        because=TEXT,
    ),
    "witness": mapping(
        source=or_null(ref("endpoint")),
        destination=or_null(ref("endpoint")),
        protocol=or_null(one_of(Protocol)),
        port=or_null(PORT),
        allowed=FLAG,
        hypothetical=FLAG,
        switches=LABELS,
    ),
    "selector": mapping(
        {"matchExpressions": listing(mapping({"values": TEXTS}, key=TEXT, operator=TEXT))},
    ),
    "result": mapping(
        property=TEXT,
        verdict=one_of(Verdict),
        severity=one_of(PropertySeverity),
        dependsOn=TEXTS,
        reason=or_null(TEXT),
        notes=TEXTS,
        assumptions=TEXTS,
        origin=ORIGIN,
        witness=WITNESS,
        trace=or_null(TRACE),
        regions=listing(ref("region")),
        fewest=or_null(COUNT),
        complete=FLAG,
        accepted=listing(ref("acceptance")),
        counts=or_null(
            mapping(regions=COUNT, namespaces=COUNT, ofNamespaces=COUNT, workloads=or_null(COUNT), ofWorkloads=COUNT)
        ),
        repair=or_null(TEXT),
    ),
    "region": mapping(
        **_CONDITIONS,
        excluding=listing(mapping(**_CONDITIONS)),
        text=TEXT,
        witness=ref("witness"),
        because=listing(STEP),
        before=listing(STEP),
        workloads=_WORKLOADS,
        new=or_null(TEXT),
        gone=or_null(TEXT),
        since=TEXTS,
    ),
    "oneSided": mapping(
        workload=TEXT,
        reach=or_null(
            listing(
                mapping(
                    destination=_END,
                    ports=listing(mapping(**RANGE)),
                    switches=LABELS,
                    sameNode=FLAG_OR_NULL,
                    surely=FLAG,
                    text=TEXT,
                )
            )
        ),
    ),
    "acceptance": mapping(
        property=or_null(TEXT),
        flows=TEXTS,
        reason=TEXT,
        owner=TEXT,
        expires={"type": "string", "format": "date"},
        origin=ORIGIN,
    ),
}
