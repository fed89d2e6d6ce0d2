"""Explanations in words and as JSON."""

# ruff: noqa: E501

import json

from tests.engine.asking import cluster, deployment, namespace, policy
from verifier.engine.explain.explain import explain
from verifier.engine.explain.result import Explanation
from verifier.manifests.notation.connection import parse_connection_query
from verifier.report.json.explain import explain as as_json
from verifier.report.json.explain import failed
from verifier.report.text import explain as explaintext
from verifier.report.words.paint import Paint

CARTS = (
    namespace("shop")
    + deployment("shop", "carts", "{name: carts}")
    + deployment("shop", "db", "{name: db}")
    + policy("shop", "db", "{podSelector: {matchLabels: {name: db}}, ingress: [{from: ["
                           "{podSelector: {matchLabels: {name: cart}}}]}]}")
)  # fmt: skip
BLOCK = policy("shop", "api", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}")


def asked(manifests: str, text: str) -> Explanation:
    here = cluster(manifests)
    return explain(here, parse_connection_query(text, here.workloads, here.nodes))


def test_a_denied_connection() -> None:
    assert (
        explaintext.explain(asked(CARTS, "shop/carts -> shop/db : TCP/27017"))
        == """\
DENIED  Deployment shop/carts -> Deployment shop/db : TCP 27017

     from Deployment shop/carts   manifests.yaml:6
          pod labels       name=carts
     to   Deployment shop/db   manifests.yaml:11
          pod labels       name=db

Egress   allowed: no policy selects this pod for egress, so everything may leave

Ingress  denied: NetworkPolicy shop/db isolates this pod for ingress and no rule matches:
   manifests.yaml:19
     16 | apiVersion: networking.k8s.io/v1
     17 | kind: NetworkPolicy
     18 | metadata: {namespace: shop, name: db, labels: {}}
   > 19 | spec: {podSelector: {matchLabels: {name: db}}, ingress: [{from: [{podSelector: {matchLabels: {name: cart}}}]}]}
        |                     ^ selects the pod, and no rule lets it in

         close: NetworkPolicy shop/db ingress[0].from[0] would let it in, but it wants name=cart, \
and the source has name=carts
   manifests.yaml:19
     16 | apiVersion: networking.k8s.io/v1
     17 | kind: NetworkPolicy
     18 | metadata: {namespace: shop, name: db, labels: {}}
   > 19 | spec: {podSelector: {matchLabels: {name: db}}, ingress: [{from: [{podSelector: {matchLabels: {name: cart}}}]}]}
        |                                                                  ^ `cart` and `carts` are one letter apart

Universe: open (every pod that could exist, with any labels, today's or not)
"""
    )


def test_what_it_depends_on_comes_first() -> None:
    text = explaintext.explain(asked(BLOCK, "ops/{} -> shop/{} : TCP/80"))

    assert text.startswith("""\
DEPENDS  a pod in ops -> a pod in shop : TCP 80

  allowed   where ipblock_pods = match and the source is at 10.0.0.0/8
  denied    where ipblock_pods = match and the source is not at 10.0.0.0/8
            or ipblock_pods = never
  ipblock_pods: whether an ipBlock matches pods by their addresses; decide with --set ipblock_pods=match|never,""")
    assert text.count("Egress ") == 1
    assert text.count("Ingress ") == 2


def test_a_node_is_named_as_it_was_asked_for() -> None:
    named = "---\napiVersion: v1\nkind: Node\nmetadata: {name: worker-1}\n"
    for end, told in (("node", "a node"), ("node:worker-1", "Node worker-1")):
        text = explaintext.explain(asked(CARTS + named, f"{end} -> shop/db : TCP/27017"))

        assert text.startswith(f"DEPENDS  {told} -> Deployment shop/db : TCP 27017\n")
        assert "  allowed   where both are on the same node\n  denied    where they are on different nodes\n" in text
        assert f"     from {told}" in text
    assert "from Node worker-1   manifests.yaml:" in text


def test_quiet_leaves_the_verdict() -> None:
    explanation = asked(CARTS, "shop/carts -> shop/db : TCP/27017")

    assert explaintext.explain(explanation, quiet=True).splitlines() == [
        "DENIED  Deployment shop/carts -> Deployment shop/db : TCP 27017"
    ]


def test_colours_are_asked_for() -> None:
    explanation = asked(CARTS, "shop/carts -> shop/db : TCP/27017")

    assert "\x1b[" in explaintext.explain(explanation, Paint(True))
    assert "\x1b[" not in explaintext.explain(explanation)


def test_json_has_the_documented_fields() -> None:
    found = json.loads(as_json(asked(CARTS, "shop/carts -> shop/db : TCP/27017")))

    assert list(found) == [
        "version", "command", "universe", "connection", "allowed", "dependsOn", "unknowns", "source", "destination",
        "protocol", "port", "trace", "nearMisses", "outcomes", "cases", "notes", "assumptions", "notCovered", "errors", "warnings",
        "passedOver",
    ]  # fmt: skip
    assert (found["allowed"], found["dependsOn"]) == (False, [])
    assert found["trace"]["ingress"][-1]["decision"] == "deny"
    assert found["nearMisses"] == [
        {
            "direction": "ingress", "policy": "NetworkPolicy shop/db", "rule": "ingress[0].from[0]", "selects": True,
            "because": "it wants name=cart, and the source has name=carts",
            "hint": "`cart` and `carts` are one letter apart",
            "origin": {"file": "manifests.yaml", "line": 19, "column": 66},
        }
    ]  # fmt: skip


def test_json_of_one_that_depends_has_both_outcomes() -> None:
    found = json.loads(as_json(asked(BLOCK, "ops/{} -> shop/{} : TCP/80")))

    assert (found["allowed"], found["dependsOn"]) == (None, ["ipblock_pods"])
    assert found["unknowns"] == ["the address of the source"]
    assert {(o["allowed"], tuple(o["switches"]["ipblock_pods"])) for o in found["outcomes"]} == {
        (True, ("match",)), (False, ("match",)), (False, ("never",)),
    }  # fmt: skip
    assert [case["allowed"] for case in found["cases"]] == [True, False]


def test_json_of_bad_input_says_that_nothing_is_known() -> None:
    found = json.loads(failed("open", ()))

    assert (found["command"], found["allowed"], found["errors"]) == ("explain", None, [])
