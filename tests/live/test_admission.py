"""`netpol serve` behind a real API server: what kubectl is told, what is stored, two at once, restart."""

import base64
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.admission.client import Certificates, Webhook, namespace, policy, serving
from tests.live.server import BIN, Object, Server, running

pytestmark = pytest.mark.skipif(
    not os.environ.get("NETPOL_LIVE"), reason="asks a real API server: `make test-live` sets one up"
)

CLAIM = "never external -> shop/app=db"
ONE, TWO = policy("shop", "one", ingress=[]), policy("shop", "two", ingress=[])
OPEN_ALL = policy("shop", "open", ingress=[{}])
RULES = [
    {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"]},
    {"apiGroups": [""], "resources": ["namespaces", "namespaces/status", "namespaces/finalize", "services", "pods"]},
    {"apiGroups": ["apps"], "resources": ["deployments"]},
]


def registration(port: int, ca: bytes) -> Object:
    """By an address on loopback, so that no Service is needed."""
    every = {"apiVersions": ["v1"], "operations": ["CREATE", "UPDATE", "DELETE"]}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "netpol"},
        "webhooks": [
            {
                "name": "netpol.example.org",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
                "timeoutSeconds": 30,
                "clientConfig": {
                    "url": f"https://127.0.0.1:{port}/validate",
                    "caBundle": base64.b64encode(ca).decode(),
                },
                "namespaceSelector": {
                    "matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["shop"]}]
                },
                "rules": [{**rule, **every} for rule in RULES],
            }
        ],
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), ()) as found:
        found.apply(namespace("shop", team="web"), ONE, TWO)
        yield found


@contextmanager
def judged(server: Server, folder: Path, *arguments: str) -> Iterator[Webhook]:
    """A webhook that the API server asks about all of shop."""
    held = Certificates(folder / "tls")
    env: Mapping[str, str] = {
        "PATH": os.pathsep.join((str(BIN), os.environ["PATH"])),
        "KUBECONFIG": str(server.kubeconfig),
    }
    asked = ("cluster:", "--keep", "1", "--timeout", "25", "-e", CLAIM, *arguments)
    with serving(folder, *asked, certificates=held, env=env) as webhook:
        webhook.wait()
        server.apply(registration(webhook.port, held.ca.read_bytes()))
        until_asked(server)
        try:
            yield webhook
        finally:
            server.kubectl("delete", "validatingwebhookconfiguration", "netpol", "--ignore-not-found")


def until_asked(server: Server) -> None:
    """The API server takes a moment to hear of a registration."""
    deadline = time.monotonic() + 60
    while (
        "denied the request"
        not in server.attempt("apply", "--dry-run=server", "-f", "-", stdin=json.dumps(OPEN_ALL)).stderr
    ):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def names(server: Server) -> set[str]:
    return set(server.kubectl("get", "-n", "shop", "networkpolicies", "-o", "name").split())


def test_kubectl_is_told_what_a_policy_would_open(server: Server, tmp_path: Path) -> None:
    with judged(server, tmp_path) as webhook:
        done = server.attempt("apply", "-f", "-", stdin=json.dumps(OPEN_ALL))

        assert done.returncode != 0
        assert 'admission webhook "netpol.example.org" denied the request: ' in done.stderr
        assert "opens: anything -> shop pods, every port" in done.stderr
        assert "by NetworkPolicy shop/open, ingress[0] (cluster:admin NetworkPolicy shop/open:" in done.stderr
        assert f"breaks `{CLAIM}`: " in done.stderr
        assert "networkpolicy.networking.k8s.io/open" not in names(server)

        closed = policy("shop", "closed", policyTypes=["Egress"], egress=[])
        assert "created" in server.kubectl("apply", "-f", "-", stdin=json.dumps(closed))
        assert "labeled" in server.kubectl("label", "-n", "shop", "networkpolicy", "closed", "a=b")
        whys = [event["why"] for event in webhook.events() if event["event"] == "judged"]
        assert "fails" in whys
        assert "passes" in whys
    server.kubectl("delete", "-n", "shop", "networkpolicy", "closed")  # or web may open nothing to anybody


def test_a_dry_run_is_judged_and_stores_nothing(server: Server, tmp_path: Path) -> None:
    with judged(server, tmp_path):
        refused = server.attempt("apply", "--dry-run=server", "-f", "-", stdin=json.dumps(OPEN_ALL))
        assert "denied the request" in refused.stderr
        for each in (ONE, TWO):
            name = str(each["metadata"]["name"])
            assert server.attempt("delete", "--dry-run=server", "-n", "shop", "networkpolicy", name).returncode == 0


def test_of_two_at_once_that_open_together_one_passes(server: Server, tmp_path: Path) -> None:
    with judged(server, tmp_path):
        for _ in range(5):
            with ThreadPoolExecutor(2) as pool:
                deleted = [
                    pool.submit(server.attempt, "delete", "-n", "shop", "networkpolicy", name)
                    for name in ("one", "two")
                ]
            codes = sorted(each.result().returncode for each in deleted)
            assert codes == [0, 1], [each.result().stderr for each in deleted]
            server.apply(ONE, TWO)


def test_labels_of_a_namespace_are_judged_by_every_way_to_change_them(server: Server, tmp_path: Path) -> None:
    ops = policy("shop", "ops", {"app": "db"}, ingress=[{"from": [{"namespaceSelector": {"matchLabels": {"a": "b"}}}]}])
    server.apply(ops)
    try:
        with judged(server, tmp_path, "-e", "never shop/app=web -> shop/app=db"):
            label = server.attempt("label", "namespace", "shop", "a=b")
            patch = json.dumps({"metadata": {"labels": {"a": "b"}}})
            status = server.attempt("patch", "namespace", "shop", "--subresource=status", "--type=merge", "-p", patch)
            assert "denied the request" in label.stderr, label.stdout
            assert "denied the request" in status.stderr, status.stdout
            assert server.attempt("label", "namespace", "shop", "c=d").returncode == 0
    finally:
        server.kubectl("delete", "-n", "shop", "networkpolicy", "ops")
        server.kubectl("label", "namespace", "shop", "a-", "c-")


def test_what_others_store_behind_its_back_counts(server: Server, tmp_path: Path) -> None:
    """In a namespace of its own, about which the API server does not ask."""
    server.apply(namespace("free"), policy("free", "deny", ingress=[]))
    claim = "never 8.8.8.8 -> free/*"
    with judged(server, tmp_path, "-e", claim) as webhook:
        server.apply(policy("free", "open", ingress=[{}]))
        done = server.attempt("apply", "-f", "-", stdin=json.dumps(policy("shop", "more", ingress=[])))
        assert f"broken before this, too: `{claim}`" in done.stderr
        deadline = time.monotonic() + 20
        while not any("nothing passes" in str(event.get("state")) for event in webhook.events()):
            assert time.monotonic() < deadline, webhook.events()
            time.sleep(0.2)
    server.kubectl("delete", "namespace", "free", "--wait=false")


def test_while_it_is_away_nothing_passes_and_after_a_restart_it_judges(server: Server, tmp_path: Path) -> None:
    closed = json.dumps(policy("shop", "more", ingress=[]))
    with judged(server, tmp_path) as webhook:
        webhook.process.send_signal(signal.SIGKILL)
        webhook.process.wait()
        done = server.attempt("apply", "-f", "-", stdin=closed)
        assert "failed calling webhook" in done.stderr
    with judged(server, tmp_path):
        assert server.attempt("apply", "-f", "-", stdin=json.dumps(OPEN_ALL)).returncode != 0
        assert server.attempt("apply", "-f", "-", stdin=closed).returncode == 0
        assert server.attempt("delete", "-n", "shop", "networkpolicy", "more").returncode == 0


def test_workloads_and_namespaces_come_and_go(server: Server, tmp_path: Path) -> None:
    """What bears on nothing that is asked is let through, with the fields that an API server fills in."""
    labels = {"app": "web"}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
        },
    }
    with judged(server, tmp_path):
        for _ in range(2):
            server.apply(deployment)
            server.kubectl("scale", "-n", "shop", "deployment", "web", "--replicas=3")
            server.kubectl("delete", "-n", "shop", "deployment", "web")
        gone = server.attempt("delete", "namespace", "shop", "--wait=false")
        assert "denied the request" in gone.stderr
