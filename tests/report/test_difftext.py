from msgspec.structs import replace

from tests.report.comparisons import DEPENDS, EQUIVALENT, INCOMPARABLE, MOVED, UNDECIDED, WIDER, region
from tests.report.samples import API, UNPROTECTED
from verifier.engine.results.diff import Difference, Relation
from verifier.engine.results.region import EndRegion
from verifier.ir.endpoint import Kind, Workload
from verifier.ir.network import AddressSet
from verifier.report.text.diff import diff, today
from verifier.report.words.paint import Paint
from verifier.report.words.region import line


def test_the_relation_comes_first_then_what_was_opened_and_closed() -> None:
    assert (
        diff(INCOMPARABLE)
        == """\
INCOMPARABLE  some connections are opened, others are closed
  note: shop/api was renamed

Opened (1)

  1. any pod in namespaces team=ops -> shop pods role=api, TCP 5000
     by NetworkPolicy shop/api-metrics, ingress[0].from[1]   k8s/shop/api.yaml:14
     blocked before by NetworkPolicy shop/api-metrics (isolates the pod, and no rule matches)   k8s/shop/api.yaml:8
     example  a pod in ops-1 -> Deployment shop/api: TCP 10.244.7.9 -> 10.244.3.4:5000   (possible, none exists today)
     today    (none of today's) -> Deployment shop/api

Closed (1)

  1. shop pods with role anything but web -> 10.0.0.0/8 outside the cluster, every port
     blocked by NetworkPolicy shop/api-metrics (isolates the pod, and no rule matches)   k8s/shop/api.yaml:8
     let through before by NetworkPolicy shop/api-metrics, ingress[0].from[1]   k8s/shop/api.yaml:14
     example  Deployment shop/api -> 10.1.1.1 (outside the cluster): TCP 10.244.3.4 -> 10.1.1.1:5000   \
(possible, none exists today)

The lists are complete: nothing else was opened or closed.

Universe: open (every pod that could exist, with any labels, today's or not)
Assumed: pods have private addresses
Not covered: nodes and hostNetwork pods
"""
    )


def test_files_that_differ_in_nothing_else_have_a_headline_of_their_own() -> None:
    assert diff(EQUIVALENT).startswith(
        "EQUIVALENT  the same connections are allowed for every pod that could exist\n\nUniverse: open"
    )
    assert diff(Difference(Relation.EQUIVALENT, universe="production")).startswith(
        "EQUIVALENT  the same connections are allowed for every pod that universe production admits\n"
    )


def test_the_relation_is_said_in_words() -> None:
    assert diff(WIDER).startswith("WIDER  more connections are allowed than before, none fewer\n")
    narrower = Difference(Relation.NARROWER, removed=INCOMPARABLE.removed)
    assert diff(narrower).startswith("NARROWER  fewer connections are allowed than before, none more\n")
    assert diff(UNDECIDED).startswith("UNKNOWN  the time limit was reached\n")


def test_a_list_that_was_cut_says_so() -> None:
    shown = diff(replace(WIDER, complete=False))

    assert "The lists are not complete: there is more than what stands here (`--limit` says how much" in shown
    assert "nothing else" not in shown


def test_a_list_that_hangs_on_a_switch_may_not_be_complete_for_any_reason() -> None:
    assert "The lists are not complete: there may be more than what stands here." in diff(
        replace(DEPENDS, complete=False)
    )


def test_a_list_that_ends_where_the_solver_gave_up_says_why() -> None:
    shown = diff(replace(WIDER, complete=False, reason="the time limit was reached"))

    assert shown.startswith("WIDER  more connections are allowed than before, none fewer\n")
    assert "The lists are not complete, and nobody knows what is missing: the time limit was reached." in shown


def test_an_open_switch_is_named_with_its_values() -> None:
    shown = diff(DEPENDS)

    assert shown.startswith("UNKNOWN  depends on `ipblock_pods`: wider where ipblock_pods=match; equivalent where")
    assert "ipblock_pods: whether an ipBlock matches pods by their addresses; decide with --set ipblock_pods=" in shown
    assert "TCP 5000, where `ipblock_pods` = `match`\n" in shown


def test_workloads_that_are_new_or_gone_are_no_traffic() -> None:
    shown = diff(MOVED)

    assert shown.startswith(
        "INCOMPARABLE  the policies open and close nothing; 2 workloads are new, 1 workload is gone, "
        "2 workloads turn to hostNetwork or from it\n"
    )
    assert (
        "New workloads and what they may reach (2)\n"
        "  Deployment shop/new\n"
        "     reaches  pods of Deployment shop/api, TCP 5000, where host_network = as_node\n"
        "     reaches  10.0.0.0/8 outside the cluster, every port, under conditions that `netpol map` tells\n"
        "  Deployment shop/mute\n"
        "     reaches  nothing\n"
    ) in shown
    assert (
        "Workloads that are gone, and what they could reach (1)\n"
        "  Deployment shop/old\n"
        "     reached  more than can be drawn\n"
    ) in shown
    assert (
        "Workloads that turn to hostNetwork, or from it (2)\n"
        "  Deployment shop/proxy   uses its node's network now\n"
        "  Deployment shop/agent   has a network of its own now\n"
    ) in shown


def test_region_says_that_nobody_but_a_new_workload_or_one_that_is_gone_is_at_an_end() -> None:
    old, new = (Workload("Deployment", "shop", name) for name in ("old", "new"))

    assert line(region(gone=(old,))).endswith(" (of a workload that is gone: Deployment shop/old)")
    assert line(region(new=(old, new))).endswith(
        " (of workloads that are new: Deployment shop/old, Deployment shop/new)"
    )


def test_region_says_where_a_workload_was_that_uses_another_network_now() -> None:
    now = EndRegion(frozenset({Kind.HOSTPOD}), workloads=frozenset({"Deployment shop/web"}))
    was = replace(now, was=AddressSet.of(["10.0.0.0/8"]))
    moved = replace(was, addresses=AddressSet.of(["192.168.0.0/24"]))

    assert "hostNetwork pods of Deployment shop/web at 10.0.0.0/8 before -> " in line(region(source=was))
    assert " at 192.168.0.0/24, at 10.0.0.0/8 before -> " in line(region(source=moved))


def test_without_a_rule_the_reason_stands_in_its_place() -> None:
    shown = diff(Difference(Relation.WIDER, added=(region(after=UNPROTECTED.steps[:1]),)))

    assert "     no policy selects the pod for ingress\n     blocked before by" in shown


def test_many_workloads_of_today_are_counted() -> None:
    crowd = tuple(Workload("Pod", "ops", f"p{n}") for n in range(9))
    shown = diff(Difference(Relation.WIDER, added=(region(sources=crowd, destinations=(API,)),)))

    assert "Pod ops/p5 and 3 more -> Deployment shop/api\n" in shown


def test_quiet_leaves_out_what_was_assumed() -> None:
    shown = diff(INCOMPARABLE, quiet=True)

    assert shown.endswith("The lists are complete: nothing else was opened or closed.\n")


def test_colour_changes_nothing_but_the_colour() -> None:
    import re

    assert re.sub("\x1b\\[[0-9;]*m", "", diff(INCOMPARABLE, Paint(True))) == diff(INCOMPARABLE)


def test_where_no_pod_can_be_it_is_not_said_that_none_of_today_is() -> None:
    outside = EndRegion(frozenset({Kind.EXTERNAL}))

    [line_of_today] = today(region(source=outside, sources=(), destinations=(API,)))

    assert line_of_today == "any address outside the cluster -> Deployment shop/api"
