"""Asks the kubectl program what a live cluster holds.

INVARIANT: nothing here changes anything. What is run is `kubectl get`, `api-resources`, `config current-context` and
`config get-contexts`, and no others; caches go to a folder that is gone afterwards. Which cluster a context is, and as
whom, the user's kubeconfig says, as it does to kubectl itself.
"""

import difflib
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from verifier.errors import Diagnostic, InputError
from verifier.processes.bounded import Finished, end, run_bounded
from verifier.processes.children import STDOUT, child
from verifier.processes.programs import find_program, trusted_path

if TYPE_CHECKING:
    import subprocess

_SECONDS = 300.0
"""How long one call may take; a list of many pages is one call."""
_REQUEST_SECONDS = 60
"""How long the cluster may take for one page of a list."""
_PAGE = 500
"""Objects of a page, as kubectl itself asks for where nobody says how many."""
_MOST_BYTES = 1 << 30
"""The largest list that is read."""

_SETTINGS = {
    "LC_ALL": "C",
    "LANGUAGE": "",
    "KUBECTL_KUBERC": "false",  # defaults for `get` that the user has set would change what is asked
}
_LOG = re.compile(r"[EWIF][0-9]{4} [^\]]*\] *")
"""How a line of kubectl's own log begins."""
_WHY = re.compile(r"error: |Error from server|Unable to connect|The connection to the server|You must be logged in")
_REFUSED = re.compile(
    r"Error from server \((?:Forbidden|NotFound|MethodNotAllowed|NotAcceptable|ServiceUnavailable)\): "
    r"|error: the server doesn't have a resource type"
)
_EXPIRED = re.compile(r"Error from server \(Expired\)")
"""The cluster has forgotten the moment of which the first pages were: there is too much to list it page by page."""
_INCOMPLETE = "unable to retrieve the complete list of server APIs: "
_VERSION = re.compile(r"(?:[^\s/]+/)?v[0-9][a-z0-9]*")
_GROUP_VERSION = re.compile(r"(?:^|, )([a-z0-9.-]+/v[0-9][a-z0-9]*): ")
_NO_CONTEXT = re.compile(r'context "[^"]*" does not exist|context was not found for specified context')
_NOT_REACHED = re.compile(r"Unable to connect to the server: (.*)|(The connection to the server .*)")
_NOT_LOGGED_IN = re.compile(r"Unauthorized|You must be logged in|provide credentials")
_TOO_OLD = "its `api-resources` are those of a kubectl before 1.20"


class Resource(Struct, frozen=True):
    """A kind of objects that a cluster lists. name: the plural by which it is asked for."""

    name: str
    api: str
    kind: str
    is_namespaced: bool

    @property
    def qualified(self) -> str:
        """The name by which kubectl takes it for no other one: `networkpolicies.v1.networking.k8s.io`, `pods.v1.`."""
        group, _, version = self.api.rpartition("/")
        return f"{self.name}.{version}.{group}"


class Served(Struct, frozen=True):
    """What a cluster serves. silent: apiVersions of which it lists no kind: since there is none, since others of the
    group are preferred, or since what serves them does not answer (`answers` says whether that is it). unavailable:
    those of which it says that itself."""

    resources: tuple[Resource, ...]
    silent: tuple[str, ...] = ()
    unavailable: tuple[str, ...] = ()


class Refusal(Struct, frozen=True):
    """The cluster answered, and gave no list. reason: what it said."""

    reason: str


class Kubectl:
    """Asks about one cluster.

    Life cycle: `connected` gives one, which may be used, by several threads too, until that is left; whatever still
    runs is then ended.
    """

    def __init__(self, program: str, context: str, cache: str, deadline: float | None) -> None:
        self.context = context
        self._deadline = deadline
        self._program = program
        self._cache = cache
        self._running: list[subprocess.Popen[bytes]] = []
        self._closed = False

    @property
    def label(self) -> str:
        """What the cluster is called in reports."""
        return f"cluster:{self.context}"

    def served(self) -> Served:
        """What the cluster lists. Raises InputError where it cannot be asked."""
        done = self._done("api-resources", "--verbs=list", "--no-headers")
        unavailable: tuple[str, ...] = ()
        if done.code != 0:
            why = _why(done.stderr)
            if _INCOMPLETE not in why or not done.stdout:
                raise self._failed(done.stderr)
            unavailable = tuple(_GROUP_VERSION.findall(why.partition(_INCOMPLETE)[2]))
            if not unavailable:
                raise self._failed(done.stderr)
        lines = self._text(done.stdout).splitlines()
        found = tuple(self._resource(line) for line in lines if line.strip())
        known = {each.api for each in found} | set(unavailable)
        return Served(found, tuple(api for api in self._versions() if api not in known), unavailable)

    def answers(self, api: str) -> bool:
        """True iff what serves an apiVersion says which kinds it has."""
        return _VERSION.fullmatch(api) is not None and self._done("get", f"--raw=/apis/{api}").code == 0

    def _versions(self) -> Sequence[str]:
        """The apiVersions of all groups. `api-resources` does not name a server that is down, where the API server
        knows the kinds of all groups by itself (Kubernetes 1.27 on)."""
        done = self._done("get", "--raw=/apis")
        if done.code != 0:
            raise self._failed(done.stderr)
        try:
            groups = json.loads(self._text(done.stdout))["groups"]
            return [str(version["groupVersion"]) for group in groups for version in group["versions"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise self._wrong("kubectl gave no list of API groups") from None

    def objects(self, resource: Resource, namespace: str | None = None) -> "Sequence[dict[str, object]] | Refusal":
        """All objects of a kind, or those of one namespace. Raises InputError where the cluster cannot be asked."""
        where = ("--all-namespaces",) if namespace is None else (f"--namespace={namespace}",)
        scope = where if resource.is_namespaced else ()
        asked = ("get", resource.qualified, *scope, "--output=json")
        done = self._done(*asked, f"--chunk-size={_PAGE}")
        if done.code != 0 and _EXPIRED.match(_why(done.stderr)):
            done = self._done(*asked, "--chunk-size=0")
        found = self._answered(done, resource.name)
        if isinstance(found, Refusal):
            return found
        items = found.get("items") if isinstance(found, dict) else None
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise self._wrong(f"kubectl gave no list of {resource.name}")
        return items

    def page(self, path: str) -> "dict[str, object] | Refusal":
        """What the API server answers to a path, as it answers it, with the resourceVersion of a list. Raises
        InputError where it cannot be asked."""
        done = self._done("get", f"--raw={path}")
        found = self._answered(done, path)
        if isinstance(found, Refusal):
            return found
        if not isinstance(found, dict):
            raise self._wrong(f"kubectl gave no object for {path}")
        return found

    def _answered(self, done: Finished, what: str) -> "object | Refusal":
        """The JSON of an answer, or why the API server gives none. Raises InputError where it cannot be asked."""
        if done.code != 0:
            why = _why(done.stderr)
            if _REFUSED.match(why):
                return Refusal(_lowered(why.partition("): ")[2] or why.removeprefix("error: ")))
            raise self._failed(done.stderr)
        try:
            found: object = json.loads(self._text(done.stdout))
        except (ValueError, RecursionError):
            raise self._wrong(f"kubectl gave no JSON for {what}") from None
        return found

    @contextmanager
    def stream(self, path: str) -> "Iterator[subprocess.Popen[bytes]]":
        """A kubectl that writes what the API server goes on answering to a path, until that is left; what it complains
        of stands among it."""
        context = [f"--context={self.context}"] if self.context else []
        options = ["--request-timeout=0", f"--cache-dir={self._cache}"]
        command = [self._program, *context, *options, "get", f"--raw={path}"]
        alive = {"HTTP2_READ_IDLE_TIMEOUT_SECONDS": "5", "HTTP2_PING_TIMEOUT_SECONDS": "5"}
        with child(command, leads=True, stderr=STDOUT, env=environment(os.environ) | alive) as process:
            yield process

    def _resource(self, line: str) -> Resource:
        """One line of `api-resources`: name, short names (maybe none), apiVersion, whether namespaced, kind."""
        words = line.split()
        if len(words) < 4 or words[-2] not in ("true", "false") or not _VERSION.fullmatch(words[-3]):
            raise self._wrong(f"kubectl lists what is no resource: {_TOO_OLD}", "install a newer kubectl")
        return Resource(words[0], words[-3], words[-1], words[-2] == "true")

    def _done(self, *arguments: str) -> Finished:
        """What comes of a call; raises InputError where it takes too long, or prints too much."""
        options = [f"--request-timeout={_REQUEST_SECONDS}s", f"--cache-dir={self._cache}"]
        context = [f"--context={self.context}"] if self.context else []
        command = [self._program, *context, *options, *arguments]
        left = _SECONDS if self._deadline is None else self._deadline - time.monotonic()
        seconds = max(0.0, min(_SECONDS, left))
        try:
            done = run_bounded(command, Path.cwd(), environment(os.environ), seconds, _MOST_BYTES, self._started)
        except (OSError, ValueError) as error:
            raise self._wrong(f"kubectl cannot be run: {_lowered(str(error))}") from error
        if done.is_late:
            raise self._wrong(f"no answer to `kubectl {arguments[0]}` within {seconds:.0f} s")
        if done.stopped is not None:
            raise self._wrong(f"a list larger than {_MOST_BYTES >> 20} MiB: {arguments[1]}")
        return done

    def _started(self, process: "subprocess.Popen[bytes]") -> None:
        self._running = [each for each in self._running if each.poll() is None]
        self._running.append(process)
        if self._closed:  # meanwhile
            end(process)

    def close(self) -> None:
        """Ends what still runs."""
        self._closed = True
        for process in self._running:
            if process.poll() is None:
                end(process)

    def contexts(self) -> Sequence[str]:
        """The contexts that the kubeconfig names; none where it cannot be read."""
        done = self._done("config", "get-contexts", "--output=name")
        return done.stdout.decode(errors="replace").splitlines() if done.code == 0 else ()

    def _text(self, output: bytes) -> str:
        try:
            return output.decode()
        except UnicodeDecodeError:
            raise self._wrong("kubectl printed what is not UTF-8 text") from None

    def _failed(self, said: str) -> InputError:
        why = _why(said)
        if _NO_CONTEXT.search(why):
            return self._wrong("the kubeconfig has no such context", self._meant())
        if _NOT_LOGGED_IN.search(why):
            return self._wrong("the cluster does not take these credentials", "log in, as for kubectl")
        not_reached = _NOT_REACHED.search(why)
        if not_reached is not None:
            reason = _lowered(not_reached[1] or not_reached[2]).removesuffix(
                " - did you specify the right host or port?"
            )
            hint = "is this the context that is meant? KUBECONFIG and `kubectl config get-contexts` say which there are"
            return self._wrong(f"the cluster cannot be reached: {reason}", hint)
        return self._wrong(
            f"kubectl: {_lowered(why.removeprefix('error: '))}" if why else "kubectl failed, and says nothing"
        )

    def _meant(self) -> str:
        there = Kubectl(self._program, "", self._cache, self._deadline).contexts()
        close = difflib.get_close_matches(self.context, there, 1, 0.6)
        if close:
            return f"did you mean `cluster:{close[0]}`?"
        return "`kubectl config get-contexts` lists those there are" if there else "it names none: is KUBECONFIG set?"

    def _wrong(self, message: str, hint: str | None = None) -> InputError:
        return InputError(Diagnostic("cluster", message, self.label, hint=hint))


@contextmanager
def connected(context: str, seconds: float | None = None) -> Iterator[Kubectl]:
    """Who asks about the cluster of a context; an empty one is the current context, whose name it takes. seconds: how
    long all answers together may take. Raises InputError where there is no kubectl."""
    program = find_program("kubectl", os.environ)
    if program is None:
        message = "the program `kubectl` was not found"
        raise InputError(Diagnostic("cluster", message, f"cluster:{context}", hint="install it, or name files"))
    with tempfile.TemporaryDirectory(prefix="netpol-") as cache:
        found = Kubectl(program, context, cache, None if seconds is None else time.monotonic() + seconds)
        try:
            if not context:
                current = found._done("config", "current-context")
                found.context = found._text(current.stdout).strip() if current.code == 0 else ""
            yield found
        finally:
            found.close()


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` without what could change kubectl's answers, or let a program of the working directory in: kubectl runs
    those that a kubeconfig names for credentials."""
    return {**environ, "PATH": trusted_path(environ)} | _SETTINGS


def _why(said: str) -> str:
    """The line that says why kubectl failed; others, before it, are its log."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = [line for line in lines if _WHY.match(line)]
    return told[-1] if told else _LOG.sub("", lines[-1], count=1) if lines else ""


def _lowered(text: str) -> str:
    return (text[:1].lower() + text[1:]).rstrip(".")
