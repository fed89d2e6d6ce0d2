"""What a gate makes of a change, property by property, and of acceptances."""

from datetime import date

import pytest
from msgspec import structs

from tests.engine.asking import DENY_ALL, admits, claim, cluster, deployment, namespace, policy, universe
from verifier.engine.diff.gate import gate
from verifier.engine.results.check import Verdict
from verifier.engine.results.diff import Change, GateReport
from verifier.ir.acceptance import Acceptance
from verifier.ir.property import ServicePeer
from verifier.ir.universe import OPEN, Universe
from verifier.manifests.notation.expression import parse_flow

WEB, DEBUG = "{podSelector: {matchLabels: {app: web}}}", "{podSelector: {matchLabels: {app: debug}}}"
CLOSED = policy("shop", "in", admits(WEB))
OPENED = policy("shop", "in", admits(WEB, DEBUG))
WIDE_OPEN = policy("shop", "in", "{ingress: [{}]}")
ONLY_WEB = "only shop/app=web -> shop/*"
DEBUGGING, EVERYTHING, ELSEWHERE = "shop/app=debug -> shop/*", "* -> shop/*", "shop/app=debug -> ops/*"


def accepting(*flows: str, of: str | None = ONLY_WEB) -> Acceptance:
    return Acceptance(of, tuple(parse_flow(flow) for flow in flows), "for a while", "@team", date(9999, 12, 31))


def gated(
    base: str | None,
    head: str,
    text: str = ONLY_WEB,
    *acceptances: Acceptance,
    of: Universe = OPEN,
    limit: int | None = None,
    **switches: str,
) -> GateReport:
    before = None if base is None else cluster(base)
    return gate(before, cluster(head), (claim(text),), acceptances, of, switches, limit=limit)


@pytest.mark.parametrize(
    ("base", "head", "change"),
    [
        (CLOSED, CLOSED, Change.HOLDS),
        (CLOSED, OPENED, Change.NEWLY_VIOLATED),
        (OPENED, OPENED, Change.STILL_VIOLATED),
        (OPENED, WIDE_OPEN, Change.STILL_VIOLATED),
        (OPENED, CLOSED, Change.FIXED),
        (None, OPENED, Change.NEWLY_VIOLATED),
        (None, CLOSED, Change.HOLDS),
    ],
)
def test_change_of_a_property(base: str | None, head: str, change: Change) -> None:
    (judged,) = gated(base, head).judged

    assert (judged.change, judged.accepted) == (change, ())


BY_ADDRESS = policy("shop", "in", admits("{ipBlock: {cidr: 10.0.0.0/8}}"))


def test_property_that_hangs_on_a_switch_is_undecided() -> None:
    (judged,) = gated(CLOSED, BY_ADDRESS, "never shop/app=debug -> shop/*", local_node_egress="policy").judged

    assert (judged.change, judged.base, judged.head) == (Change.UNDECIDED, Verdict.PROVED, Verdict.UNKNOWN)


def test_property_that_was_undecided_and_is_violated_now_is_newly_violated() -> None:
    (judged,) = gated(BY_ADDRESS, WIDE_OPEN, "never shop/app=debug -> shop/*").judged

    assert (judged.change, judged.base) == (Change.NEWLY_VIOLATED, Verdict.UNKNOWN)


def test_property_that_speaks_of_nobody_is_undecided() -> None:
    (judged,) = gated(CLOSED, CLOSED, "never unknown-pods=yes,!unknown-pods -> shop/*").judged

    assert (judged.change, judged.head) == (Change.UNDECIDED, Verdict.VACUOUS)


def test_base_without_manifests_has_no_verdict() -> None:
    (judged,) = gated(None, CLOSED).judged

    assert (judged.base, judged.head) == (None, Verdict.PROVED)


def test_inventory_without_workloads_is_no_base_to_ask() -> None:
    inventory = universe("inventory")

    (judged,) = gated(CLOSED, CLOSED + deployment("shop", "web", "{app: web}"), of=inventory).judged

    assert (judged.base, judged.change) == (None, Change.HOLDS)


# Acceptances


def test_violation_that_is_accepted_exactly_is_excused() -> None:
    exact = accepting(DEBUGGING)

    report = gated(CLOSED, OPENED, ONLY_WEB, exact)

    (judged,) = report.judged
    assert (judged.change, judged.accepted, report.unused) == (Change.ACCEPTED, (exact,), ())
    assert judged.head is Verdict.VIOLATED


def test_bare_source_of_an_accepted_flow_means_whom_it_means_in_never() -> None:
    text = "never app=debug -> shop/*"
    from_elsewhere = policy("shop", "in", admits("{namespaceSelector: {}, podSelector: {matchLabels: {app: debug}}}"))

    report = gated(CLOSED, from_elsewhere, text, accepting("app=debug -> shop/*", of=text))
    narrower = gated(CLOSED, from_elsewhere, text, accepting("shop/app=debug -> shop/*", of=text))

    assert [j.change for j in (*report.judged, *narrower.judged)] == [Change.ACCEPTED, Change.NEWLY_VIOLATED]


def leads_to(app: str, port: int) -> str:
    return (
        "---\n{apiVersion: v1, kind: Service, metadata: {name: a, namespace: shop}, spec: {clusterIP: 10.96.0.7, "
        f"selector: {{app: {app}}}, ports: [{{port: 80, targetPort: {port}}}]}}}}\n"
    )


def api(name: str, labels: str, port: int) -> str:
    """A workload that calls this port http."""
    ports = f"[{{name: http, containerPort: {port}}}]"
    return deployment("shop", name, f"{{{labels}}}", f"containers: [{{name: c, image: i, ports: {ports}}}]")


def test_what_is_accepted_of_a_service_is_where_that_leads_at_the_base() -> None:
    """A change that leads the Service elsewhere accepts nothing by that."""
    pods = deployment("shop", "api", "{app: api}") + deployment("shop", "db", "{app: db}")
    flow, text = "shop/app=web -> 10.96.0.7 : TCP/80", "never shop/app=web -> shop/app=db"
    closed = policy("shop", "in", "{podSelector: {}, policyTypes: [Ingress]}")
    mine = accepting(flow, of=text)

    def change(base: str, head: str) -> Change:
        (judged,) = gated(pods + base, pods + head, text, mine, of=universe("inventory")).judged
        return judged.change

    web = deployment("shop", "web", "{app: web}")
    to_db = "{podSelector: {}, ingress: [{from: [" + WEB + "], ports: [{port: 5432}]}]}"
    opened = policy("shop", "in", to_db)
    assert change(web + leads_to("api", 8080) + closed, web + leads_to("db", 5432) + opened) is Change.NEWLY_VIOLATED
    assert change(web + leads_to("db", 5432) + closed, web + leads_to("db", 5432) + opened) is Change.ACCEPTED


@pytest.mark.parametrize("of", ["never shop/app=web -> shop/app=api,v=x", None])
def test_what_is_accepted_of_a_service_is_not_accepted_of_pods_that_the_change_tells_apart(of: str | None) -> None:
    """Pods behind it listen on two numbers; those of the change are like no workload of the base."""

    service = leads_to("api", 80).replace("targetPort: 80", "targetPort: http")
    base = service + deployment("shop", "web", "{app: web}") + policy("shop", "deny", "{podSelector: {}}")
    base += api("one", "app: api", 8081) + api("two", "app: api, w: b", 8082)
    chosen = "matchLabels: {app: api, v: x}, matchExpressions: [{key: w, operator: DoesNotExist}]"
    opened = f"{{podSelector: {{{chosen}}}, ingress: [{{from: [{WEB}], ports: [{{port: 8081}}]}}]}}"
    head = base + api("three", "app: api, v: x", 8082) + policy("shop", "more", opened)
    mine = accepting("shop/app=web -> shop/*", of=of)
    flow = structs.replace(mine.flows[0], destinations=(ServicePeer((("shop", "a"),)),))
    text = of or "never shop/app=zzz -> shop/app=api"

    report = gated(base, head, text, structs.replace(mine, flows=(flow,)))

    assert report.judged[0].change is Change.NEWLY_VIOLATED if of else report.grew


def test_what_is_accepted_of_a_service_is_not_accepted_of_pods_that_a_policy_of_the_change_tells_apart() -> None:
    """They are like no workload, by a label that only that policy asks for."""

    base = leads_to("api", 80).replace("targetPort: 80", "targetPort: http") + deployment("shop", "web", "{app: web}")
    base += (
        policy("shop", "deny", "{podSelector: {}}") + api("one", "app: api", 8081) + api("two", "app: api, v: b", 82)
    )
    chosen = "matchLabels: {app: api, zone: x}, matchExpressions: [{key: v, operator: DoesNotExist}]"
    opened = f"{{podSelector: {{{chosen}}}, ingress: [{{from: [{WEB}], ports: [{{port: 8081}}]}}]}}"
    text = "never shop/app=web -> shop/app=api"
    mine = accepting("shop/app=web -> 10.96.0.7", of=text)

    report = gated(base, base + policy("shop", "more", opened), text, mine)

    assert report.judged[0].change is Change.NEWLY_VIOLATED


def test_what_is_accepted_of_a_service_is_not_accepted_of_pods_that_another_service_tells_apart() -> None:
    """They have a label that only the Service of the property asks for, and are like none behind the accepted one."""

    service = leads_to("api", 80).replace("targetPort: 80", "targetPort: http")
    zoned = leads_to("api, zone: x", 8081).replace("name: a,", "name: z,").replace("10.96.0.7", "10.96.0.8")
    base = service + zoned + deployment("shop", "web", "{app: web}") + policy("shop", "deny", "{podSelector: {}}")
    base += api("one", "app: api", 8081) + api("two", "app: api, v: b", 8082)
    chosen = "matchLabels: {app: api}, matchExpressions: [{key: v, operator: DoesNotExist}]"
    opened = f"{{podSelector: {{{chosen}}}, ingress: [{{from: [{WEB}], ports: [{{port: 8081}}]}}]}}"
    text = "never shop/app=web -> 10.96.0.8"
    mine = accepting("shop/app=web -> 10.96.0.7", of=text)

    report = gated(base, base + policy("shop", "more", opened), text, mine)

    assert report.judged[0].change is Change.NEWLY_VIOLATED


def test_confined_pods_are_excused_for_what_is_accepted() -> None:
    text = "confined shop/* -> nothing"
    closed = policy("shop", "out", "{policyTypes: [Egress]}")
    to_web = policy("shop", "out", f"{{policyTypes: [Egress], egress: [{{to: [{WEB}], ports: [{{port: 80}}]}}]}}")

    for flow, change in (
        ("shop/* -> shop/app=web : TCP/80", Change.ACCEPTED),
        ("shop/* -> *", Change.ACCEPTED),
        ("shop/* -> shop/app=web : TCP/81", Change.NEWLY_VIOLATED),
        ("shop/app=web -> *", Change.NEWLY_VIOLATED),
    ):
        [judged] = gated(closed, to_web, text, accepting(flow, of=text)).judged
        assert judged.change is change


def test_violation_beyond_what_is_accepted_is_still_one() -> None:
    report = gated(CLOSED, WIDE_OPEN, ONLY_WEB, accepting(DEBUGGING))

    (judged,) = report.judged
    assert (judged.change, judged.accepted, report.unused) == (Change.NEWLY_VIOLATED, (), ())
    witness = report.head.results[0].witness
    assert witness is not None
    assert witness.source.labels.get("app") != "debug" or witness.source.namespace.name != "shop"


@pytest.mark.parametrize("head", [CLOSED, OPENED], ids=["holds anyway", "another one does"])
def test_acceptance_that_nobody_needs_is_told(head: str) -> None:
    needed, elsewhere = accepting(DEBUGGING), accepting(ELSEWHERE)

    report = gated(CLOSED, head, ONLY_WEB, needed, elsewhere)

    assert report.unused == ((elsewhere,) if head is OPENED else (needed, elsewhere))


def test_of_two_acceptances_that_do_the_same_one_is_needed() -> None:
    once, again = accepting(DEBUGGING), accepting(EVERYTHING)

    report = gated(CLOSED, OPENED, ONLY_WEB, once, again)

    assert (report.judged[0].accepted, report.unused) == ((again,), (once,))


@pytest.mark.parametrize(
    ("flows", "change"),
    [
        (["* -> shop/*"], Change.ACCEPTED),
        (["external -> shop/*", "*/* -> shop/*"], Change.ACCEPTED),
        (["external -> shop/*"], Change.STILL_VIOLATED),
        (["* -> shop/* : TCP/443"], Change.STILL_VIOLATED),
        (["shop/* -> *"], Change.STILL_VIOLATED),
    ],
)
def test_pod_without_default_deny_is_excused_iff_all_that_may_reach_it_is(flows: list[str], change: Change) -> None:
    """docs/acceptances.md: `isolated` is broken by any connection of its pods that nobody accepted."""
    lonely = namespace("shop") + policy("shop", "out", "{policyTypes: [Egress]}")
    isolated = "{isolated: {pods: [{namespaces: [shop]}], directions: ingress}}"

    (judged,) = gated(lonely, lonely, isolated, accepting(*flows, of="claim")).judged

    assert judged.change is change


def test_acceptance_of_another_property_excuses_nothing() -> None:
    other = accepting(DEBUGGING, of="something else")

    report = gated(CLOSED, OPENED, ONLY_WEB, other)

    assert (report.judged[0].change, report.unused) == (Change.NEWLY_VIOLATED, (other,))


# Growth


def test_traffic_that_was_added_is_growth() -> None:
    assert gated(CLOSED, OPENED).grew
    assert not gated(OPENED, CLOSED).grew
    assert not gated(CLOSED, CLOSED).grew


def test_growth_that_is_accepted_is_none() -> None:
    accepted = accepting(DEBUGGING, of=None)

    report = gated(CLOSED, OPENED, ONLY_WEB, accepted)

    assert (report.grew, report.difference.added) == (False, ())
    assert (report.growth, report.unused) == ((accepted,), ())
    assert report.judged[0].change is Change.NEWLY_VIOLATED


def test_growth_beyond_what_is_accepted_is_growth() -> None:
    report = gated(CLOSED, WIDE_OPEN, ONLY_WEB, accepting(DEBUGGING, of=None))

    assert report.grew
    assert report.difference.complete


def test_accepted_growth_that_never_came_is_told() -> None:
    accepted = accepting(DEBUGGING, of=None)

    report = gated(CLOSED, CLOSED, ONLY_WEB, accepted)

    assert (report.growth, report.unused) == ((), (accepted,))


def test_of_two_acceptances_of_the_same_growth_one_is_needed() -> None:
    once, again = accepting(DEBUGGING, of=None), accepting(EVERYTHING, of=None)

    report = gated(CLOSED, OPENED, ONLY_WEB, once, again)

    assert (report.grew, report.growth, report.unused) == (False, (again,), (once,))


def test_everything_that_policies_never_forbade_is_growth_of_nothing() -> None:
    """Without manifests nothing is forbidden, so policies can only take away."""
    report = gated(None, namespace("shop") + policy("shop", "deny", DENY_ALL))

    assert not report.grew
    assert report.difference.removed
