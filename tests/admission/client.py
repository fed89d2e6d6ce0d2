"""An API server that asks: certificates made by the test, reviews, and a webhook that runs."""

import http.client
import itertools
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trustme

Value = Mapping[str, Any]
_SECONDS = 60.0


class Certificates:
    """A CA of the test's own, and certificates of it in two files."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._ca = folder, trustme.CA()
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate, self.key, self.ca = (folder / name for name in ("tls.crt", "tls.key", "ca.crt"))
        self._ca.cert_pem.write_to_path(str(self.ca))
        self.renew("127.0.0.1", "localhost")

    def renew(self, *names: str) -> None:
        issued = self._ca.issue_cert(*names)
        self.certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(str(self.key))

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca))


class Answer:
    def __init__(self, status: int, body: bytes) -> None:
        self.status, self.body = status, body

    @property
    def response(self) -> dict[str, Any]:
        assert self.status == 200, self.body
        return dict(json.loads(self.body)["response"])

    @property
    def allowed(self) -> bool:
        return bool(self.response["allowed"])

    @property
    def message(self) -> str:
        return str(self.response.get("status", {}).get("message", ""))


class Webhook:
    """A webhook that runs."""

    def __init__(self, process: "subprocess.Popen[str]", port: int, context: ssl.SSLContext, log: Path) -> None:
        self.process, self.port, self._context, self.log = process, port, context, log

    def connection(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=self._context, timeout=_SECONDS)

    def get(self, path: str) -> Answer:
        return self.send("GET", path, None)

    def send(self, method: str, path: str, body: bytes | None) -> Answer:
        connection = self.connection()
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            found = connection.getresponse()
            return Answer(found.status, found.read())
        finally:
            connection.close()

    def ask(self, request: Value, path: str = "/validate?timeout=30s") -> Answer:
        return self.send("POST", path, json.dumps(review(request)).encode())

    def wait(self) -> None:
        """Until it is ready."""
        deadline = time.monotonic() + _SECONDS
        while (answer := self.get("/readyz")).status != 200:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, answer.body
            time.sleep(0.05)

    def events(self) -> list[dict[str, Any]]:
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_SECONDS)


@contextmanager
def serving(
    folder: Path, *arguments: str, certificates: Certificates | None = None, env: Mapping[str, str] | None = None
) -> Iterator[Webhook]:
    """A webhook of `netpol serve` with these arguments, in `folder`; killed at the end, if it is there."""
    held = certificates or Certificates(folder / "tls")
    log = folder / "log"
    command = [
        sys.executable, "-m", "verifier", "serve", *arguments, "--cert", str(held.certificate), "--key", str(held.key),
        "--bind", "127.0.0.1:0",
    ]  # fmt: skip
    root = str(Path(__file__).parent.parent.parent)
    environ = {**os.environ, "PYTHONPATH": root, **(env or {})}
    with log.open("w") as file:
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=file, stderr=file, text=True)
    try:
        yield Webhook(process, _port(process, log), held.context(), log)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _port(process: "subprocess.Popen[str]", log: Path) -> int:
    deadline = time.monotonic() + _SECONDS
    while True:
        for line in log.read_text().splitlines():
            if '"listening"' in line:
                return int(json.loads(line)["address"].rpartition(":")[2])
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


# Reviews

_count = itertools.count(1)


def review(request: Value) -> Value:
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}


def request(
    operation: str, new: Value | None = None, old: Value | None = None, *, dry_run: bool = False
) -> dict[str, Any]:
    """What an API server asks about an object that is created, updated or deleted."""
    value = new if new is not None else old
    assert value is not None
    group, _, version = value["apiVersion"].rpartition("/")
    metadata = value["metadata"]
    return {
        "uid": f"uid-{next(_count)}",
        "operation": operation,
        "kind": {"group": group, "version": version, "kind": value["kind"]},
        "name": metadata["name"],
        "namespace": metadata.get("namespace", ""),
        "object": new,
        "oldObject": old,
        "dryRun": dry_run,
        "userInfo": {"username": "alice"},
    }


def create(value: Value, *, dry_run: bool = False) -> dict[str, Any]:
    return request("CREATE", value, dry_run=dry_run)


def update(old: Value, new: Value) -> dict[str, Any]:
    return request("UPDATE", new, old)


def delete(old: Value) -> dict[str, Any]:
    return request("DELETE", None, old)


def namespace(name: str, **labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def policy(home: str, name: str, selector: Value | None = None, **spec: Any) -> dict[str, Any]:
    """selector: the labels of whom it selects; all pods by default."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": home},
        "spec": {"podSelector": {"matchLabels": dict(selector)} if selector else {}, **spec},
    }
