import re
from ipaddress import ip_address

import pytest
from msgspec.structs import replace

from tests.engine.asking import cluster
from tests.report import samples
from tests.report.samples import (
    NOT_ISOLATED,
    PROVED,
    REFUSED,
    UNKNOWN,
    VACUOUS,
    VIOLATED,
    leak,
    prop,
    report,
)
from verifier.engine.check.check import check
from verifier.engine.results.check import CheckReport, Extent, Result, Share, Verdict
from verifier.ir.endpoint import Connection, Endpoint, Kind, Namespace
from verifier.ir.network import Protocol
from verifier.ir.policy import Action, Direction
from verifier.ir.property import Always, Exactly, LabelOf, Never, PropertySeverity, Separate
from verifier.ir.trace import Leg, Step
from verifier.manifests.notation.expression import parse_expression
from verifier.report.formats import formats_of
from verifier.report.text import check as text
from verifier.report.words.paint import PLAIN, Paint
from verifier.report.words.result import wrong

OUTSIDERS = Leg(
    Direction.INGRESS,
    (Step("none", Action.ALLOW, "policies do not govern an address outside the cluster"),),
    frozenset({True}),
)
EVIL = "\x1b[2J\x07\r\nPROVED  nothing\u202e"


def test_a_violation_shows_claim_then_witness_then_both_legs_then_the_line() -> None:
    shown = text.check(report(VIOLATED))

    assert (
        shown
        == """\
4 policies, 3 workloads, 2 namespaces, 1 property

VIOLATED  only-monitoring  netpol.yaml:9
          only role=monitoring -> role=api : TCP/5000

  A pod in ops-1 can reach Deployment shop/api on TCP 5000, and is none of those who may.

     from   a pod in ops-1   (possible, none exists today)
            namespace labels  team=ops
            pod labels        none
     to     Deployment shop/api   k8s/shop/api-deploy.yaml:1
            pod labels        role=api
     packet TCP 10.244.7.9 -> 10.244.3.4:5000

  Egress   a pod in ops-1: no policy selects this pod for egress, so everything may leave
  Ingress  NetworkPolicy shop/api-metrics admits it by ingress[0].from[1]:
   k8s/shop/api.yaml:14
     11 |   - from:
     12 |     - podSelector:
     13 |         matchLabels: {role: monitoring}
   > 14 |     - namespaceSelector:
   > 15 |         matchLabels: {team: ops}
        |     ^ this item of `from` lets it in, whatever the other items say
     16 |     ports:
     17 |     - {protocol: TCP, port: 5000}

  narrower claim that holds: only role=monitoring -> shop/role=api : TCP/5000
      it names the namespace

1 violated
Universe: open (every pod that could exist, with any labels, today's or not)
"""
    )


def test_verdicts_without_a_witness_stand_together() -> None:
    shown = text.check(report(PROVED, VACUOUS))

    assert "PROVED    no-cloud-metadata\n          note: nothing gets through at all\nVACUOUS   nobody\n" in shown


def test_every_verdict_is_a_word_and_not_just_a_colour() -> None:
    shown = text.check(report(PROVED, VIOLATED, UNKNOWN, VACUOUS))

    assert re.findall(r"^[A-Z]{2,}", shown, re.MULTILINE) == ["PROVED", "VIOLATED", "UNKNOWN", "VACUOUS"]


def test_quiet_leaves_violations_and_the_tally() -> None:
    shown = text.check(report(PROVED, VIOLATED, UNKNOWN, VACUOUS, assumptions=("x",)), quiet=True)

    assert shown.startswith("VIOLATED  only-monitoring")
    assert shown.endswith("\n\n1 proved, 1 violated, 1 unknown, 1 vacuous\n")
    assert "PROVED  " not in shown
    assert "some settings break it and some do not" in shown
    assert "no pod in scope meets `to`" in shown


def test_quiet_and_nothing_violated_is_the_tally_alone() -> None:
    assert text.check(report(PROVED), quiet=True) == "1 proved\n"


def test_an_open_switch_names_its_values_and_the_setting_that_breaks() -> None:
    shown = text.check(report(UNKNOWN))

    assert "--set ipblock_pods=match|never" in shown
    assert "     if     ipblock_pods = match   (whether an ipBlock matches pods by their addresses)" in shown


def test_a_pod_that_is_not_isolated_is_shown_alone_with_its_namespace() -> None:
    shown = text.check(report(NOT_ISOLATED))

    assert "Deployment shop/api is not isolated for ingress" in shown
    assert "     pod    Deployment shop/api" in shown
    assert "packet" not in shown
    assert "   > 3 |   name: shop\n       |         ^ no policy in this namespace selects the pod for ingress" in shown


def test_the_missing_policy_is_shown_below_the_leg_that_lacks_it() -> None:
    out = Result(
        prop(Never()), Verdict.VIOLATED, leak(source=samples.SERVER, destination=samples.OUTSIDE, ingress=OUTSIDERS)
    )
    lines = text.check(report(out)).splitlines()

    legs = [n for n, line in enumerate(lines) if line.startswith(("  Egress", "  Ingress"))]
    excerpt = next(n for n, line in enumerate(lines) if "no policy in this namespace" in line)
    assert legs[0] < excerpt < legs[1]


def test_without_a_namespace_object_the_labels_of_the_workload_are_shown() -> None:
    place = samples.Origin(samples.Page("pod.yaml", "labels:\n  role: api\n", {("l",): (2, 3, 3, 1)}), ("l",))
    end = replace(samples.SERVER, namespace=Namespace("shop"), workload=replace(samples.API, labels_origin=place))
    shown = text.check(report(replace(NOT_ISOLATED, witness=replace(NOT_ISOLATED.witness, destination=end))))  # type: ignore[type-var]

    assert "   > 2 |   role: api\n       |   ^ no policy selects these labels for ingress" in shown


def test_a_workload_without_labels_is_shown_by_its_name() -> None:
    page = samples.Page("pod.yaml", "metadata:\n  name: api\n", {("metadata", "name"): (2, 9, 2, 12)})
    bare = replace(samples.API, labels={}, labels_origin=None, origin=samples.Origin(page))
    end = replace(samples.SERVER, namespace=Namespace("shop"), workload=bare)
    shown = text.check(report(replace(NOT_ISOLATED, witness=replace(NOT_ISOLATED.witness, destination=end))))  # type: ignore[type-var]

    assert "   > 2 |   name: api\n       |         ^ no policy selects its pods for ingress" in shown


def test_an_object_that_merely_lives_in_the_namespace_is_not_shown() -> None:
    """It is how an undeclared namespace came to be known, and has nothing to do with this pod."""
    stranger = Namespace("shop", None, origin=samples.Origin(samples.PAGE))
    end = replace(samples.SERVER, namespace=stranger, workload=None)
    shown = text.check(report(replace(NOT_ISOLATED, witness=replace(NOT_ISOLATED.witness, destination=end))))  # type: ignore[type-var]

    assert "no policy in this namespace" not in shown
    assert "k8s/shop/api.yaml" not in shown


def test_a_refusal_blames_the_policy_that_isolates() -> None:
    witness = leak(source=samples.OUTSIDE, allowed=False, ingress=REFUSED, egress=None)
    shown = text.check(report(Result(prop(Always()), Verdict.VIOLATED, witness)))

    assert "203.0.113.7 (outside the cluster) cannot reach Deployment shop/api on TCP 5000, which must always" in shown
    assert "shop/api-metrics isolates this pod for ingress and no rule matches:\n   k8s/shop/api.yaml:8\n" in shown
    assert "^ selects the pod, and no rule lets it in" in shown


def test_the_leg_that_lets_it_through_is_not_blamed_for_a_refusal() -> None:
    witness = leak(allowed=False)

    assert "   >" not in text.check(report(Result(prop(Always()), Verdict.VIOLATED, witness)))


def test_further_policies_that_isolate_are_named_and_counted() -> None:
    also = tuple(replace(samples.WHOLE, name=f"p{n}") for n in range(5))
    leg = replace(REFUSED, steps=(replace(REFUSED.steps[0], also=also),))
    shown = text.check(report(Result(prop(Always()), Verdict.VIOLATED, leak(allowed=False, ingress=leg))))

    assert "; so do NetworkPolicy shop/p0, NetworkPolicy shop/p1, NetworkPolicy shop/p2 and 2 more" in shown


def test_each_claim_says_what_is_wrong_in_its_own_words() -> None:
    said = {
        type(claim).__name__: wrong(prop(claim), leak())
        for claim in (Never(), Exactly(), Separate("tenant", LabelOf.NAMESPACE))
    }

    reach = "A pod in ops-1 can reach Deployment shop/api on TCP 5000"
    assert said == {
        "Never": f"{reach}, which must never be.",
        "Exactly": f"{reach}, and is none of those who may.",
        "Separate": f"{reach}, though they differ in `tenant`.",
    }


def test_exactly_that_misses_something_reads_as_always() -> None:
    assert wrong(prop(Exactly()), leak(allowed=False)).endswith("which must always work.")


def test_ipv6_addresses_stand_in_brackets_before_a_port() -> None:
    end = Endpoint(Kind.EXTERNAL, ip_address("2001:db8::1"))

    assert "packet TCP 10.244.7.9 -> [2001:db8::1]:5000" in text.check(
        report(replace(VIOLATED, witness=leak(destination=end, ingress=None)))
    )


def test_an_address_that_ip_blocks_see_in_place_of_the_real_one_is_shown() -> None:
    outside = Endpoint(Kind.EXTERNAL, ip_address("203.0.113.7"))
    seen = Connection(outside, samples.SERVER, Protocol.TCP, 5000, seen=ip_address("10.9.0.1"))
    shown = text.check(report(replace(VIOLATED, witness=leak(source=outside, connection=seen))))

    assert "     seen   by ipBlocks as coming from 10.9.0.1, the address of a node\n" in shown
    assert "seen " not in text.check(report(VIOLATED))


def test_warnings_say_that_they_do_not_fail_the_run() -> None:
    shown = text.check(report(Result(prop(severity=PropertySeverity.WARNING), Verdict.VIOLATED, leak())))

    assert "VIOLATED  only-monitoring  (severity warning: does not fail the run)\n" in shown


def test_an_optional_vacuous_property_is_only_a_note() -> None:
    assert "(only a note" in text.check(report(Result(prop(optional=True), Verdict.VACUOUS, reason="no such pod")))


def test_two_ends_with_the_same_words_are_told_apart() -> None:
    twins = leak(source=samples.STRANGER, destination=samples.STRANGER)
    real = leak(source=samples.SERVER, destination=samples.SERVER)

    assert wrong(prop(Never()), twins).startswith("A pod in ops-1 can reach another pod in ops-1 on")
    assert wrong(prop(Never()), real).startswith("Deployment shop/api can reach another pod of Deployment shop/api")


def test_labels_that_would_make_a_long_line_stand_one_below_the_other() -> None:
    end = replace(samples.STRANGER, labels={f"example.com/{n}": "x" * 40 for n in "ab"})
    shown = text.check(report(Result(prop(), Verdict.VIOLATED, leak(source=end))))

    assert f"{'':<12}pod labels        example.com/a={'x' * 40}\n{'':<30}example.com/b={'x' * 40}\n" in shown


def test_what_was_assumed_and_is_not_covered_comes_last() -> None:
    shown = text.check(report(PROVED, assumptions=("pods have private addresses",), not_covered=("nodes", "hosts")))

    assert shown.endswith("\nAssumed: pods have private addresses\nNot covered: nodes\n             hosts\n")


def test_what_only_some_verdicts_rest_on_is_said_at_each_of_them() -> None:
    some = replace(PROVED, assumptions=("pods have private addresses", "invariant `law` of the universe"))
    other = replace(VACUOUS, assumptions=("pods have private addresses",))

    both, alone = text.check(report(some, other)), text.check(report(some))

    assert both.count("          assumed: ") == 1
    assert "          assumed: invariant `law` of the universe\n" in both
    assert "          assumed: " not in alone


def test_names_from_manifests_cannot_steer_the_terminal() -> None:
    namespace = Namespace(EVIL, {EVIL: EVIL})
    rule = replace(samples.RULE, name=EVIL, origin=samples.Origin(samples.Page(EVIL, EVIL * 3)))
    leg = replace(samples.ADMITTED, steps=(replace(samples.ADMITTED.steps[0], citation=rule, stage=EVIL),))
    evil = Result(
        replace(prop(Separate(EVIL, LabelOf.POD)), name=EVIL, text=EVIL + "x", description=EVIL),
        Verdict.VIOLATED,
        leak(
            source=Endpoint(Kind.POD, ip_address("10.0.0.1"), namespace, {EVIL: EVIL}),
            ingress=leg,
            switches={EVIL: EVIL},
        ),
        depends_on=(EVIL,),
        reason=EVIL,
        notes=(EVIL,),
        suggestions=(replace(VIOLATED.suggestions[0], text=EVIL, because=EVIL),),
    )
    plain = text.check(report(evil, assumptions=(EVIL,), not_covered=(EVIL,)))

    assert re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", plain) is None
    assert len(re.findall("^PROVED", plain, re.MULTILINE)) == 0


def test_colour_changes_nothing_but_the_colour() -> None:
    every = report(PROVED, VIOLATED, UNKNOWN, VACUOUS, NOT_ISOLATED)
    painted = text.check(every, Paint(True))

    assert "\x1b[" in painted
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == text.check(every)


def test_a_violation_says_how_much_of_the_cluster_breaks_the_property() -> None:
    many = Extent(Share(6, 106, tuple("abcde")), Share(1, 4, ("Pod a/x",)))
    found = replace(VIOLATED, extent=many)

    said = "broken in 6 of 106 declared namespaces (a, b, c and 3 more), by 1 of 4 workloads\n"
    assert said in text.check(report(found))
    for name in ("sarif", "github", "gitlab", "junit", "markdown"):
        shown = formats_of("check")[name](report(found), PLAIN, False)
        assert "roken in 6 of 106 declared namespaces" in shown, name
    for small in (None, Extent(Share(1, 1, ("a",)), Share(0, 0))):
        assert "roken in" not in text.check(report(replace(VIOLATED, extent=small)))


def test_too_many_workloads_are_not_spoken_of() -> None:
    many = Extent(Share(1, 2, ("a",)), Share(None, 9000))

    assert "broken in 1 of 2 declared namespaces (a)\n" in text.check(report(replace(VIOLATED, extent=many)))


CALICO = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: default.p, namespace: shop}
spec: {types: [Egress], egress: [{action: Allow, destination: {selector: app == "b"}}]}
"""
CILIUM = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: p, namespace: shop}
spec: {endpointSelector: {}, egress: [{toEndpoints: [{matchLabels: {app: b}}]}]}
"""
KUBERNETES = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 80}]}]}
"""


@pytest.mark.parametrize(("manifests", "everybody"), [(CALICO, False), (CILIUM, False), (KUBERNETES, True)])
def test_a_rule_says_nobody_only_where_it_could_say_so_in_a_list(manifests: str, everybody: bool) -> None:
    shown = text.check(
        CheckReport("open", tuple(check(cluster(manifests), [parse_expression("never shop/* -> shop/*")])))
    )

    assert "VIOLATED" in shown
    assert ("there is no `to` here, so it is let out to every destination" in shown) is everybody
