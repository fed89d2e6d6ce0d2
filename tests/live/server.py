"""A real API server on loopback, with etcd behind it, and no controller, scheduler or kubelet: it holds what tests
write."""

import json
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPSConnection
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
BIN = ROOT / ".live" / "bin"
_SECONDS = 120.0
"""How long it may take to be ready."""

Object = Mapping[str, object]


class Server:
    """Life cycle: `running` gives one, which is there until that is left."""

    def __init__(self, folder: Path, port: int, users: Mapping[str, str]) -> None:
        self.kubeconfig = folder / "kubeconfig"
        self._port, self._token, self._certificate = port, users["admin"], folder / "certs" / "apiserver.crt"
        found = _kubeconfig(f"https://127.0.0.1:{port}", self._certificate, users)
        self.kubeconfig.write_text(json.dumps(found))

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl prints, as the administrator."""
        done = self.attempt(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def attempt(self, *arguments: str, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
        command = [str(BIN / "kubectl"), f"--kubeconfig={self.kubeconfig}", *arguments]
        environ = {**os.environ, "KUBECTL_KUBERC": "false"}
        return subprocess.run(
            command, input=stdin, capture_output=True, encoding="utf-8", check=False, env=environ, timeout=_SECONDS
        )

    def apply(self, *objects: Object) -> None:
        self.kubectl("apply", "-f", "-", stdin=_list(objects))

    def create(self, path: str, objects: Iterable[Object]) -> None:
        """Writes many objects: kubectl would take its time."""
        with self._connection() as connection:
            for each in objects:
                self._call(connection, "POST", path, each)

    def delete_all(self, path: str) -> None:
        with self._connection() as connection:
            self._call(connection, "DELETE", path, {})

    @contextmanager
    def _connection(self) -> Iterator[HTTPSConnection]:
        context = ssl.create_default_context(cafile=str(self._certificate))
        with closing(HTTPSConnection("127.0.0.1", self._port, context=context, timeout=_SECONDS)) as connection:
            yield connection

    def _call(self, connection: HTTPSConnection, method: str, path: str, body: Object) -> None:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        connection.request(method, path, json.dumps(body), headers)
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status < 300, said.decode()

    def status(self, resource: str, value: Object) -> None:
        """Writes the status of an object, as a kubelet would."""
        name, _, namespace = resource.partition("@")
        where = ("-n", namespace) if namespace else ()
        patch = json.dumps({"status": value})
        self.kubectl("patch", *where, *name.split("/"), "--subresource=status", "--type=merge", "-p", patch)


def _list(objects: Iterable[Object]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})


def _kubeconfig(url: str, certificate: Path, users: Mapping[str, str]) -> Object:
    """A context for each user, one whose server is not there, and one whose token is wrong."""
    tokens = {**users, "stranger": "none"}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "admin",
        "clusters": [
            {"name": "here", "cluster": {"server": url, "certificate-authority": str(certificate)}},
            {"name": "nowhere", "cluster": {"server": f"https://127.0.0.1:{_free_port()}"}},
        ],
        "users": [{"name": name, "user": {"token": token}} for name, token in tokens.items()],
        "contexts": [
            *({"name": name, "context": {"cluster": "here", "user": name}} for name in tokens),
            {"name": "nowhere", "context": {"cluster": "nowhere", "user": "admin"}},
        ],
    }


@contextmanager
def running(folder: Path, users: Sequence[str]) -> Iterator[Server]:
    """users: besides `admin`, who may do everything; each may do what roles say."""
    tokens = {name: secrets.token_hex(16) for name in ("admin", *users)}
    lines = (
        f"{token},{name},{name}" + (',"system:masters"' if name == "admin" else "") for name, token in tokens.items()
    )
    (folder / "tokens.csv").write_text("".join(f"{line}\n" for line in lines))
    key = folder / "accounts.key"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    storage, port = f"http://127.0.0.1:{_free_port()}", _free_port()
    peers = f"http://127.0.0.1:{_free_port()}"
    etcd = [
        _program("etcd"), "--data-dir", str(folder / "etcd"),
        "--listen-client-urls", storage, "--advertise-client-urls", storage,
        "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster", f"default={peers}",
        "--unsafe-no-fsync",
    ]  # fmt: skip
    api = [
        str(BIN / "kube-apiserver"), f"--etcd-servers={storage}", "--bind-address=127.0.0.1",
        "--advertise-address=192.0.2.10", f"--secure-port={port}", f"--cert-dir={folder / 'certs'}",
        f"--token-auth-file={folder / 'tokens.csv'}", "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}", "--service-cluster-ip-range=10.96.0.0/16",
        "--disable-admission-plugins=ServiceAccount",
    ]  # fmt: skip
    with _started(etcd, folder / "etcd.log"), _started(api, folder / "apiserver.log") as process:
        server = Server(folder, port, tokens)
        deadline = time.monotonic() + _SECONDS
        while server.attempt("get", "--raw", "/readyz").returncode != 0:
            assert process.poll() is None, (folder / "apiserver.log").read_text()[-4000:]
            assert time.monotonic() < deadline, (folder / "apiserver.log").read_text()[-4000:]
            time.sleep(0.5)
        yield server


@contextmanager
def _started(command: Sequence[str], log: Path) -> "Iterator[subprocess.Popen[bytes]]":
    with log.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file, cwd=log.parent) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _program(name: str) -> str:
    own = BIN / name
    found = str(own) if own.exists() else shutil.which(name)
    assert found is not None, f"no {name}"
    return found


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
