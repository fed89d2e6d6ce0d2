"""`netpol init`: drafts a netpol.yaml from what the policies say today; `netpol check` right after passes, if any of
the properties that are suggested holds."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from verifier.cli.commands import drafttext
from verifier.cli.exits import Exit
from verifier.cli.inputs import options
from verifier.cli.inputs.grouped import Grouped
from verifier.cli.inputs.inputs import Basis, read_again, read_basis
from verifier.cli.inputs.settings import DEFAULT, Settings, config_of, settings_of
from verifier.cli.run import Run, ways_out_of
from verifier.cli.terminal.colour import coloured
from verifier.cli.terminal.streams import say_diagnostics, write_file, write_stdout
from verifier.errors import InputError, UsageError
from verifier.ir.prose import number
from verifier.manifests.documents.contexts import context_of
from verifier.manifests.documents.there import is_there
from verifier.manifests.specs.config import FILE
from verifier.report.words.paint import Paint
from verifier.report.words.result import unread

if TYPE_CHECKING:
    from verifier.engine.draft import Candidate
    from verifier.engine.results.check import Result
    from verifier.ir.property import Property


_MOST = 12
"""Properties that somebody reads who gets a file of them: the starter set, then what is said without ports."""


@click.command("init", cls=Grouped, short_help="Draft a netpol.yaml that the manifests pass.")
@options.manifests
@click.option("--file", default=FILE, show_default=True, metavar="FILE", help="Where to write; - for standard output.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@options.reading
@options.rendering
@options.limits
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but mistakes.")
@click.option("-v", "--verbose", is_flag=True, help="Write all that holds, and what does not as comments.")
@click.option("--debug", is_flag=True, help="A traceback where the run fails.")
def command(**flags: Any) -> int:
    """Draft a netpol.yaml from what the policies in MANIFESTs say today.

    It holds the settings of this command line, the starter properties that hold, and claims about who reaches whom,
    each with what suggests it: a dozen at most, or with -v all of them, and what does not hold as comments. Read it:
    what holds need not be meant.

    \b
    Examples:
      netpol init k8s/
      netpol init k8s/ --file -
      netpol init k8s/ -u inventory && netpol check

    \b
    Exit codes:
      0  done                          2  usage or input is at fault, or the file exists
      4  internal error
    """
    settings = settings_of(flags, config_of(flags), os.environ)
    errors = Paint(coloured(settings.color.value, sys.stderr, os.environ))
    this = Run(flags, settings, time.monotonic(), errors)
    try:
        return _init(this, flags["file"])
    except InputError as error:
        say_diagnostics((*error.diagnostics, *ways_out_of(flags, settings, error.diagnostics, read_again)), errors)
        return Exit.INPUT


def _init(this: Run, file: str) -> int:
    if file != "-" and is_there(file) and not this.flags["force"]:
        raise UsageError(f"`{file}` exists already", "name another one with --file, or overwrite it with --force")
    with this.waiting("reading") as watcher:
        basis, _ = read_basis(this.settings, lambda _cluster: (), told=watcher.turns_to)
    this.warn(basis.loaded.diagnostics)
    draft = _Draft(this, basis)
    text = draft.text(Path(file).parent if file != "-" else Path())
    if file == "-":
        write_stdout(text)
    else:
        write_file(file, text)
        this.tell(f"wrote {file}: {number(len(draft.shown), 'property', 'properties')}, all proved")
    return Exit.OK


class _Draft:
    """The properties that hold, and those that do not.

    Life cycle: made of a cluster, it asks of every candidate whether it is proved, and `check` about those that are to
    be told of though they are not; then it is only read.
    """

    def __init__(self, this: Run, basis: Basis) -> None:
        from verifier.engine.draft import drafting

        self._this, self._cluster = this, basis.loaded.cluster
        self._universe, self._switches = basis.universe, basis.switches
        self._look = drafting(self._cluster, self._universe, self._switches, this.limits())
        self.kept: list[drafttext.Entry] = []
        self.left: list[tuple[str, str]] = []
        self._starter()
        self._suggested()

    @property
    def shown(self) -> Sequence[drafttext.Entry]:
        """The properties that are written: with `-v` all that hold."""
        return self.kept if self._this.flags["verbose"] else self.kept[:_MOST]

    def text(self, folder: Path) -> str:
        counts = number(len(self._cluster.policies.objects), "policy", "policies")
        head = [
            drafttext.SCHEMA,
            f"# Drafted by `netpol init` from {counts} and {number(len(self._cluster.workloads), 'workload')}.",
            "# Every property below is proved today. Whether it is meant, only you can say: keep, change or remove it."
            if self.kept
            else "# No property that could be suggested holds today: write down what is meant (`netpol check -p`).",
            drafttext.HOW_TO_SCHEMA,
            *(f"# {line}" for line in unread(self._cluster.passed_over)),
            *(f"# Assumed: {line}" for line in self._cluster.assumptions),
        ]
        properties = ("---", drafttext.SCHEMA, drafttext.properties(self.shown)) if self.kept else ()
        config = drafttext.config(_settings(self._this.settings, folder))
        left = drafttext.broken(self.left) if self._this.flags["verbose"] else self._counted()
        return "\n".join((*head, config, *properties, *left)) + "\n"

    def _counted(self) -> Iterator[str]:
        """How many properties stand nowhere, and how to see them."""
        more = len(self.kept) - len(self.shown)
        if more:
            yield f"# Left out: {number(more, 'property', 'properties')} more that hold. `netpol init -v` writes all."
        if self.left:
            what = number(len(self.left), "property", "properties")
            yield f"# Left out: {what} that could be suggested and do not hold. `netpol init -v` lists each, with why."

    def _starter(self) -> None:
        """The starter properties that hold; a default deny for ingress, or for some namespaces, where one for both
        directions is not in force."""
        from verifier.engine.draft import Candidate, isolation
        from verifier.manifests.specs.builtin import STARTER, builtin_path

        entries = []
        for name in STARTER:
            text = builtin_path(name).read_text("utf-8")
            why = text.partition("\n")[0].removeprefix("# ")
            lines = text.partition("  properties:\n")[2].splitlines()
            entries.append(drafttext.Entry(name, why, "\n".join(line.removeprefix("  ") for line in lines)))
        self._keep(entries)
        if "default-deny" in {entry.name for entry in self.kept}:
            return
        claim = {"isolated": {"directions": "ingress"}}
        why = (
            "Every pod of the declared namespaces is isolated for ingress: nothing comes in unless a policy allows it."
        )
        if not self._first([Candidate("default-deny-ingress", why, (claim,))]):
            self._first(isolation(self._look))

    def _suggested(self) -> None:
        from verifier.engine.draft import candidates

        self._first(candidates(self._look))

    def _first(self, candidates: "Iterable[Candidate]") -> bool:
        """Keeps of every candidate the first claim that holds; True iff each has one."""
        open_ = list(candidates)
        count = len(open_)
        kept = len(self.kept)
        attempt = 0
        while open_:
            asked = [c for c in open_ if attempt < len(c.claims)]
            last = {c.name for c in asked if attempt == len(c.claims) - 1}
            entries = [drafttext.entry(c.name, c.why, c.claims[attempt]) for c in asked]
            proved = self._keep(entries, last)
            open_ = [c for c in asked if c.name not in proved | last]
            attempt += 1
        return len(self.kept) - kept == count

    def _keep(self, entries: Sequence[drafttext.Entry], told: set[str] | None = None) -> set[str]:
        """Keeps those of `entries` that are proved; of the others those in `told` (None: all) are told of. Gives the
        names of those kept."""
        from verifier.engine.check.proved import proved

        asked = drafttext.read_back(entries)
        holding = dict(zip(entries, proved(self._look.context, asked, self._this.limits()), strict=True))
        self.kept += [entry for entry, holds in holding.items() if holds]
        open_ = [
            (entry.name, claimed)
            for (entry, holds), claimed in zip(holding.items(), asked, strict=True)
            if not holds and (told is None or entry.name in told)
        ]
        self.left += zip((name for name, _ in open_), self._reasons([claimed for _, claimed in open_]), strict=True)
        return {entry.name for entry, holds in holding.items() if holds}

    def _reasons(self, claims: "Sequence[Property]") -> Sequence[str]:
        """Why each does not hold, which is read with `-v` alone."""
        if not self._this.flags["verbose"]:
            return [""] * len(claims)
        from verifier.engine.check.check import check

        return list(map(_why_not, check(self._cluster, claims, self._universe, self._switches, self._this.limits())))


def _why_not(result: "Result") -> str:
    from verifier.engine.results.check import Verdict
    from verifier.report.words.result import wrong

    if result.verdict is Verdict.VIOLATED and result.witness is not None:
        return f"violated: {wrong(result.property, result.witness)}"
    return f"{result.verdict}: {result.reason}" if result.reason else str(result.verdict)


def _settings(settings: Settings, folder: Path) -> Mapping[str, object]:
    """The settings of this run that somebody said, as they stand in the file; paths relative to `folder`."""
    found = dict(_said(settings, folder))
    paths = [path for path in settings.manifests.value if path != "-" and context_of(path) is None]
    if paths:
        found = {"manifests": [_beside(path, folder) for path in paths], **found}
    return found


def _said(settings: Settings, folder: Path) -> Iterator[tuple[str, object]]:
    named: tuple[tuple[str, str, Callable[[Any], object]], ...] = (
        ("universe", "universe", lambda name: name if name in ("open", "inventory") else _beside(name, folder)),
        ("namespace", "namespace", str),
        ("profile", "profile", str),
        ("exclude", "exclude", list),
        ("skipUnknown", "skip_unknown", bool),
        ("duplicates", "duplicates", str),
    )
    for name, field, shown in named:
        setting = getattr(settings, field)
        if setting.origin != DEFAULT and setting.value:
            yield name, shown(setting.value)
    switches = dict(item.split("=", 1) for item in settings.fixed)
    if switches:
        yield "switches", switches


def _beside(path: str, folder: Path) -> str:
    if ":" in path and not is_there(path):
        return path
    return Path(os.path.relpath(path, folder)).as_posix()
