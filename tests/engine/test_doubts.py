"""What a claim names and nobody has, told where something is called almost the same; and whom a claim ranges over."""

from pathlib import Path

import pytest

from tests.engine.asking import DENY_ALL, ask, claim, cluster, deployment, namespace, policy, universe
from verifier.engine.check.check import report
from verifier.engine.check.doubts import doubts
from verifier.engine.check.ranged import ranged_over
from verifier.errors import Severity
from verifier.manifests.specs.properties import load_properties

SHOP = (
    namespace("shop")
    + deployment("shop", "front-end", "{name: front-end}")
    + deployment("shop", "web", "{app: web, tier: front}")
    + deployment("shop", "webs", "{app: webs}")
    + deployment("ops", "scraper", "{app: scraper}")
    + policy("shop", "deny", DENY_ALL)
)


IN_SHOP = "Deployment shop/front-end, Deployment shop/web, Deployment shop/webs"


def told(text: str, of: str = "open") -> list[tuple[str, str]]:
    found = doubts(claim(text).claim, cluster(SHOP), universe(of))
    return [(doubt.text.partition(";")[0], doubt.meant) for doubt in found]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("never name=frontend -> */*", "name=front-end"),
        ("never shop/name=frontend -> */*", "name=front-end"),
        ("never * -> shop/app=wbe", "app=web"),
        ("never * -> shop/tir=front", "tier=front"),
        ("never * -> shop/name=web", "app=web"),
        ("never * -> shpo/app=web", "shop"),
        ("never * -> {kubernetes.io/metadata.name=shpo}/*", "shop"),
        ("never * -> shop/web", "shop/app=web"),
        ("always shop/web -> external", "shop/app=web"),
        ("never * -> scraper", "app=scraper"),
        ("confined shop/app=web -> shop/app=scrapr + opz/*", "ops"),
        ("{isolated: {pods: [{namespaces: [shpo]}]}}", "shop"),
        ("only shop/name=frontend -> shop/app=web", "name=front-end"),
    ],
)
def test_what_is_called_almost_the_same_is_told(text: str, meant: str) -> None:
    assert meant in [said for _, said in told(text)]


@pytest.mark.parametrize(
    "text",
    [
        "never shop/app=web -> shop/name=front-end",
        "never role=monitoring -> shop/app=db",
        "never * -> shop/app=webs",
        "never * -> shop/team=front",
        "never * -> shop/tier=web",
        "never * -> ops/app=wbe",
        "never * -> shop/app!=wbe",
        "never * -> shop/app in (wbe,db)",
        "never * -> shop/app",
        "never * -> prod/*",
        "never * -> {team=shpo}/*",
        "never * -> 10.0.0.0/8",
        "{separate: {byNamespaceLabel: tenant}}",
    ],
)
def test_what_is_called_otherwise_is_not(text: str) -> None:
    assert told(text) == []


def test_where_there_are_no_workloads_nothing_is_missing() -> None:
    assert doubts(claim("never app=wbe -> */*").claim, cluster(policy("shop", "d", DENY_ALL)), universe("open")) == ()


def test_a_workload_whose_controller_may_add_labels_may_have_any() -> None:
    rollout = SHOP.partition("---\napiVersion: networking")[0] + (
        "---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: r, namespace: shop}\n"
        "spec: {template: {metadata: {labels: {app: r}}, spec: {containers: [{name: c, image: i}]}}}\n"
    )

    assert doubts(claim("never * -> shop/app=wbe").claim, cluster(rollout), universe("open")) == ()


def test_namespaces_of_the_universe_are_declared() -> None:
    known = "{namespaces: {known: [{name: shpo}]}}"

    assert told("never * -> shpo/*")
    assert told("never * -> shpo/*", known) == []


def test_a_doubt_is_a_warning_at_the_place_of_its_property(tmp_path: Path) -> None:
    head = "apiVersion: netpol-verifier/v1\nkind: Properties\nmetadata: {name: p}\nspec:\n  properties:\n"
    file = tmp_path / "p.yaml"
    file.write_text(f"{head}  - name: mine\n    never: {{to: [{{namespaces: [shpo]}}]}}\n")
    answer = report(cluster(SHOP), [*load_properties([str(file)]), claim("never * -> shop/app=wbe")])

    (filed, short) = answer.diagnostics
    assert (filed.severity, filed.line, filed.column) == (Severity.WARNING, 6, 5)
    assert filed.message == "property `mine`: nothing declares the namespace `shpo`; there is `shop`"
    assert filed.hint == "did you mean `shop`?"
    assert (short.severity, short.file) == (Severity.WARNING, None)


def test_what_is_vacuous_says_what_nearly_matches() -> None:
    assert ask(SHOP, "never shop/app=wbe -> external", "inventory").reason == (
        "nothing in scope matches `from` (did you mean `app=web`?)"
    )
    assert ask(SHOP, "never shop/app=db -> external", "inventory").reason == "nothing in scope matches `from`"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "never app=web -> shop/*",
            [
                (
                    "scope of `from`: pods app=web of ops, shop and namespaces that nobody has declared;"
                    " of the input Deployment shop/web"
                ),
                f"scope of `to`: every pod of shop; of the input {IN_SHOP}",
            ],
        ),
        (
            "only app=web -> app=web",
            [
                (
                    "scope of `from`: pods app=web of ops, shop and namespaces that nobody has declared;"
                    " of the input Deployment shop/web"
                ),
                "scope of `to`: pods app=web of ops, shop; of the input Deployment shop/web",
            ],
        ),
        (
            "always {team=a}/* -> prod/*",
            [
                (
                    "scope of `from`: every pod of ops (if they have the labels) and namespaces that nobody"
                    " has declared; of the input Deployment ops/scraper"
                ),
                "scope of `to`: every pod of prod (which nothing declares); of the input no workload",
            ],
        ),
        (
            "confined shop/* -> 10.0.0.0/8 + node",
            [
                f"scope of `pods`: every pod of shop; of the input {IN_SHOP}",
                "scope of `reach`: outside addresses of 10.0.0.0/8, and whoever of the input has one",
                "scope of `reach`: nodes, and pods that use hostNetwork; the input has 0 Nodes",
            ],
        ),
        (
            "never * -> external",
            [
                "scope of `from`: anything: pods, and outside addresses",
                "scope of `to`: every address outside the cluster",
            ],
        ),
        (
            "{isolated: {}}",
            [(f"scope of `pods`: every pod of ops, shop; of the input Deployment ops/scraper, {IN_SHOP}")],
        ),
        ("{separate: {byNamespaceLabel: tenant}}", ["scope: pods with different values of tenant"]),
    ],
)
def test_whom_a_claim_ranges_over(text: str, said: list[str]) -> None:
    assert list(ranged_over(claim(text).claim, cluster(SHOP), universe("open"))) == said
