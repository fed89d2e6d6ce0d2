import json
from typing import Any

import pytest
from msgspec.structs import replace

from tests.report.comparisons import (
    ACCEPTANCE,
    BROKEN,
    EVERY_PORT,
    FAILED_DIFF,
    FAILED_GATE,
    INCOMPARABLE,
    MOVED,
    gated,
    judged,
    region,
)
from tests.report.samples import PROVED, VIOLATED
from verifier.engine.results.check import Verdict
from verifier.engine.results.diff import Change, Difference, Relation
from verifier.engine.results.region import EndRegion, Region
from verifier.ir.endpoint import Kind, Workload
from verifier.ir.network import AddressSet, Intervals, Protocol
from verifier.report.json.run import check, diff, gate


def only(found: Region) -> Any:
    [shown] = json.loads(diff(Difference(Relation.WIDER, added=(found,))))["added"]
    return shown


def test_a_comparison_has_the_documented_fields() -> None:
    document = json.loads(diff(INCOMPARABLE))

    assert list(document) == [
        "version", "command", "universe", "relation", "complete", "fewest", "dependsOn", "reason", "notes",
        "assumptions", "notCovered", "errors", "warnings", "added", "removed", "newWorkloads", "goneWorkloads",
        "turnedWorkloads", "settings", "passedOver",
    ]  # fmt: skip
    assert (document["version"], document["command"], document["relation"]) == (1, "diff", "incomparable")


def test_a_region_has_the_documented_fields() -> None:
    shown = only(region())

    assert set(shown) >= {"source", "destination", "ports", "switches", "witness", "because", "workloads"}
    assert shown["destination"] == {
        "kind": "pod",
        "namespaces": ["shop"],
        "notNamespaces": [],
        "namespaceSelector": {},
        "podSelector": {"matchExpressions": [{"key": "role", "operator": "In", "values": ["api"]}]},
        "hostNetwork": False,
        "cidrs": None,
        "except": [],
        "ownCidrs": None,
        "ownExcept": [],
        "wasCidrs": None,
        "wasExcept": [],
        "addressOf": None,
        "workloads": None,
    }
    assert shown["ports"] == [{"protocol": "TCP", "from": 5000, "to": 5000}]
    assert shown["workloads"] == {"source": [], "destination": ["Deployment shop/api"]}
    assert [step["rule"] for step in shown["because"]] == ["ingress[0].from[1]"]
    assert [step["decision"] for step in shown["before"]] == ["deny"]
    assert shown["witness"]["port"] == 5000


def test_addresses_are_blocks_with_exceptions() -> None:
    most = AddressSet.of(["0.0.0.0/0"]).subtract(AddressSet.of(["10.0.0.0/8"]))
    shown = only(region(source=EndRegion(frozenset({Kind.EXTERNAL}), addresses=most)))["source"]

    assert (shown["kind"], shown["cidrs"], shown["except"]) == ("external", ["0.0.0.0/0"], ["10.0.0.0/8"])


def test_an_end_of_several_kinds_names_them_all() -> None:
    kinds = frozenset({Kind.EXTERNAL, Kind.HOSTPOD, Kind.POD})

    assert only(region(source=EndRegion(kinds)))["source"]["kind"] == "pod|external"


@pytest.mark.parametrize(
    ("kinds", "host_network"),
    [
        ({Kind.POD}, False),
        ({Kind.HOSTPOD, Kind.EXTERNAL}, True),
        ({Kind.POD, Kind.HOSTPOD}, None),
        ({Kind.EXTERNAL}, None),
    ],
)
def test_an_end_says_whether_its_pods_have_host_network(kinds: set[Kind], host_network: bool | None) -> None:
    assert only(region(source=EndRegion(frozenset(kinds))))["source"]["hostNetwork"] is host_network


def test_a_protocol_without_ports_has_no_numbers() -> None:
    shown = only(region(ports=EVERY_PORT | {Protocol.OTHER: Intervals()}))

    assert [entry["protocol"] for entry in shown["ports"]] == ["TCP", "UDP", "SCTP", "OTHER"]
    assert shown["ports"][-1] == {"protocol": "OTHER", "from": None, "to": None}


def test_workloads_that_are_new_or_gone_are_listed() -> None:
    document = json.loads(diff(MOVED))

    new, mute = document["newWorkloads"]
    assert (mute, document["goneWorkloads"]) == (
        {"workload": "Deployment shop/mute", "reach": []},
        [{"workload": "Deployment shop/old", "reach": None}],
    )
    assert new["workload"] == "Deployment shop/new"
    assert [(r["destination"]["workloads"], r["destination"]["hostNetwork"], r["surely"]) for r in new["reach"]] == [
        (["Deployment shop/api"], False, True),
        (None, None, False),
    ]
    assert new["reach"][0]["ports"] == [{"protocol": "TCP", "from": 5000, "to": 5000}]
    assert new["reach"][0]["switches"] == {"host_network": "as_node"}
    assert document["turnedWorkloads"] == ["Deployment shop/proxy", "Deployment shop/agent"]


def test_region_names_the_workloads_of_one_side_alone() -> None:
    old = Workload("Deployment", "shop", "old")
    [shown] = json.loads(diff(Difference(Relation.WIDER, added=(region(gone=(old,)),))))["added"]

    assert (shown["new"], shown["gone"]) == (None, "Deployment shop/old")


def test_a_gate_holds_both_checks_and_the_comparison() -> None:
    document = json.loads(gate(BROKEN))

    assert (document["version"], document["command"], document["baseName"]) == (1, "gate", "main")
    assert document["head"] == json.loads(check(BROKEN.head))
    assert document["diff"] == json.loads(diff(INCOMPARABLE))
    assert (document["newlyViolated"], document["fixed"], document["accepted"]) == (["only-monitoring"], [], [])
    assert document["grew"] is True


def test_acceptances_are_written_out() -> None:
    report = gated(
        judged(VIOLATED, Change.ACCEPTED, accepted=(ACCEPTANCE,)),
        judged(PROVED, Change.FIXED, Verdict.VIOLATED),
        unused=(replace(ACCEPTANCE, property=None),),
    )
    document = json.loads(gate(report))

    assert (document["accepted"], document["fixed"]) == (["only-monitoring"], ["no-cloud-metadata"])
    assert document["acceptances"]["used"] == [
        {
            "property": "no-cloud-metadata",
            "flows": ["dev/* -> 169.254.169.254"],
            "reason": "the old agent needs it",
            "owner": "@team-dev",
            "expires": "2027-01-31",
            "origin": {"file": "k8s/shop/api.yaml", "line": 1, "column": 1},
        }
    ]
    assert [entry["property"] for entry in document["acceptances"]["unused"]] == [None]


def test_a_gate_says_once_what_its_parts_assume_and_leave_out() -> None:
    document = json.loads(gate(replace(BROKEN, other=BROKEN)))

    assert document["assumptions"] == ["pods have private addresses"]
    assert document["notCovered"] == ["nodes and hostNetwork pods"]


def test_errors_and_warnings_are_listed_once() -> None:
    for document in (json.loads(diff(FAILED_DIFF)), json.loads(gate(FAILED_GATE))):
        assert [warning["message"] for warning in document["warnings"]] == ["left out"]
        assert [error["message"] for error in document["errors"]] == ["port 70000 is out of range"]
