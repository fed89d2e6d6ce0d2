"""The webhook: takes reviews over TLS, has them judged one after the other, and answers.

INVARIANT: what was not judged, whatever the reason, is never allowed in mode `deny`.
"""

import asyncio
import gc
import re
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from socket import socket
from ssl import SSLContext

from hypercorn.asyncio import serve as run_server
from hypercorn.config import Config, Sockets
from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from verifier.admission.certificate import Certificate
from verifier.admission.desk import Desk
from verifier.admission.log import log
from verifier.admission.metrics import Metrics
from verifier.admission.review import BadReview, Request, answer, read
from verifier.admission.ruling import Ruling, Why
from verifier.engine.diff.outcome import of_gate
from verifier.report.text.admission import warnings

_MOST_BYTES = 8 << 20
"""The largest review: an object of 1.5 MiB before and after, and as much again."""
_MOST_AT_ONCE = 64
"""Reviews that are read or judged at a time; what comes on top of them is turned away unread."""
_READING = 5.0
"""Seconds in which a review has to be there, once its head is."""
_HANDSHAKE = 5
_HEAD = 10
"""Seconds in which the head of a request has to be there, and for which a connection may be idle."""
_LONGEST = 30.0
"""Seconds after which an API server has given up, whatever it was told."""
_SPARE = 0.5
"""Seconds between the answer and the time when the API server gives up."""
_GRACE = 15.0
"""Seconds for what is under way, at the end."""
_SETTLE = 0.2
_CERTIFICATE = 1.0
_CLEAN = 30.0
_TIMEOUT = re.compile(r"([0-9]{1,9})(ms|s|m)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_CODES = {Why.FAILS: 403, Why.INVALID: 422, Why.UNDECIDED: 403, Why.LIMIT: 503, Why.ERROR: 500}


class Mode(StrEnum):
    """What becomes of a request that a gate would not let through, or that could not be judged."""

    DENY = "deny"
    WARN = "warn"
    AUDIT = "audit"


class How(Struct, frozen=True):
    """seconds: for which a request may be judged. most_waiting: requests that may wait for it. keep: seconds after the
    start in which nothing is judged, since what was allowed by one that ran before may not be stored yet."""

    mode: Mode = Mode.DENY
    seconds: float = 8.0
    most_waiting: int = 16
    keep: float = 10.0
    fail_on: str = "added"


class Webhook:
    """Life cycle: made with its desk, then `run` until `stop` is set."""

    def __init__(self, desk: Desk, how: How, metrics: Metrics) -> None:
        self._desk, self._how, self._metrics = desk, how, metrics
        self._judge = ThreadPoolExecutor(1, "judge")
        self._at_once = self._waiting = 0
        self._started = time.monotonic()
        self._ending = False
        self._is_whole = False
        self._cleaned = time.monotonic()
        self._told: str | None = ""
        self.app = Starlette(
            routes=[
                Route("/validate", self._validate, methods=["POST"]),
                Route("/healthz", self._healthy),
                Route("/readyz", self._ready),
                Route("/metrics", self._counted),
            ]
        )

    # Being asked

    async def _healthy(self, _request: HttpRequest) -> Response:
        return Response("ok\n", media_type="text/plain")

    async def _ready(self, _request: HttpRequest) -> Response:
        why = self.not_ready()
        return Response(f"{why or 'ok'}\n", 503 if why else 200, media_type="text/plain")

    async def _counted(self, _request: HttpRequest) -> Response:
        self._metrics.unseen.set(self._desk.unseen)
        self._metrics.objects.set(self._desk.objects)
        self._metrics.waiting.set(self._waiting)
        self._metrics.ready.set(0 if self.not_ready() else 1)
        return Response(self._metrics.text(), media_type="text/plain; version=0.0.4")

    def not_ready(self) -> str | None:
        """Why nothing is judged; None: requests are."""
        left = self._started + self._how.keep - time.monotonic()
        if self._ending:
            return "ending"
        if self._desk.missing:
            return self._desk.not_current()
        if self._desk.wrong:
            return f"what is stored cannot be read: {self._desk.wrong[0]}"
        if not self._is_whole:
            return "what is stored is being read"
        if left > 0:
            return f"{left:.0f} s are left in which requests that were allowed before may still be stored"
        return None

    async def _validate(self, http: HttpRequest) -> Response:
        started = time.monotonic()
        if self._at_once >= _MOST_AT_ONCE:
            return self._refused("too many", 503)
        self._at_once += 1
        try:
            try:
                async with asyncio.timeout(_READING):
                    body = await _body(http)
            except TimeoutError:
                return self._refused("too slow", 408)
            except ClientDisconnect:
                return self._refused("gone", 400)
            except _TooLarge:
                return self._refused("too large", 413)
            request = read(body)
            del body
            return await self._reviewed(request, started, _patience(http.query_params.get("timeout")))
        except BadReview as error:
            return self._refused("no review", 400, str(error))
        finally:
            self._at_once -= 1

    def _refused(self, why: str, status: int, detail: str | None = None) -> Response:
        """Without an answer: the `failurePolicy` says what the API server makes of that."""
        self._metrics.refused.labels(why).inc()
        log("warning", "refused", why=why, detail=detail)
        text = f"{why}: {detail}\n" if detail else f"{why}\n"
        return Response(text, status, {"Connection": "close"}, "text/plain")

    async def _reviewed(self, request: Request, started: float, patience: float) -> Response:
        deadline = started + min(self._how.seconds, patience - _SPARE)
        ruling = await self._ruled(request, deadline)
        seconds = time.monotonic() - started
        shown = answer_of(request, ruling, self._how)
        allowed = ruling.allowed or self._how.mode is not Mode.DENY
        self._metrics.requests.labels(ruling.why, str(allowed).lower()).inc()
        self._metrics.seconds.observe(seconds)
        if ruling.why is not Why.FREE:
            self._log(request, ruling, seconds, allowed=allowed)
        return Response(shown, media_type="application/json")

    async def _ruled(self, request: Request, deadline: float) -> Ruling:
        why = self.not_ready()
        if why is not None:
            return Ruling(Why.LIMIT, f"netpol is not ready: {why}")
        if self._waiting >= self._how.most_waiting:
            return Ruling(Why.LIMIT, f"{self._waiting} requests wait to be judged: try again")
        self._waiting += 1
        try:
            task = asyncio.get_running_loop().run_in_executor(self._judge, self._judged, request, deadline)
            return await asyncio.shield(task)
        finally:
            self._waiting -= 1

    def _judged(self, request: Request, deadline: float) -> Ruling:
        """In the one thread that judges."""
        if time.monotonic() >= deadline:
            return Ruling(Why.LIMIT, "it waited too long to be judged: try again")
        try:
            ruling = self._desk.judge(request, deadline)
            if not ruling.allowed and self._how.mode is not Mode.DENY and not request.dry_run:
                self._desk.let(request)
        except Exception as error:
            log("error", "internal", trace="".join(traceback.format_exception(error)))
            return Ruling(Why.ERROR, f"internal error: {type(error).__name__}")
        return ruling

    def _log(self, request: Request, ruling: Ruling, seconds: float, *, allowed: bool) -> None:
        report = None if self._how.fail_on == "none" and ruling.allowed else ruling.report  # it was not compared
        log(
            "info" if ruling.allowed else "error" if ruling.why is Why.ERROR else "warning",
            "judged",
            uid=request.uid,
            operation=request.operation,
            kind=request.kind.kind,
            namespace=request.namespace or None,
            name=name_of(request),
            user=request.user_info.username,
            dry_run=bool(request.dry_run) or None,
            why=ruling.why,
            allowed=allowed,
            reasons=None if report is None else of_gate(report, self._how.fail_on).why(),
            message=ruling.message or None,
            milliseconds=round(1000 * seconds, 1),
        )

    # Running

    async def run(self, listening: socket, certificate: Certificate, stop: asyncio.Event) -> None:
        """Serves until `stop` is set, then answers what is under way."""
        tasks = [asyncio.create_task(work) for work in (self._keep_settled(), self._keep_certificate(certificate))]

        async def stopped() -> None:
            await stop.wait()
            self._ending = True

        try:
            await run_server(self.app, _configured(certificate, listening), shutdown_trigger=stopped)  # type: ignore[arg-type]
        finally:
            for task in tasks:
                task.cancel()
            self._judge.shutdown(wait=True, cancel_futures=True)

    async def _keep_settled(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await loop.run_in_executor(self._judge, self._settled)
            await asyncio.sleep(_SETTLE)

    def _settled(self) -> None:
        """Takes in what was told, so that the next request need not wait for it."""
        try:
            before = bool(self._desk.missing)
            self._desk.settle()
            if self._desk.missing:
                if not before:
                    self._metrics.lost.inc()
                self._say(self._desk.not_current())
                return
            if (self._desk.is_behind or not self._is_whole) and not self._desk.wrong:
                self._stand()
            if time.monotonic() - self._cleaned > _CLEAN:
                gc.collect()
                self._cleaned = time.monotonic()
        except Exception as error:
            log("error", "internal", trace="".join(traceback.format_exception(error)))

    def _stand(self) -> None:
        report = self._desk.stand()
        if report is None:
            self._say("; ".join(map(str, self._desk.wrong)) or "nothing is known")
            return
        if not self._is_whole:
            gc.collect()
            gc.freeze()  # what is there now stays, and need not be looked through for garbage
            log("info", "whole", objects=self._desk.objects)
        self._is_whole = True
        outcome = of_gate(report, self._how.fail_on)
        self._say(None if outcome.code == 0 else f"as it stands nothing passes: {outcome.why()}")

    def _say(self, text: str | None) -> None:
        """Once, until it is something else."""
        if text != self._told:
            self._told = text
            log("info" if text is None else "warning", "state", state=text or "good")

    async def _keep_certificate(self, certificate: Certificate) -> None:
        said: str | None = None
        while True:
            await asyncio.sleep(_CERTIFICATE)
            found = certificate.renew()
            if found is not None and found != said:
                log("info", "certificate", said=found)
            said = found


def answer_of(request: Request, ruling: Ruling, how: How) -> bytes:
    """What the API server is told."""
    notes = {} if ruling.why is Why.FREE else {"verdict": str(ruling.why)}
    if how.mode is Mode.AUDIT:
        if ruling.message:
            notes["message"] = ruling.message
        return answer(request.uid, allowed=True, annotations=notes)
    if ruling.allowed:
        return answer(request.uid, allowed=True, warnings=warnings(ruling.message), annotations=notes)
    if how.mode is Mode.WARN:
        return answer(request.uid, allowed=True, warnings=warnings(f"netpol: {ruling.message}"), annotations=notes)
    return answer(request.uid, allowed=False, message=ruling.message, code=_CODES[ruling.why], annotations=notes)


def name_of(request: Request) -> str:
    for value in (request.object, request.old_object):
        metadata = (value or {}).get("metadata")
        if isinstance(metadata, dict) and isinstance(metadata.get("name"), str):
            return str(metadata["name"])
    return request.name


class _TooLarge(Exception):
    pass


async def _body(http: HttpRequest) -> bytes:
    """Raises _TooLarge before more than that is held."""
    length = http.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:12]) > _MOST_BYTES:
        raise _TooLarge
    found = bytearray()
    async for piece in http.stream():
        found += piece
        if len(found) > _MOST_BYTES:
            raise _TooLarge
    return bytes(found)


def _patience(text: str | None) -> float:
    """The seconds after which an API server gives up; it says so in its address: `?timeout=10s`."""
    found = None if text is None else _TIMEOUT.fullmatch(text)
    return _LONGEST if found is None else min(_LONGEST, int(found[1]) * _UNITS[found[2]])


class _Config(Config):
    """With a context and a socket that are ours: the certificate can be another one later."""

    def __init__(self, certificate: Certificate, listening: socket) -> None:
        super().__init__()
        self._certificate, self._listening = certificate, listening

    @property
    def ssl_enabled(self) -> bool:
        return True

    def create_ssl_context(self) -> SSLContext:
        return self._certificate.context

    def create_sockets(self) -> Sockets:
        return Sockets([self._listening], [], [])


def _configured(certificate: Certificate, listening: socket) -> Config:
    config = _Config(certificate, listening)
    config.loglevel = "WARNING"
    config.include_server_header = False
    config.keep_alive_timeout = _HEAD
    config.ssl_handshake_timeout = _HANDSHAKE
    config.read_timeout = int(_LONGEST) + 10
    config.graceful_timeout = _GRACE
    return config
