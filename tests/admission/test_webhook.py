"""The webhook as an API server meets it: TLS on loopback, a process that runs."""

import asyncio
import json
import signal
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest

from tests.admission.client import (
    Certificates,
    Value,
    Webhook,
    create,
    delete,
    namespace,
    policy,
    review,
    serving,
    update,
)  # fmt: skip
from tests.cli.process import netpol
from verifier.admission.metrics import Metrics
from verifier.admission.review import Request
from verifier.admission.ruling import Why
from verifier.admission.server import How, Mode, answer_of
from verifier.admission.server import Webhook as Server

DENY = policy("shop", "deny", ingress=[])
OPEN_ALL = policy("shop", "open", ingress=[{}])
CLAIM = ("-e", "never external -> shop/*")
CLOSED = policy("shop", "closed", policyTypes=["Egress"], egress=[])


def store(folder: Path, *objects: Value) -> Path:
    (folder / "k8s").mkdir(exist_ok=True)
    for value in objects:
        metadata = value["metadata"]
        (folder / "k8s" / f"{value['kind']}-{metadata['name']}.yaml").write_text(json.dumps(value))
    return folder


@pytest.fixture(scope="module")
def webhook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Webhook]:
    """One that ends what it is told to judge within a second after its start."""
    folder = store(tmp_path_factory.mktemp("webhook"), namespace("shop"), DENY)
    with serving(folder, "k8s", "--keep", "0.3", *CLAIM) as found:
        found.wait()
        yield found


def test_what_opens_is_denied_with_the_rule_and_the_property(webhook: Webhook) -> None:
    answer = webhook.ask(create(OPEN_ALL))

    assert not answer.allowed
    assert answer.response["status"]["code"] == 403
    assert answer.message.startswith("1 property newly violated, traffic was opened that nobody accepted\n")
    assert "opens: anything -> shop pods, every port\n" in answer.message
    assert "by NetworkPolicy shop/open, ingress[0]" in answer.message
    assert "closed before by NetworkPolicy shop/deny" in answer.message
    assert "(k8s/NetworkPolicy-deny.yaml:1)" in answer.message
    assert "breaks `never external -> shop/*`: " in answer.message


def test_what_closes_is_allowed(webhook: Webhook) -> None:
    asked = create(CLOSED)
    answer = webhook.ask(asked)

    assert (answer.allowed, answer.response["uid"]) == (True, asked["uid"])
    assert answer.response["auditAnnotations"] == {"verdict": "passes"}


def test_what_has_no_bearing_is_allowed(webhook: Webhook) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "shop"}}

    asked = create(secret)
    assert webhook.ask(asked).response == {"uid": asked["uid"], "allowed": True}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'{"kind": "AdmissionReview"}', b"\xff\xfe", b'{"a":' * 20_000,
        json.dumps({**review(create(DENY)), "apiVersion": "admission.k8s.io/v1beta1"}).encode(),
        json.dumps(review({**create(DENY), "uid": ""})).encode(),
        json.dumps(review({**create(DENY), "object": [1]})).encode(),
    ],
)  # fmt: skip
def test_what_is_no_review_is_refused(body: bytes, webhook: Webhook) -> None:
    assert webhook.send("POST", "/validate", body).status == 400


@pytest.mark.parametrize(
    "change",
    [
        {"object": None}, {"operation": "CONNECT"}, {"operation": "DELETE", "oldObject": None},
        {"object": {**OPEN_ALL, "spec": {"podSelector": 3}}},
        {"object": {**OPEN_ALL, "metadata": {"name": "x\u001b[2J", "namespace": "shop"}}},
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_denied(change: Value, webhook: Webhook) -> None:
    answer = webhook.ask({**create(OPEN_ALL), **change})

    assert not answer.allowed
    assert answer.message.isprintable() or "\n" in answer.message
    assert "\x1b" not in answer.body.decode()


def test_a_review_that_is_too_large_is_refused_before_it_is_read(webhook: Webhook) -> None:
    connection = webhook.connection()
    connection.putrequest("POST", "/validate")
    connection.putheader("Content-Length", str(9 << 20))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_one_without_a_length_is_cut_off(webhook: Webhook) -> None:
    connection = webhook.connection()
    pieces = (b"x" * (1 << 20) for _ in range(9))
    try:
        connection.request("POST", "/validate", pieces, {"Transfer-Encoding": "chunked"}, encode_chunked=True)
        status = connection.getresponse().status
    except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
        status = 413
    assert status == 413


def test_a_slow_client_keeps_nobody_waiting(webhook: Webhook) -> None:
    """One says nothing at all, one stops in its head, one in its body: others are answered, and these are let go."""
    context = ssl._create_unverified_context()
    silent = socket.create_connection(("127.0.0.1", webhook.port))
    head, body = (
        context.wrap_socket(socket.create_connection(("127.0.0.1", webhook.port)), server_hostname="localhost")
        for _ in range(2)
    )
    head.sendall(b"POST /validate HTTP/1.1\r\nHost: x\r\n")
    body.sendall(b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")

    assert not webhook.ask(create(OPEN_ALL)).allowed

    for each in (silent, head, body):
        each.settimeout(30)
        said = b""
        with suppress(ConnectionError, ssl.SSLError):  # it is let go in one way or another, in less than that time
            while piece := each.recv(4096):
                said += piece
        assert b" 200 " not in said
        each.close()


def test_health_readiness_and_metrics(webhook: Webhook) -> None:
    webhook.ask(create(OPEN_ALL))

    assert webhook.get("/healthz").status == 200
    assert webhook.get("/readyz").status == 200
    assert webhook.get("/nowhere").status == 404
    assert webhook.get("/validate").status == 405
    text = webhook.get("/metrics").body.decode()
    assert "netpol_ready 1.0" in text
    assert 'netpol_admission_requests_total{allowed="false",why="fails"}' in text


def test_a_line_of_json_says_what_was_judged(webhook: Webhook) -> None:
    asked = create(OPEN_ALL)
    webhook.ask(asked)

    (event,) = [each for each in webhook.events() if each.get("uid") == asked["uid"]]
    assert (event["event"], event["why"], event["allowed"], event["user"]) == ("judged", "fails", False, "alice")
    assert event["name"] == "open"


def test_a_certificate_that_changes_is_read_again(tmp_path: Path) -> None:
    held = Certificates(tmp_path / "tls")
    folder = store(tmp_path, namespace("shop"), DENY)
    with serving(folder, "k8s", "--keep", "0", *CLAIM, certificates=held) as webhook:
        webhook.wait()
        before = _certificate(webhook, held)
        held.key.write_text("half written")
        time.sleep(1.5)
        assert _certificate(webhook, held) == before

        held.renew("127.0.0.1", "localhost", "other.example.org")
        deadline = time.monotonic() + 30
        while _certificate(webhook, held) == before:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        said = [each["said"] for each in webhook.events() if each["event"] == "certificate"]
        assert said[-1] == "the certificate was read again"
        assert said[0].startswith("the certificate cannot be read, the old one stays")


def _certificate(webhook: Webhook, held: Certificates) -> object:
    with (
        socket.create_connection(("127.0.0.1", webhook.port), 30) as plain,
        held.context().wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        return secure.getpeercert(binary_form=True)


@pytest.mark.parametrize("mode", ["warn", "audit"])
def test_modes_that_let_through_say_so(mode: str, tmp_path: Path) -> None:
    folder = store(tmp_path, namespace("shop"), DENY)
    with serving(folder, "k8s", "--keep", "0", "--mode", mode, *CLAIM) as webhook:
        webhook.wait()
        response = webhook.ask(create(OPEN_ALL)).response

        assert response["allowed"]
        assert response["auditAnnotations"]["verdict"] == "fails"
        warned = response.get("warnings", [])
        assert ("opens: " in " ".join(warned)) == (mode == "warn")
        assert all(len(line) <= 256 for line in warned)
        assert ("message" in response["auditAnnotations"]) == (mode == "audit")


def test_nothing_is_judged_before_what_was_allowed_by_a_former_run_is_stored(tmp_path: Path) -> None:
    folder = store(tmp_path, namespace("shop"), DENY)
    with serving(folder, "k8s", "--keep", "5", *CLAIM) as webhook:
        deadline = time.monotonic() + 30
        while not any(event["event"] == "whole" for event in webhook.events()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        ready, answer = webhook.get("/readyz"), webhook.ask(create(CLOSED))
        assert (ready.status, b"may still be stored" in ready.body) == (503, True)
        assert (answer.allowed, answer.response["status"]["code"]) == (False, 503)
        webhook.wait()
        assert webhook.ask(create(CLOSED)).allowed


def test_a_killed_one_starts_again_with_what_is_stored(tmp_path: Path) -> None:
    folder = store(tmp_path, namespace("shop"), DENY, policy("shop", "other", ingress=[]))
    with serving(folder, "k8s", "--keep", "0", *CLAIM) as webhook:
        webhook.wait()
        assert webhook.ask(delete(DENY)).allowed
        (folder / "k8s" / "NetworkPolicy-deny.yaml").unlink()
        webhook.process.send_signal(signal.SIGKILL)
        webhook.process.wait()
    with serving(folder, "k8s", "--keep", "0", *CLAIM) as webhook:
        webhook.wait()
        assert not webhook.ask(delete(policy("shop", "other", ingress=[]))).allowed


def test_a_file_that_cannot_be_read_any_more_stops_everything(tmp_path: Path) -> None:
    folder = store(tmp_path, namespace("shop"), DENY)
    file = folder / "k8s" / "NetworkPolicy-deny.yaml"
    with serving(folder, "k8s", "--keep", "0", *CLAIM) as webhook:
        webhook.wait()
        file.write_text("a: [")
        deadline = time.monotonic() + 30
        while webhook.get("/readyz").status == 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert not webhook.ask(create(CLOSED)).allowed

        file.write_text(json.dumps(DENY))
        webhook.wait()
        assert webhook.ask(create(CLOSED)).allowed


def test_the_end_waits_for_what_is_under_way_and_a_full_queue_allows_nothing(tmp_path: Path) -> None:
    """Many at once, each of which opens; some find the queue full. Nothing is allowed, nothing is left unanswered."""
    folder = store(tmp_path, namespace("shop"), DENY)
    with serving(folder, "k8s", "--keep", "0", *CLAIM) as webhook:
        webhook.wait()
        with ThreadPoolExecutor(40) as pool:
            asked = [create(policy("shop", f"open-{n}", ingress=[{}])) for n in range(40)]
            found = [pool.submit(webhook.ask, each) for each in asked]
            threading.Timer(0.4, webhook.process.send_signal, (signal.SIGTERM,)).start()
            codes = []
            for each in found:
                try:
                    answer = each.result()
                except OSError:  # it came when nobody listened any more
                    continue
                assert not answer.allowed
                codes.append(answer.response["status"]["code"])
        assert webhook.process.wait(60) == 0
        assert {403, 503} >= set(codes)
        assert 403 in codes


def test_what_is_wrong_at_the_start_is_said(tmp_path: Path) -> None:
    held = Certificates(tmp_path / "tls")
    store(tmp_path, namespace("shop"), DENY)
    files = ("--cert", str(held.certificate), "--key", str(held.key))

    def said(*arguments: str) -> str:
        done = netpol("serve", *arguments, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        return done.stderr

    assert "no manifests" in said(*files)
    assert "a live cluster beside other manifests" in said("cluster:", "k8s", *files)
    assert "`--bind 8443` is not of the form HOST:PORT" in said("k8s", *files, "--bind", "8443")
    assert "no certificate with its key" in said("k8s", "--cert", str(held.key), "--key", str(held.key))
    (tmp_path / "k8s" / "wrong.yaml").write_text("a: [")
    assert said("k8s", *files).startswith("k8s/wrong.yaml:2:1: ")


def test_an_update_that_only_tells_more_is_no_growth(webhook: Webhook) -> None:
    noted = {**DENY, "metadata": {**DENY["metadata"], "annotations": {"a.example.org/b": "c"}}}

    assert webhook.ask(update(DENY, noted)).allowed


class _Failing:
    """A desk that has a bug."""

    missing: ClassVar[dict[str, str]] = {}
    wrong = ()
    unseen = objects = 0

    def judge(self, *_: object) -> None:
        raise ZeroDivisionError

    let = judge


@pytest.mark.parametrize("mode", list(Mode))
def test_what_fails_inside_is_allowed_by_no_mode_that_denies(mode: Mode, capsys: pytest.CaptureFixture[str]) -> None:
    how = How(mode)
    webhook = Server(_Failing(), how, Metrics())  # type: ignore[arg-type]
    asked = msgspec.convert(create(OPEN_ALL), Request)

    ruling = webhook._judged(asked, time.monotonic() + 9)

    response = json.loads(answer_of(asked, ruling, how))["response"]
    assert response["allowed"] is (mode is not Mode.DENY)
    assert response.get("status", {}).get("code") == (500 if mode is Mode.DENY else None)
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_full_queue_and_one_that_waited_too_long_are_limits() -> None:
    webhook = Server(_Failing(), How(most_waiting=0, keep=0), Metrics())  # type: ignore[arg-type]
    webhook._is_whole = True
    asked = msgspec.convert(create(OPEN_ALL), Request)

    assert asyncio.run(webhook._ruled(asked, time.monotonic() + 9)).why is Why.LIMIT
    assert webhook._judged(asked, time.monotonic() - 1).why is Why.LIMIT


@pytest.mark.parametrize("seconds", ["nan", "-nan", "inf", "-inf", "-1", "301", "x"])
def test_for_how_long_something_is_kept_is_a_number_of_seconds(seconds: str, tmp_path: Path) -> None:
    """Kept for `nan` seconds, nothing would ever be forgotten."""
    done = netpol("serve", "k8s", "--cert", "c", "--key", "k", "--keep", seconds, cwd=store(tmp_path, DENY))

    assert (done.returncode, "--keep" in done.stderr) == (2, True)
