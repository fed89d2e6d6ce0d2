"""Hand-made comparisons and gates, and runs of each kind, without a solver."""

from datetime import date
from ipaddress import ip_address

from tests.report.samples import (
    ACCEPTED,
    ADMITTED,
    API,
    OPS,
    PAGE,
    PROVED,
    REFUSED,
    SERVER,
    SHOP,
    UNKNOWN,
    VACUOUS,
    VIOLATED,
    leak,
    report,
)
from verifier.engine.results.check import CheckReport, Verdict
from verifier.engine.results.diff import Change, Difference, GateReport, Judged, OneSided, Reach, Relation
from verifier.engine.results.region import EndRegion, Region
from verifier.errors import Diagnostic, Severity
from verifier.ir.acceptance import Acceptance, Flow
from verifier.ir.endpoint import Endpoint, Kind, Workload
from verifier.ir.labels import Operator, Requirement, Selector
from verifier.ir.network import PORTS, AddressSet, Intervals, Protocol
from verifier.ir.origin import Origin
from verifier.ir.pods import PodPeer
from verifier.ir.policy import TRUE

POD = frozenset({Kind.POD})
EVERY_PORT = dict.fromkeys((Protocol.TCP, Protocol.UDP, Protocol.SCTP), PORTS)


def without(key: str, *values: str) -> Selector:
    return Selector(frozenset({Requirement(key, Operator.NOT_IN, frozenset(values))}))


def end(**changes: object) -> EndRegion:
    return EndRegion(**({"kinds": POD} | changes))  # type: ignore[arg-type]


def region(**changes: object) -> Region:
    """What opens in the samples, changed."""
    values: dict[str, object] = {
        "source": end(namespace_selector=Selector.of({"team": "ops"})),
        "destination": end(namespaces=frozenset({"shop"}), pod_selector=Selector.of({"role": "api"})),
        "ports": {Protocol.TCP: Intervals.of([(5000, 5000)])},
        "witness": leak(),
        "before": (REFUSED.steps[-1],),
        "after": (ADMITTED.steps[-1],),
        "destinations": (API,),
    }
    return Region(**(values | changes))  # type: ignore[arg-type]


OPENED = region()
CLOSED = region(
    source=end(namespaces=frozenset({"shop"}), pod_selector=without("role", "web")),
    destination=EndRegion(frozenset({Kind.EXTERNAL}), addresses=AddressSet.of(["10.0.0.0/8"])),
    ports=EVERY_PORT,
    witness=leak(source=SERVER, destination=Endpoint(Kind.EXTERNAL, ip_address("10.1.1.1"))),
    before=(ADMITTED.steps[-1],),
    after=(REFUSED.steps[-1],),
    destinations=(),
)

EQUIVALENT = Difference(Relation.EQUIVALENT)
WIDER = Difference(Relation.WIDER, added=(OPENED,))
INCOMPARABLE = Difference(
    Relation.INCOMPARABLE,
    added=(OPENED,),
    removed=(CLOSED,),
    notes=("shop/api was renamed",),
    assumptions=("pods have private addresses",),
    not_covered=("nodes and hostNetwork pods",),
)
DEPENDS = Difference(
    Relation.UNKNOWN,
    added=(region(switches={"ipblock_pods": "match"}),),
    depends_on=("ipblock_pods",),
    changes=((True, False), (False, False)),
    reason="depends on `ipblock_pods`: wider where ipblock_pods=match; equivalent where ipblock_pods=never",
)
UNDECIDED = Difference(Relation.UNKNOWN, complete=False, reason="the time limit was reached")
REACHED = (
    Reach(
        EndRegion(frozenset({Kind.POD}), workloads=frozenset({"Deployment shop/api"})),
        {Protocol.TCP: Intervals(((5000, 5000),))},
        {"host_network": "as_node"},
    ),
    Reach(EndRegion(frozenset({Kind.EXTERNAL}), addresses=AddressSet.of(["10.0.0.0/8"])), EVERY_PORT, sure=False),
)
MOVED = Difference(
    Relation.INCOMPARABLE,
    universe="inventory",
    new_workloads=(
        OneSided(Workload("Deployment", "shop", "new"), REACHED),
        OneSided(Workload("Deployment", "shop", "mute"), ()),
    ),
    gone_workloads=(OneSided(Workload("Deployment", "shop", "old")),),
    turned_workloads=(
        Workload("Deployment", "shop", "proxy", host_network=True),
        Workload("Deployment", "shop", "agent"),
    ),
)

WRONG = Diagnostic("V4", "port 70000 is out of range", "k8s/shop/api.yaml", 17, 24, "1 to 65535")
ODD = Diagnostic("template", "left out", "k8s/chart.yaml", severity=Severity.WARNING)
FAILED_CHECK = CheckReport("open", (), diagnostics=(WRONG, ODD))
FAILED_DIFF = Difference(Relation.UNKNOWN, complete=False, diagnostics=(WRONG, ODD))

ANYONE = (PodPeer(),)
ACCEPTANCE = Acceptance(
    "no-cloud-metadata",
    (Flow(ANYONE, None, TRUE, "dev/* -> 169.254.169.254"),),
    "the old agent needs it",
    "@team-dev",
    date(2027, 1, 31),
    Origin(PAGE, ()),
)


def judged(result: object, change: Change, base: Verdict | None = Verdict.PROVED, **more: object) -> Judged:
    return Judged(result.property, change, base, result.verdict, **more)  # type: ignore[attr-defined, arg-type]


def gated(*judgements: Judged, results: tuple[object, ...] = (), **more: object) -> GateReport:
    values: dict[str, object] = {
        "base_name": "main",
        "base": report(),
        "head": report(*results),  # type: ignore[arg-type]
        "difference": EQUIVALENT,
        "judged": judgements,
        "grew": False,
    }
    return GateReport(**(values | more))  # type: ignore[arg-type]


PASSED = gated(judged(PROVED, Change.HOLDS), results=(PROVED,))
BROKEN = gated(judged(VIOLATED, Change.NEWLY_VIOLATED), results=(VIOLATED,), difference=INCOMPARABLE, grew=True)
OPEN_QUESTION = gated(judged(UNKNOWN, Change.UNDECIDED), judged(VACUOUS, Change.UNDECIDED), results=(UNKNOWN, VACUOUS))
FAILED_GATE = GateReport(
    "main", CheckReport("open", ()), CheckReport("open", ()), FAILED_DIFF, (), False, diagnostics=(WRONG, ODD)
)

CHECKS = {
    "clean": report(PROVED),
    "violated": report(VIOLATED, PROVED),
    "unknown": report(UNKNOWN),
    "vacuous": report(VACUOUS),
    "accepted": report(ACCEPTED, PROVED),
    "error": FAILED_CHECK,
}
DIFFS = {
    "clean": EQUIVALENT,
    "wider": WIDER,
    "incomparable": INCOMPARABLE,
    "depends": DEPENDS,
    "unknown": UNDECIDED,
    "moved": MOVED,
    "error": FAILED_DIFF,
}
GATES = {"clean": PASSED, "violated": BROKEN, "unknown": OPEN_QUESTION, "error": FAILED_GATE}
NAMESPACES = (SHOP, OPS)
