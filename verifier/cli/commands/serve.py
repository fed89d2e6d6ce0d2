"""`netpol serve`: a validating admission webhook, which judges requests as `netpol gate` judges changes."""

import asyncio
import gc
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from verifier.cli.exits import Exit
from verifier.cli.inputs import options
from verifier.cli.inputs.grouped import Grouped
from verifier.cli.inputs.inputs import Terms, paths_of, read_question, read_terms, starter_note
from verifier.cli.inputs.ranges import NumberRange
from verifier.cli.inputs.settings import Settings, config_of, said_switches, settings_of
from verifier.cli.terminal.colour import coloured
from verifier.cli.terminal.signals import heard_by
from verifier.cli.terminal.streams import say, say_diagnostics
from verifier.cli.terminal.today import today
from verifier.errors import UsageError
from verifier.manifests.documents.contexts import context_of
from verifier.manifests.documents.there import is_there
from verifier.report.words.paint import Paint

if TYPE_CHECKING:
    from verifier.admission.desk import Desk

_REGIONS = 8
"""Regions that are looked for, unless somebody says how many: a message has room for five."""
_NEEDED = ("hypercorn", "starlette", "prometheus_client")


@click.command("serve", cls=Grouped, short_help="Judge what is applied to a cluster: a validating admission webhook.")
@options.manifests
@click.option("--cert", required=True, metavar="FILE", type=click.Path(), help="The certificate of the server, PEM.")
@click.option("--key", required=True, metavar="FILE", type=click.Path(), help="Its key, PEM.")
@click.option("--bind", default="127.0.0.1:8443", show_default=True, metavar="HOST:PORT", help="Where to listen.")
@click.option(
    "--mode",
    type=click.Choice(["deny", "warn", "audit"]),
    default="deny",
    show_default=True,
    help="What becomes of requests that a gate would not let through, or that could not be judged.",
)
@click.option(
    "--keep",
    type=NumberRange(0, 300),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long an allowed request counts that is not seen to be stored; as long nothing is judged at the start.",
)
@options.asking
@click.option(
    "--fail-on",
    type=click.Choice(["added", "new-workloads", "any", "none"]),
    default="added",
    show_default=True,
    help="Which changes of the permitted traffic are refused.",
)
@click.option("--accept", metavar="FILE", help="Acceptances; default: netpol.accept.yaml, where there is one.")
@options.comparing
@options.reading
@options.limits
@click.option("--debug", is_flag=True, help="A traceback where the run fails.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), hidden=True)
def command(**flags: Any) -> int:
    """Judge every request that an API server is about to store, as `netpol gate` judges a change.

    MANIFEST says what is stored: cluster:[CONTEXT], which is watched, or files and directories, which are looked at
    again. Requests that open traffic, or break a property, are refused, with what they open and by which rule.
    --timeout is for one request (default: 8 seconds). Needs the extra `serve`.

    \b
    Examples:
      netpol serve cluster: --cert tls.crt --key tls.key --bind 0.0.0.0:8443
      netpol serve cluster: --cert tls.crt --key tls.key -p properties/ --mode warn
      netpol serve k8s/ --cert tls.crt --key tls.key

    \b
    Exit codes:
      0  ended by SIGTERM or Ctrl-C, with what was under way answered
      2  usage or input is at fault, the cluster cannot be asked
      4  internal error
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise UsageError(f"`netpol serve` needs {', '.join(missing)}", "pip install 'netpol-verifier[serve]'")
    settings = settings_of({**flags, "outputs": ()}, config_of(flags), os.environ)
    paths = paths_of(settings)
    live = [path for path in paths if context_of(path) is not None]
    if live and len(paths) > 1:
        raise UsageError("a live cluster beside other manifests", "name one cluster, or files and directories")
    with _state(flags, settings, live[0] if live else None) as desk:
        return _serve(flags, settings, desk)


@contextmanager
def _state(flags: Mapping[str, Any], settings: Settings, live: str | None) -> "Iterator[Desk]":
    """What is stored, kept up to date. Raises InputError where the input is at fault at the start."""
    from verifier.admission.desk import Desk
    from verifier.admission.feed import Feed

    feed = Feed()
    paint = Paint(coloured(settings.color.value, sys.stderr, os.environ))
    if live is None:
        from verifier.cli.inputs.storedfiles import ALL, StoredFiles
        from verifier.manifests.kubernetes.kustomization import refuse_altering

        question = read_question(settings, flags["properties"], flags["expressions"])
        refuse_altering(question.loaded.diagnostics)
        say_diagnostics(question.loaded.diagnostics, paint)
        files = StoredFiles(settings, feed)
        files.start()
        try:
            yield Desk(_terms(flags, settings, question), feed, (ALL,), keep=flags["keep"], today=today)
        finally:
            files.stop()
        return
    from verifier.admission.cluster import Watching, covered
    from verifier.manifests.documents.kubectl import connected
    from verifier.manifests.kubernetes.unlisted import told_of

    terms = read_terms(settings, flags["properties"], flags["expressions"])
    with connected(context_of(live) or "") as kubectl:
        covers = covered(kubectl)
        unlisted = list(told_of(covers.unlisted, skip_unknown=settings.skip_unknown.value))
        _refuse(unlisted)
        say_diagnostics(unlisted, paint)
        watching = Watching(kubectl, covers, feed)
        asked = _terms(flags, settings, terms)
        watching.start()
        try:
            scopes, found, keep = covers.scopes, covers.kinds, flags["keep"]
            yield Desk(asked, feed, scopes, label=kubectl.label, covers=found, keep=keep, today=today)
        finally:
            watching.stop()


def _refuse(found: Any) -> None:
    from verifier.errors import InputError, Severity

    wrong = [each for each in found if each.severity is Severity.ERROR]
    if wrong:
        raise InputError(wrong)


def _terms(flags: Mapping[str, Any], settings: Settings, terms: Terms) -> Any:
    from verifier.admission.terms import Terms as Asked
    from verifier.cli.inputs.inputs import how_to_read
    from verifier.cli.inputs.settings import namespace_of
    from verifier.manifests.documents.source import Source
    from verifier.manifests.specs.acceptances import FILE, read_acceptances

    if terms.starter:
        say(starter_note(terms.properties))
    file = flags["accept"] or FILE
    there = flags["accept"] is not None or is_there(file)
    return Asked(
        terms.properties,
        terms.universe,
        said_switches(settings, terms.universe),
        how_to_read(settings, terms.switches),
        read_acceptances(Source.read(file)) if there else (),
        flags["fail_on"],
        flags["limit"] or _REGIONS,
        settings.rlimit.value,
        namespace=namespace_of(settings),
    )


def _serve(flags: Mapping[str, Any], settings: Settings, desk: "Desk") -> int:
    from verifier.admission.certificate import Certificate
    from verifier.admission.log import log
    from verifier.admission.metrics import Metrics
    from verifier.admission.server import How, Mode, Webhook

    how: How = How(Mode(flags["mode"]), settings.timeout.value or 8.0, keep=flags["keep"], fail_on=flags["fail_on"])
    certificate = Certificate(flags["cert"], flags["key"])
    gc.enable()  # a run that stays has to look for garbage
    with _listening(flags["bind"]) as listening:
        host, port = listening.getsockname()[:2]
        log("info", "listening", address=f"{host}:{port}", mode=how.mode)
        asyncio.run(_until_told(Webhook(desk, how, Metrics()), listening, certificate))
    log("info", "ended")
    return Exit.OK


async def _until_told(webhook: Any, listening: socket.socket, certificate: Any) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def told() -> None:
        loop.call_soon_threadsafe(stop.set)

    with heard_by(told):
        await webhook.run(listening, certificate, stop)


@contextmanager
def _listening(bind: str) -> Iterator[socket.socket]:
    host, _, port = bind.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (port.isascii() and port.isdigit() and len(port) < 10 and int(port) < 1 << 16 and host):
        raise UsageError(f"`--bind {bind}` is not of the form HOST:PORT", "for example --bind 0.0.0.0:8443")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        found = socket.create_server((host, int(port)), family=family, backlog=100)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"cannot listen at `{bind}`: {reason}") from None
    with found:
        found.setblocking(False)
        yield found
