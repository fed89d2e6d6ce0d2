"""A cluster as what is stored, by a kubectl that answers as the test says: watched, resumed, listed again, lost."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.admission.client import Value, Webhook, create, delete, namespace, policy, serving, update
from tests.admission.kubectl import SERVED, Watchable
from tests.cli.process import netpol

CLAIM = ("-e", "never 8.8.8.8 -> shop/*")
ONE, TWO = policy("shop", "one", ingress=[]), policy("shop", "two", ingress=[])


@pytest.fixture
def cluster(tmp_path: Path) -> Watchable:
    return Watchable(tmp_path / "bin", namespace("shop"), ONE, TWO)


@pytest.fixture
def webhook(tmp_path: Path, cluster: Watchable) -> Iterator[Webhook]:
    with serving(tmp_path, "cluster:", "--keep", "1", *CLAIM, env=cluster.path) as found:
        found.wait()
        yield found


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ask(webhook: Webhook, asked: Value) -> bool:
    """The answer, once the state is current."""
    while (answer := webhook.ask(asked)).response.get("status", {}).get("code") == 503:
        time.sleep(0.1)
    return answer.allowed


def test_what_is_stored_is_seen_and_counts(webhook: Webhook, cluster: Watchable) -> None:
    """Where policies change behind its back, by one who may go round it, too."""
    assert ask(webhook, delete(ONE))
    cluster.store(delete(ONE))
    assert not ask(webhook, delete(TWO))

    cluster.store(create(policy("shop", "three", ingress=[])))
    until(lambda: ask(webhook, {**delete(TWO), "dryRun": True}))


def test_two_at_once_do_not_both_pass(webhook: Webhook) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(webhook.ask, (delete(ONE), delete(TWO))))

    assert sorted(answer.allowed for answer in found) == [False, True]


def test_a_watch_that_ends_goes_on_from_where_it_was(webhook: Webhook, cluster: Watchable) -> None:
    lists = cluster.asked("networkpolicies?limit=500")
    cluster.end_watches()
    cluster.store(delete(ONE))
    until(lambda: not ask(webhook, {**delete(TWO), "dryRun": True}))

    assert cluster.asked("networkpolicies?limit=500") == lists
    assert webhook.get("/readyz").status == 200


@pytest.mark.parametrize("lost", [True, False])
def test_a_watch_that_is_lost_or_too_old_begins_with_a_list(lost: bool, webhook: Webhook, cluster: Watchable) -> None:
    """What happened in between was told to nobody."""
    lists = cluster.asked("networkpolicies?limit=500")
    cluster.store(delete(ONE), tell=False)
    if not lost:
        cluster.forget()
    cluster.end_watches(lost=lost)
    until(lambda: cluster.asked("networkpolicies?limit=500") > lists)

    until(lambda: webhook.get("/readyz").status == 200)
    assert not ask(webhook, delete(TWO))


def test_a_cluster_that_is_down_allows_nothing(webhook: Webhook, cluster: Watchable) -> None:
    cluster.write(down=True)
    cluster.end_watches(lost=True)
    until(lambda: webhook.get("/readyz").status == 503)

    answer = webhook.ask(create(policy("shop", "three", ingress=[])))
    assert (answer.allowed, answer.response["status"]["code"]) == (False, 503)
    assert "what is stored is not known at the moment" in answer.message

    cluster.write(down=False)
    webhook.wait()
    assert ask(webhook, create(policy("shop", "three", ingress=[])))


def test_a_label_of_a_namespace_is_judged(tmp_path: Path) -> None:
    ops = [{"from": [{"namespaceSelector": {"matchLabels": {"team": "ops"}}}]}]
    web = namespace("web")
    cluster = Watchable(tmp_path / "bin", namespace("shop"), web, policy("shop", "one", ingress=ops))
    claim = ("-e", "never web/* -> shop/*")
    with serving(tmp_path, "cluster:prod", "--keep", "0", *claim, env=cluster.path) as webhook:
        webhook.wait()
        answer = webhook.ask(update(web, namespace("web", team="ops")))

    assert not answer.allowed
    assert "breaks `never web/* -> shop/*`" in answer.message
    assert "(cluster:prod NetworkPolicy shop/one:" in answer.message


def test_policies_that_may_not_be_listed_are_an_error_at_the_start(tmp_path: Path, cluster: Watchable) -> None:
    from tests.admission.client import Certificates

    cluster.write(forbidden=["networkpolicies"])
    held = Certificates(tmp_path / "tls")
    files = ("--cert", str(held.certificate), "--key", str(held.key))
    done = netpol("serve", "cluster:", *files, cwd=tmp_path, **cluster.path)

    assert done.returncode == 2
    assert "`NetworkPolicy.networking.k8s.io` decides about traffic and was not listed" in done.stderr


def test_all_pages_of_a_list_are_read(tmp_path: Path) -> None:
    """Of 501 policies the last one alone closes something."""
    last = policy("shop", "last", ingress=[])
    many = [policy("shop", f"p-{number:03}", {"app": "a"}, ingress=[]) for number in range(500)]
    cluster = Watchable(tmp_path / "bin", namespace("shop"), *many, last)
    with serving(tmp_path, "cluster:", "--keep", "0", *CLAIM, env=cluster.path) as webhook:
        webhook.wait()
        assert not webhook.ask(delete(last)).allowed


def test_kinds_of_the_cluster_are_those_that_are_watched(webhook: Webhook, cluster: Watchable) -> None:
    assert {name for name, *_ in SERVED} == {"namespaces", "networkpolicies"}
    cilium = create({**policy("shop", "x"), "apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy"})

    answer = webhook.ask(cilium)

    assert not answer.allowed
    assert "are not read of cluster:prod" in answer.message
    assert cluster.asked("watch=1") >= 2
