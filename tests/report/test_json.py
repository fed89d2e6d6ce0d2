import json

from msgspec.structs import replace

from tests.report.samples import NOT_ISOLATED, OUTSIDE, PROVED, VACUOUS, VIOLATED, leak, prop, report
from verifier.engine.results.check import Extent, Result, Share, Verdict
from verifier.errors import Diagnostic, Severity
from verifier.ir.endpoint import Kind
from verifier.report.json.run import check

ENDPOINT = [
    "kind",
    "hostNetwork",
    "namespace",
    "namespaceLabels",
    "labels",
    "ip",
    "namedPorts",
    "workload",
    "addressOf",
]
STEP = ["stage", "decision", "policy", "rule", "origin", "because"]


def test_how_much_of_the_cluster_breaks_a_property_is_counted() -> None:
    extent = Extent(Share(2, 3, ("a", "b")), Share(1, 4, ("Pod a/x",)))
    unknown = replace(extent, workloads=Share(None, 4))
    results = (replace(VIOLATED, extent=extent), replace(VIOLATED, extent=unknown), PROVED)
    counts = [found["counts"] for found in json.loads(check(report(*results)))["results"]]

    assert counts == [
        {"regions": 0, "namespaces": 2, "ofNamespaces": 3, "workloads": 1, "ofWorkloads": 4},
        {"regions": 0, "namespaces": 2, "ofNamespaces": 3, "workloads": None, "ofWorkloads": 4},
        None,
    ]


def test_the_fields_stand_in_the_documented_order() -> None:
    document = json.loads(check(report(VIOLATED)))
    result = document["results"][0]

    assert list(document) == [
        "version", "command", "universe", "assumptions", "notCovered", "errors", "warnings", "passedOver",
        "results", "summary",
    ]  # fmt: skip
    assert list(result) == [
        "property", "verdict", "severity", "dependsOn", "reason", "notes", "assumptions", "origin", "witness", "trace",
            "regions", "complete", "fewest", "counts", "accepted", "repair",
    ]  # fmt: skip
    assert list(result["witness"]) == [
        "source", "destination", "protocol", "port", "allowed", "hypothetical", "switches",
    ]  # fmt: skip
    assert list(result["witness"]["source"]) == ENDPOINT
    assert list(result["trace"]) == ["egress", "ingress"]
    assert list(result["trace"]["ingress"][0]) == STEP
    assert list(document["summary"]) == ["proved", "violated", "unknown", "vacuous", "accepted"]


def test_words_are_in_lower_case_and_places_are_numbers() -> None:
    result = json.loads(check(report(VIOLATED)))["results"][0]

    assert result["verdict"] == "violated"
    assert result["origin"] == {"file": "netpol.yaml", "line": 9, "column": 5}
    assert result["trace"]["ingress"] == [
        {
            "stage": "NetworkPolicy",
            "decision": "allow",
            "policy": "NetworkPolicy shop/api-metrics",
            "rule": "ingress[0].from[1]",
            "origin": {"file": "k8s/shop/api.yaml", "line": 14, "column": 7},
            "because": "NetworkPolicy shop/api-metrics allows it",
        }
    ]
    assert result["witness"]["destination"]["workload"] == "Deployment shop/api"


def test_without_a_witness_there_is_no_trace() -> None:
    result = json.loads(check(report(PROVED)))["results"][0]

    assert (result["witness"], result["trace"], result["origin"]) == (None, None, None)


def test_a_pod_that_is_not_isolated_has_no_other_end() -> None:
    result = json.loads(check(report(NOT_ISOLATED)))["results"][0]

    assert result["witness"]["source"] is None
    assert (result["witness"]["protocol"], result["witness"]["port"]) == (None, None)
    assert result["trace"]["egress"] == []


def test_a_host_network_pod_counts_as_a_pod() -> None:
    source = replace(leak().source, kind=Kind.HOSTPOD)  # type: ignore[type-var]
    result = json.loads(check(report(Result(prop(), Verdict.VIOLATED, leak(source=source)))))["results"][0]

    ends = [result["witness"][end] for end in ("source", "destination")]
    assert [(end["kind"], end["hostNetwork"]) for end in ends] == [("pod", True), ("pod", False)]


def test_what_is_no_pod_has_no_host_network_to_speak_of() -> None:
    found = Result(prop(), Verdict.VIOLATED, leak(source=OUTSIDE))

    assert json.loads(check(report(found)))["results"][0]["witness"]["source"]["hostNetwork"] is None


def test_errors_and_warnings_are_listed_apart() -> None:
    diagnostics = (
        Diagnostic("V4", "port 70000 is out of range", "a.yaml", 3, 7, "1 to 65535"),
        Diagnostic("x", "odd", severity=Severity.WARNING),
        Diagnostic("y", "odder", "a.yaml", hint="even it", severity=Severity.WARNING),
        Diagnostic("z", "by the way", severity=Severity.NOTE),
    )
    document = json.loads(check(report(diagnostics=diagnostics)))

    assert document["warnings"] == [
        {"code": "x", "message": "odd", "origin": None},
        {"code": "y", "message": "odder", "origin": {"file": "a.yaml", "line": None, "column": None}},
    ]
    assert document["errors"] == [
        {
            "code": "V4",
            "message": "port 70000 is out of range",
            "file": "a.yaml",
            "line": 3,
            "column": 7,
            "hint": "1 to 65535",
        }
    ]


def test_the_summary_counts_each_verdict() -> None:
    summary = json.loads(check(report(PROVED, PROVED, VIOLATED, VACUOUS)))["summary"]

    assert summary == {"proved": 2, "violated": 1, "unknown": 0, "vacuous": 1, "accepted": 0}


def test_text_is_utf_8_and_steers_no_terminal() -> None:
    odd = "caf\u00e9\x9b2J\x1b\u202e\udc80"
    shown = check(report(replace(PROVED, notes=(odd,))))

    assert "café" in shown
    assert not set(shown) & {"\x9b", "\x1b", "\u202e", "\udc80"}
    assert json.loads(shown)["results"][0]["notes"] == [odd]
    assert shown.endswith("}\n")
