"""What is allowed against what is stored: as a gate says, one request after the other and several at once."""

import random
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.admission.campaign import bench_of, disagreement
from tests.admission.client import Value, create, delete, namespace, policy, update
from tests.admission.desks import Bench, accepted, date, pod
from verifier.admission.leaving import ways_to_leave
from verifier.admission.objects import Key
from verifier.admission.review import Request
from verifier.admission.ruling import Why
from verifier.ir.universe import INVENTORY

ONE, TWO = policy("shop", "one", ingress=[]), policy("shop", "two", ingress=[])
BOTH_CLOSE = (namespace("shop"), ONE, TWO)
OPEN_ALL = policy("shop", "open", ingress=[{}])


def admin(name: str) -> Value:
    """An AdminNetworkPolicy that lets no pod reach those in shop."""
    shop = {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}
    return {
        "apiVersion": "policy.networking.k8s.io/v1alpha1",
        "kind": "AdminNetworkPolicy",
        "metadata": {"name": name},
        "spec": {
            "priority": 1,
            "subject": {"namespaces": shop},
            "ingress": [{"action": "Deny", "from": [{"namespaces": {}}]}],
        },
    }


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 2**32))
def test_rulings_are_those_of_a_gate(seed: int) -> None:
    draw = random.Random(seed)
    bench = bench_of(draw)
    for _ in range(6):
        assert disagreement(bench, draw)[1] is None


def test_two_that_open_together_do_not_both_pass() -> None:
    bench = Bench(BOTH_CLOSE)

    assert bench.ask(delete(ONE)).why is Why.PASSES
    second = bench.ask(delete(TWO))

    assert second.why is Why.FAILS
    assert "closed before by NetworkPolicy shop/two" in second.message


def test_what_was_allowed_and_never_stored_is_forgotten() -> None:
    bench = Bench(BOTH_CLOSE)
    bench.ask(delete(ONE))
    bench.now += 9.9
    assert bench.ask(delete(TWO)).why is Why.FAILS
    bench.now += 0.2

    assert bench.ask(delete(TWO)).why is Why.PASSES


def test_what_was_allowed_may_not_be_stored_and_excuses_nothing() -> None:
    """The first closes, and may fail for other reasons; without it the second would open."""
    bench = Bench((namespace("shop"), ONE))
    first = create(TWO)
    assert bench.ask(first).why is Why.PASSES

    ruling = bench.ask(delete(ONE))
    assert ruling.why is Why.FAILS
    assert "NetworkPolicy shop/two): try again" in ruling.message

    bench.store(first)
    assert bench.ask(delete(ONE)).why is Why.PASSES


def test_too_many_that_nobody_has_seen_are_a_limit() -> None:
    bench = Bench((namespace("shop"), ONE))
    for number in range(4):
        assert bench.ask(create(policy("shop", f"more-{number}", ingress=[]))).why is Why.PASSES

    assert bench.ask(create(policy("shop", "more-4", ingress=[]))).why is Why.LIMIT


def test_what_was_allowed_counts_where_nobody_tells_of_it() -> None:
    bench = Bench(BOTH_CLOSE, follows=False)
    for number in range(6):
        assert bench.ask(create(policy("shop", f"more-{number}", ingress=[]))).why is Why.PASSES
    for number in range(6):
        assert bench.ask(delete(policy("shop", f"more-{number}", ingress=[]))).why is Why.PASSES
    assert bench.ask(delete(ONE)).why is Why.PASSES

    assert bench.ask(delete(TWO)).why is Why.FAILS


def test_a_dry_run_changes_nothing() -> None:
    bench = Bench(BOTH_CLOSE)
    asked = {**delete(ONE), "dryRun": True}

    assert bench.ask(asked).why is Why.PASSES
    assert bench.desk.unseen == 0
    assert bench.ask(delete(TWO)).why is Why.PASSES


@pytest.mark.parametrize("change", [create(OPEN_ALL), update(ONE, policy("shop", "one", ingress=[{}])), delete(ONE)])
def test_what_opens_is_refused(change: Value) -> None:
    bench = Bench((namespace("shop"), ONE))

    ruling = bench.ask(change)

    assert ruling.why is Why.FAILS
    assert ruling.message.startswith("traffic was opened that nobody accepted\nopens: ")


def test_a_label_of_a_namespace_that_opens_is_refused() -> None:
    ops = [{"from": [{"namespaceSelector": {"matchLabels": {"team": "ops"}}}]}]
    old, new = namespace("web"), namespace("web", team="ops")
    bench = Bench((namespace("shop"), old, policy("shop", "one", ingress=ops)), "never web/* -> shop/*")

    ruling = bench.ask(update(old, new))

    assert ruling.why is Why.FAILS
    assert "breaks `never web/* -> shop/*`" in ruling.message


def test_a_label_of_a_workload_that_opens_is_refused() -> None:
    rule = [{"from": [{"podSelector": {"matchLabels": {"app": "x"}}}]}]
    objects = (namespace("shop"), pod("shop", "web", "w"), pod("shop", "db", "d"), policy("shop", "one", ingress=rule))
    bench = Bench(objects, "never shop/app=x -> shop/app=d", universe=INVENTORY)

    assert bench.ask(update(objects[1], pod("shop", "web", "x"))).why is not Why.PASSES


def test_what_is_accepted_passes_and_what_was_until_yesterday_does_not() -> None:
    asked = create(OPEN_ALL)
    objects = (namespace("shop"), ONE)

    assert Bench(objects, acceptances=[accepted("* -> shop/*")]).ask(asked).why is Why.PASSES
    late = Bench(objects, acceptances=[accepted("* -> shop/*", expires=date(2026, 11, 30))]).ask(asked)
    assert late.why is Why.INVALID
    assert "expired on 2026-11-30" in late.message


def test_nothing_is_judged_while_a_watch_is_lost() -> None:
    bench = Bench(BOTH_CLOSE)
    bench.lose()
    ruling = bench.ask(delete(ONE))
    assert (ruling.why, "it broke" in ruling.message) == (Why.LIMIT, True)

    bench.list()
    assert bench.ask(delete(ONE)).why is Why.PASSES


def test_a_list_after_a_lost_watch_takes_in_what_was_missed() -> None:
    bench = Bench(BOTH_CLOSE)
    bench.ask(create(policy("shop", "three", ingress=[])))
    bench.lose()
    del bench.objects[next(k for k in bench.objects if k.name == "two")]
    bench.list()
    bench.now += 20

    assert bench.ask(delete(ONE)).why is Why.FAILS


def test_a_request_that_knows_more_than_the_watch_is_not_judged() -> None:
    """The object is another one by now, and that was not told yet."""
    bench = Bench((namespace("shop"), ONE))
    newer = policy("shop", "one", {"app": "x"}, ingress=[])

    ruling = bench.ask(update(newer, policy("shop", "one", {"app": "x"}, ingress=[], policyTypes=["Ingress"])))

    assert ruling.why is Why.LIMIT
    assert "older than this request" in ruling.message


def test_a_namespace_takes_its_policies_with_it() -> None:
    home = namespace("shop")
    bench = Bench((home, ONE))
    ruling = bench.ask(delete(home))
    assert ruling.why is Why.FAILS

    bench = Bench((home, ONE), acceptances=[accepted("* -> shop/*")])
    assert bench.ask(delete(home)).why is Why.PASSES


@pytest.mark.parametrize("follows", [True, False])
@pytest.mark.parametrize("stored", [(), (ONE,)])
def test_a_namespace_takes_policies_with_it_that_were_allowed_and_not_seen(
    follows: bool, stored: Sequence[Value]
) -> None:
    home = namespace("shop")
    bench = Bench((home, *stored), follows=follows)
    assert bench.ask(create(TWO)).why is Why.PASSES

    ruling = bench.ask(delete(home))

    assert ruling.why is Why.FAILS
    assert "closed before by NetworkPolicy shop/" in ruling.message


def test_a_policy_that_goes_is_not_the_end_of_its_namespace() -> None:
    home = namespace("shop")
    bench = Bench((home, ONE), acceptances=[accepted("* -> shop/*")])
    for asked in (delete(home), delete(ONE)):
        assert bench.ask(asked).why is Why.PASSES
    bench.store(delete(ONE))
    bench.desk.settle()
    assert bench.desk.unseen == 1

    bench.store(delete(home))
    bench.desk.settle()
    assert bench.desk.unseen == 0


def test_a_namespace_takes_what_is_told_of_while_it_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    home = namespace("shop")
    bench = Bench((home,))

    def wait(*_asked: object) -> None:
        bench.store(create(ONE))
        bench.desk.settle()

    monkeypatch.setattr(bench.desk, "_wait", wait)
    assert bench.ask(delete(home)).why is Why.FAILS


def test_in_a_namespace_that_is_going_policies_may_go() -> None:
    home = namespace("shop")
    going = {**home, "metadata": {**home["metadata"], "deletionTimestamp": "2026-12-01T00:00:00Z"}}
    bench = Bench((home, ONE))
    assert bench.ask(delete(ONE)).why is Why.FAILS
    bench.store(update(home, going))

    assert bench.ask(delete(ONE)).why is Why.FREE


def going(value: Value) -> Value:
    return {**value, "metadata": {**value["metadata"], "deletionTimestamp": "2026-12-01T00:00:00Z"}}


def test_what_is_being_deleted_closes_nothing_any_more() -> None:
    """A finalizer keeps it, and nobody is asked when it goes."""
    bench = Bench(BOTH_CLOSE)
    assert bench.ask(delete(ONE)).why is Why.PASSES
    bench.store(update(ONE, going(ONE)))

    ruling = bench.ask(delete(TWO))

    assert ruling.why is Why.FAILS
    assert "this would need what is being deleted (NetworkPolicy shop/one)" in ruling.message


def test_a_namespace_that_is_going_closes_nothing_any_more() -> None:
    home, guard = namespace("shop"), admin("guard")
    bench = Bench((home, ONE, guard), acceptances=[accepted("external -> shop/*")])
    assert bench.ask(delete(home)).why is Why.PASSES
    bench.store(update(home, going(home)))
    bench.desk.settle()
    assert bench.desk.unseen == 0

    assert bench.ask(delete(guard)).why is Why.FAILS


def test_what_is_created_while_it_is_still_going_is_judged_as_new() -> None:
    """It can only be created once the other is gone, which then opens nothing any more."""
    bench = Bench((namespace("shop"), ONE, OPEN_ALL))
    assert bench.ask(delete(OPEN_ALL)).why is Why.PASSES
    bench.store(update(OPEN_ALL, going(OPEN_ALL)))

    assert bench.ask(create(OPEN_ALL)).why is Why.FAILS
    assert bench.ask(create(policy("shop", "open", ingress=[{"ports": [{"port": 80}]}]))).why is Why.FAILS


def test_what_goes_from_a_namespace_that_was_made_again_is_judged() -> None:
    """What is told of the namespace that went before lets nothing go from the new one."""
    home = namespace("shop")
    bench = Bench((home, ONE))
    bench.store(update(home, going(home)))
    assert bench.ask(create(home)).allowed
    assert bench.ask(create(ONE)).allowed

    assert bench.ask(delete(ONE)).why is Why.FAILS


def test_what_was_created_while_it_was_still_going_counts_for_the_next() -> None:
    """Without what is going only the new policy isolates the pods that the next one opens."""
    wide = policy("shop", "wide", ingress=[{"ports": [{"port": 80}]}])
    bench = Bench((namespace("shop"), going(ONE), going(wide)))
    assert bench.ask(create(ONE)).why is Why.PASSES

    assert bench.ask(create(policy("shop", "more", ingress=[{"ports": [{"port": 80}]}]))).why is Why.FAILS


def test_of_what_is_being_deleted_any_part_may_be_gone_first() -> None:
    """While the open one is left, port 80 is open anyway; once both are gone everything is: in between it is not."""
    shut = policy("shop", "shut", ingress=[])
    bench = Bench((namespace("shop"), going(shut), going(OPEN_ALL)))

    ruling = bench.ask(create(policy("shop", "more", ingress=[{"ports": [{"port": 80}]}])))

    assert ruling.why is Why.FAILS
    assert "this would need what is being deleted (NetworkPolicy shop/open)" in ruling.message


@pytest.mark.parametrize(("things", "ways"), [(0, 1), (1, 2), (2, 4), (3, 8), (4, 10), (9, 20)])
def test_of_many_things_that_leave_each_is_tried_alone(things: int, ways: int) -> None:
    keys = [Key("networking.k8s.io", "NetworkPolicy", "shop", f"p{number}") for number in range(things)]

    found = [frozenset(gone) for gone in ways_to_leave(keys)]

    assert len({*found}) == len(found) == ways
    assert {frozenset(), frozenset(keys), *(frozenset((key,)) for key in keys)} <= {*found}
    assert {frozenset(keys) - {key} for key in keys} <= {*found}


def test_what_is_in_a_namespace_leaves_with_it() -> None:
    home, pod_of, other = (Key("", kind, at, "x") for kind, at in (("Namespace", ""), ("Pod", "x"), ("Pod", "y")))

    assert {*ways_to_leave([home, pod_of, other])} == {(), (home, pod_of, other), (home, pod_of), (other,)}


def test_what_only_its_status_changes_is_let_through_unjudged() -> None:
    old = pod("shop", "web", "w")
    bench = Bench((namespace("shop"), ONE, old))

    new = {**old, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    assert bench.ask(update(old, new)).why is Why.FREE


def test_what_nobody_understands_is_refused() -> None:
    strange = {
        "apiVersion": "crd.antrea.io/v1beta1",
        "kind": "ClusterNetworkPolicy",
        "metadata": {"name": "x"},
        "spec": {},
    }
    ruling = Bench(BOTH_CLOSE).ask(create(strange))

    assert ruling.why is Why.INVALID
    assert ruling.message.startswith("it cannot be judged\n")


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_three_in_any_order_end_as_a_gate_says(order: tuple[int, ...]) -> None:
    """What has to work comes first, and the message says so; asked again, all three are in."""
    dns = [{"ports": [{"port": 53, "protocol": "UDP"}]}]
    three = [
        policy("shop", "deny", policyTypes=["Egress"], egress=[]),
        policy("shop", "dns", policyTypes=["Egress"], egress=dns),
        policy("shop", "closed", policyTypes=["Ingress"], ingress=[]),
    ]
    bench = Bench([namespace("shop"), namespace("dns")], "always shop/* -> dns/* : UDP/53")
    waiting = [three[number] for number in order]
    for _ in range(2):
        again = []
        for value in waiting:
            asked = create(value)
            ruling = bench.ask(asked)
            if ruling.allowed:
                bench.store(asked)
            else:
                again.append(value)
                assert value["metadata"]["name"] == "deny"
                assert "apply first the policy that allows what has to work" in ruling.message
        waiting = again
    assert not waiting


def test_a_property_that_is_broken_already_lets_nothing_through() -> None:
    bench = Bench((namespace("shop"), ONE, OPEN_ALL), "never external -> shop/*")

    ruling = bench.ask(create(TWO))

    assert ruling.why is Why.FAILS
    assert "broken before this, too: `never external -> shop/*`" in ruling.message


def test_a_pod_that_says_it_has_ended_counts_as_one_that_runs() -> None:
    """A status is never applied; what the session knows is about a pod that is nobody."""
    rule = [{"from": [{"podSelector": {"matchLabels": {"app": "x"}}}]}]
    there = (namespace("shop"), pod("shop", "db", "d"), policy("shop", "one", {"app": "d"}, ingress=rule))
    bench = Bench(there, "never shop/app=x -> shop/app=d", universe=INVENTORY)
    ended = {**pod("shop", "x", "x"), "status": {"phase": "Succeeded"}}

    ruling = bench.ask(create(ended))

    assert ruling.report is not None
    assert [judged.head.value for judged in ruling.report.judged] == ["violated"]


def test_of_what_was_opened_nothing_is_said_where_it_was_not_looked_for() -> None:
    claim, shown = "never external -> shop/*", accepted("external -> shop/*", "never external -> shop/*")
    bench = Bench((namespace("shop"), ONE), claim, acceptances=[shown], fail_on="none")

    ruling = bench.ask(delete(ONE))

    assert ruling.why is Why.PASSES
    assert ruling.message.startswith("nothing newly violated\n")
    assert "opened" not in ruling.message


def test_what_became_of_one_request_is_not_taken_for_another() -> None:
    """A dry run passes; the next one is let through though it could not be judged; then its own change counts."""
    free = policy("a", "p", policyTypes=["Ingress"], ingress=[{}])
    other = policy("a", "p", policyTypes=["Ingress"], ingress=[{}, {"from": [{"podSelector": {}}]}])
    closed = policy("a", "p", policyTypes=["Ingress"])
    bench = Bench([namespace("a"), free])
    harmless = create(policy("a", "extra", policyTypes=["Egress"], egress=[{}]), dry_run=True)
    stale = update(other, closed)

    first, second = bench.ask(harmless), bench.ask(stale)
    bench.desk.let(msgspec.convert(stale, Request))
    third = bench.ask(update(closed, free))

    assert (first.why, second.why, third.why) == (Why.PASSES, Why.LIMIT, Why.FAILS)
    assert "opens: anything -> a pods, every port" in third.message
