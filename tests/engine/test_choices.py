"""Labels whose values controllers choose, wherever pods are told (docs/semantics.md 1.6)."""

import pytest

from tests.engine.asking import admits, ask, cluster, deployment, namespace, pod, policy, universe
from verifier.engine.diff.compare import compare
from verifier.engine.explain.explain import explain
from verifier.engine.lint.lint import lint
from verifier.engine.lint.reading import subject_of
from verifier.engine.map.map import draw
from verifier.engine.problem.choices import MOST, chosen
from verifier.engine.results.check import Verdict
from verifier.engine.results.diff import Relation
from verifier.errors import InputError, Undecided
from verifier.ir.endpoint import Workload
from verifier.ir.freelabels import MAY_ADD, Choice
from verifier.ir.labels import TEMPLATE_HASH, Operator
from verifier.ir.pods import can_meet
from verifier.ir.universe import INVENTORY, LabelDomain
from verifier.manifests.notation.connection import parse_connection_query
from verifier.report.words.conditions import conditions
from verifier.vocabulary import Mentions

HASHED = "{podSelector: {matchLabels: {pod-template-hash: abc}}}"
ROLLOUT = """---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: gw, namespace: n1}
spec: {template: {metadata: {labels: {app: gw}}, spec: {containers: [{name: c, image: i}]}}}
"""
BOTH = """{matchExpressions: [{key: pod-template-hash, operator: In, values: [a]},
{key: pod-template-hash, operator: NotIn, values: [a]}]}"""
PEER = pod("n1", "p", "{app: p}")


def lets_in(peer: str) -> str:
    return policy("n1", "p", f"{{podSelector: {{matchLabels: {{app: p}}}}, ingress: [{{from: [{peer}]}}]}}")


def ways(choice: Choice, values: set[str], limits: LabelDomain | None = None) -> list[tuple[str | None, str, bool]]:
    workload = Workload("Deployment", "n1", "q", free={"k": choice})
    domains = {} if limits is None else {"k": limits}
    found = chosen(workload, Mentions({"k": values}), domains, foreign=True)
    return [(w.labels.get("k"), w.which, bool(w.supposed)) for w in found]


def test_what_is_not_mentioned_surely_can_be_and_what_is_may_be() -> None:
    assert ways(Choice(), {"a"}) == [("other-1", "any other k", False), ("a", "k=a", True)]
    assert ways(Choice(), set()) == [("other-1", "", False)]
    assert ways(MAY_ADD, {"a"}) == [(None, "no k", False), ("other-1", "any other k", True), ("a", "k=a", True)]


def test_controllers_choose_among_what_they_can_write() -> None:
    assert ways(Choice(begins="tick"), {"tick-1", "tock-1"}) == [
        ("tick-2", "any other k", False),
        ("tick-1", "k=tick-1", True),
    ]
    assert ways(Choice(number=True), {"1", "01", "x"}) == [("0", "any other k", False), ("1", "k=1", True)]
    assert ways(Choice(number=True, most=2), {"0", "1"})[0] == ("2", "any other k", True)


def test_a_universe_leaves_what_it_admits() -> None:
    assert ways(Choice(), {"a", "b"}, LabelDomain(("a", "b"), others=False)) == [("a", "k=a", True), ("b", "k=b", True)]
    assert ways(Choice(), {"a", "b"}, LabelDomain(("a",), others=False)) == [("a", "k=a", False)]
    assert ways(MAY_ADD, {"a"}, LabelDomain(("a",), others=False, required=True)) == [("a", "k=a", False)]


def test_a_universe_without_a_value_for_what_every_pod_has_is_told_so() -> None:
    closed = "{pods: {others: false, labels: {pod-template-generation: {values: [x], others: false}}}}"
    daemons = deployment("n1", "d", "{app: d}").replace("Deployment", "DaemonSet")

    assert ask(daemons, "never n1/app=d -> n1/app=d", closed).verdict is Verdict.VIOLATED
    none = closed.replace("[x]", "[]").replace("generation", "hash")
    with pytest.raises(InputError, match="does not admit"):
        ask(deployment("n1", "d", "{app: d}"), "never n1/app=d -> n1/app=d", none)


def test_what_breaks_a_claim_only_with_a_label_leaves_it_unknown_and_names_it() -> None:
    manifests = lets_in(HASHED) + deployment("n1", "q", "{app: q}") + PEER

    found = ask(manifests, "never n1/app=q -> n1/app=p", "inventory")

    assert (found.verdict, found.depends_on) == (Verdict.UNKNOWN, (TEMPLATE_HASH,))
    assert found.reason is not None
    assert "Deployment n1/q has pod-template-hash=abc, which its controller may add" in found.reason
    assert ask(manifests, "never n1/app=q -> n1/app=p", "open").verdict is Verdict.VIOLATED


def test_labels_of_both_ends_are_named_where_one_workload_makes_both() -> None:
    """The pod that is let in needs the label, whatever the one that lets it in has."""
    manifests = lets_in(HASHED) + deployment("n1", "p", "{app: p}")

    found = ask(manifests, "never n1/app=p -> n1/app=p,pod-template-hash=other", "inventory")

    assert found.verdict is Verdict.UNKNOWN
    assert found.reason is not None
    for value in ("abc", "other"):
        assert f"the pod of Deployment n1/p has pod-template-hash={value}, which" in found.reason


def test_a_hostnetwork_workload_has_them_too_whatever_the_universe() -> None:
    manifests = lets_in(HASHED) + deployment("n1", "q", "{app: q}", "hostNetwork: true") + PEER

    for of in ("open", "inventory"):
        asked = (
            "never n1/app=q -> n1/app=p"
            if of == "inventory"
            else "never {kubernetes.io/metadata.name=n1}/app=q -> n1/app=p"
        )
        assert ask(manifests, asked, of, host_network="as_pod").verdict is not Verdict.PROVED


def test_a_map_draws_them_apart() -> None:
    drawn = draw(cluster(lets_in(HASHED) + deployment("n1", "q", "{app: q}") + PEER), INVENTORY)

    names = [[w.title for m in node.members for w in m.workloads] for node in drawn.nodes]
    links = {(*names[link.source], *names[link.destination]) for link in drawn.links if names[link.source]}
    assert ("Deployment n1/q (pod-template-hash=abc)", "Pod n1/p") in links
    assert ("Deployment n1/q (any other pod-template-hash)", "Pod n1/p") not in links


@pytest.mark.parametrize(("maker", "name"), [(deployment("n1", "gw", "{app: gw}"), "gw"), (ROLLOUT, "gw")])
def test_explain_depends_on_them(maker: str, name: str) -> None:
    some = cluster(lets_in(HASHED) + maker + PEER)

    said = explain(some, parse_connection_query(f"n1/{name} -> n1/p : TCP/80", some.workloads), INVENTORY)

    assert said.allowed is None
    assert "the source has pod-template-hash=abc" in [conditions(when) for when, allowed in said.outcomes if allowed]


@pytest.mark.parametrize("maker", [deployment("n1", "gw", "{app: gw}"), ROLLOUT])
def test_a_comparison_finds_what_changes_for_some_of_the_pods(maker: str) -> None:
    more = maker + PEER + namespace("n1")
    before, after = cluster(lets_in("{podSelector: {matchLabels: {app: x}}}") + more), cluster(lets_in(HASHED) + more)

    found = compare(before, after, INVENTORY)

    assert found.relation is Relation.WIDER
    assert compare(before, before, INVENTORY).relation is Relation.EQUIVALENT
    assert not any(w.name == "gw" for region in found.added for w in region.sources)


@pytest.mark.parametrize("maker", [deployment("n1", "gw", "{app: gw}"), ROLLOUT])
def test_a_comparison_takes_them_for_the_same_on_both_sides(maker: str) -> None:
    rules = lets_in(HASHED) + PEER
    before, after = cluster(rules + maker), cluster(rules + maker.replace("app: gw", "app: gw, tier: new"))

    found = compare(before, after, INVENTORY)

    assert (found.relation, found.new_workloads, found.gone_workloads) == (Relation.EQUIVALENT, (), ())


def test_lint_does_not_call_dead_what_selects_such_pods() -> None:
    def found(peer: str) -> set[str]:
        some = lets_in(peer) + deployment("n1", "q", "{app: q}") + PEER
        return {smell.rule for smell in lint(cluster(some), universe=INVENTORY).smells}

    assert "dead-peer" not in found(HASHED)
    assert "dead-peer" in found("{podSelector: {matchLabels: {controller-uid: abc}}}")


def test_lint_calls_uncovered_what_surely_can_be() -> None:
    def told(operator: str) -> list[str]:
        line = f"{{key: pod-template-hash, operator: {operator}, values: [abc]}}"
        some = policy("n1", "q", f"{{podSelector: {{matchExpressions: [{line}]}}, ingress: []}}")
        covered = policy("n1", "p", "{podSelector: {matchLabels: {app: p}}, ingress: []}")
        found = lint(cluster(some + covered + deployment("n1", "q", "{app: q}") + PEER), universe=INVENTORY).smells
        return [smell.message.partition(", and")[0] for smell in found if smell.rule == "uncovered-pods"]

    assert told("In") == ["no policy isolates Deployment n1/q (any other pod-template-hash)"]
    assert told("NotIn") == []


def test_more_ways_than_can_be_told_apart_are_undecided() -> None:
    keys = {f"k{i}": {"a", "b"} for i in range(6)}
    workload = Workload("Rollout", "n1", "q", foreign=True)

    assert 4 ** len(keys) > MOST
    with pytest.raises(Undecided, match="ways in which the controller of Rollout n1/q may label its pods"):
        list(chosen(workload, Mentions(keys), {}, foreign=True))
    assert len(list(chosen(workload, Mentions(keys), {}, foreign=False))) == 1

    peers = ", ".join(f"{{podSelector: {{matchLabels: {{k{i}: {v}}}}}}}" for i in range(6) for v in "ab")
    some = cluster(policy("n1", "p", admits(peers)) + ROLLOUT + PEER)
    assert (
        compare(some, cluster(policy("n1", "p", admits(HASHED)) + ROLLOUT + PEER), INVENTORY).relation
        is Relation.UNKNOWN
    )
    with pytest.raises(Undecided):
        draw(some, universe("inventory"))


def test_a_universe_rules_out_what_controllers_could_choose() -> None:
    law = "{name: law, pods: {podSelector: {matchLabels: {pod-template-hash: abc}}}, onlyIn: {namespaces: [n2]}}"
    closed = f"{{pods: {{others: false}}, invariants: [{law}]}}"
    manifests = lets_in(HASHED) + deployment("n1", "q", "{app: q}") + PEER + namespace("n1")

    assert ask(manifests, "never n1/app=q -> n1/app=p", closed).verdict is Verdict.PROVED
    assert ask(manifests, "never n1/app=q -> n1/app=p", "inventory").verdict is Verdict.UNKNOWN


def test_lint_goes_on_where_there_are_too_many_ways() -> None:
    peers = ", ".join(f"{{podSelector: {{matchLabels: {{k{i}: {v}}}}}}}" for i in range(6) for v in "ab")
    some = policy("n1", "p", f"{{podSelector: {{matchLabels: {{app: p}}}}, ingress: [{{from: [{peers}]}}]}}")
    mine = policy("n1", "gw", "{podSelector: {matchLabels: {k0: a}}, ingress: []}")

    rules = {s.rule for s in lint(cluster(some + mine + ROLLOUT + PEER), universe=INVENTORY).smells}

    assert not rules & {"dead-peer", "dead-subject", "uncovered-pods"}


@pytest.mark.parametrize(
    ("lines", "met"),
    [
        ("{matchLabels: {pod-template-hash: abc}}", True),
        ("{matchExpressions: [{key: pod-template-hash, operator: DoesNotExist}]}", False),
        ("{matchLabels: {pod-template-hash: abc, controller-uid: abc}}", False),
        ("{matchLabels: {pod-template-hash: abc, app: x}}", False),
        (BOTH, False),
    ],
)
def test_some_pod_may_meet_what_its_controller_can_choose(lines: str, met: bool) -> None:
    (workload,) = cluster(deployment("n1", "q", "{app: q}")).workloads
    (stage,) = cluster(policy("n1", "p", f"{{podSelector: {lines}}}")).policies.ingress.stages

    (who,) = stage.applies or ()
    assert can_meet(workload, subject_of(who)) is met


def test_explain_takes_one_pod_for_one_pod_whatever_its_revision_is() -> None:
    which = "{statefulset.kubernetes.io/pod-name: q-0, controller-revision-hash: old}"
    closed = policy("n1", "p", f"{{podSelector: {{matchLabels: {which}}}, ingress: []}}")
    some = cluster(closed + deployment("n1", "q", "{app: q}").replace("Deployment", "StatefulSet"))

    said = explain(some, parse_connection_query("n1/q -> n1/q : TCP/80", some.workloads), INVENTORY)

    denied = [conditions(when) for when, allowed in said.outcomes if not allowed]
    assert denied
    assert not any("the source has statefulset.kubernetes.io/pod-name=q-0" in when for when in denied)


# What policies of Calico look for inside of such labels


GLOBAL = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: g}
spec:
  order: 10
  selector: app == "p"
  ingress:
  - {action: Deny, source: {selector: 'LOOK'}}
  - {action: Allow}
"""
NEVER = "never n1/app=q -> n1/app=p"
ALWAYS = "always n1/app=q -> n1/app=p : TCP/80"
NUMBERED = """---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: q, namespace: n1}
spec: {template: {metadata: {labels: {app: q}}, spec: {containers: [{name: c, image: i}]}}}
"""


def beside(look: str, asker: str, claim: str) -> Verdict:
    text = namespace("n1") + PEER + asker + GLOBAL.replace("LOOK", look)
    return ask(text, claim, INVENTORY).verdict


@pytest.mark.parametrize("look", ['pod-template-hash contains "7f"', 'pod-template-hash starts with "7f"'])
def test_nobody_knows_whether_a_chosen_value_holds_a_text(look: str) -> None:
    assert beside(look, deployment("n1", "q", "{app: q}"), ALWAYS) is Verdict.UNKNOWN
    assert beside(look, deployment("n1", "q", "{app: q}"), NEVER) is Verdict.VIOLATED
    assert beside(f"!{look}", deployment("n1", "q", "{app: q}"), NEVER) is Verdict.UNKNOWN


def test_a_value_that_stands_for_all_others_holds_no_text_that_is_looked_for() -> None:
    assert beside('pod-template-hash contains "other"', deployment("n1", "q", "{app: q}"), NEVER) is not Verdict.PROVED
    mentions = Mentions({"k": set()}, texts={("k", False): frozenset({(Operator.ENDS_WITH, "1")})})
    found = list(chosen(Workload("Deployment", "n1", "q", free={"k": Choice()}), mentions, {}, foreign=True))

    assert [w.labels["k"] for w in found] == ["other-2"]


@pytest.mark.parametrize("look", ['apps.kubernetes.io/pod-index == "7"', 'statefulset.kubernetes.io/pod-name == "q-7"'])
def test_a_number_of_a_pod_is_told_by_the_whole_of_it(look: str) -> None:
    assert beside(look, NUMBERED, ALWAYS) is not Verdict.PROVED
    with pytest.raises(Undecided, match=r"policies look inside of `.*`, of which the controller of StatefulSet n1/q"):
        beside(look.replace("==", "ends with"), NUMBERED, ALWAYS)
