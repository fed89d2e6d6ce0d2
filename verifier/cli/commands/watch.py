"""`netpol check --watch`: answers, waits until a file changes, and answers again.

What is wrong with the input is said, and waited out: the verdicts that stand above are then those of the last input
that could be read.
"""

import gc
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from verifier.cli.exits import Exit, of_report
from verifier.cli.inputs.accepted import Asked, with_acceptances
from verifier.cli.inputs.exclusions import excludes_of
from verifier.cli.inputs.helmvalues import unused_values
from verifier.cli.inputs.inputs import as_built, how_to_read, read_switches, starter_note
from verifier.cli.inputs.parts import Parts
from verifier.cli.inputs.reload import Asking
from verifier.cli.inputs.settings import LAST, jobs_of, said_switches
from verifier.cli.inputs.watched import Files
from verifier.cli.run import Run
from verifier.cli.terminal.colour import coloured
from verifier.cli.terminal.streams import say, say_diagnostics, write_stdout
from verifier.cli.terminal.today import today
from verifier.engine.check.check import summed_up
from verifier.engine.results.check import CheckReport
from verifier.errors import Diagnostic, InputError, Severity, Undecided, UsageError
from verifier.ir.prose import listed, number
from verifier.manifests.documents.files import Files as Manifests
from verifier.manifests.documents.files import find_files, nothing
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.kustomization import refuse_altering
from verifier.manifests.kubernetes.load import Texts
from verifier.report.text import check as text
from verifier.report.text.watch import again
from verifier.report.words.paint import Paint
from verifier.session import Session

_PERIOD = 0.3
"""Seconds between two looks at the files; more where a look takes long."""

_SHARE = 10
"""How much longer it waits than it looks."""

_REST = 0.1
"""Seconds without a change after which a change is over: editors and git write many files one after the other."""

_MOST_RESTS = 20
_NAMES = 4


def watch(flags: Mapping[str, Any]) -> int:
    """The exit code of the last answer, where the reader of standard output goes away; else it ends by a signal."""
    if any(output != "text" for output in flags["outputs"]):
        raise UsageError("--watch writes text to standard output only", "leave out -o, or write `-o text`")
    if flags["dump"] is not None:
        raise UsageError("--watch and --dump-smt2 do not go together", "dump the questions of a single run")
    watching = Watching(flags)
    changed = watching.look()
    if isinstance(watching.asking.wrong, UsageError):
        raise watching.asking.wrong
    while watching.answer(changed):
        gc.collect()  # nobody waits now, and nothing else does it (verifier.cli.main)
        changed = watching.wait()
    return watching.code


class Watching:
    """The files that matter, the session that answers, and what has been said last.

    Life cycle: look, answer, then wait and answer by turns.
    """

    def __init__(self, flags: Mapping[str, Any]) -> None:
        self.flags = flags
        self.asking = Asking(flags)
        self.code = Exit.OK
        self._files, self._parts = Files(), Parts()
        self._found = Manifests()
        self._said: Sequence[Diagnostic] = ()
        """What finding and rendering the manifests said last."""
        self._session: Session | None = None
        self._texts: Mapping[str, Source] = {}
        """What the session has been told."""
        self._doubtful: set[str] = set()
        """The files of an update that failed: what the session holds of them may be either text."""
        self.report: CheckReport | None = None
        """What was answered last."""
        self.wrong: Sequence[Diagnostic] | None = None
        """What was said to be wrong, if that was the last thing that was said."""
        self._warned: set[Diagnostic] = set()

    # Looking

    def look(self) -> list[str]:
        """The names of the files that have changed, or vanished, or come."""
        changed = self.asking.look()
        if self.asking.terms is None:
            return changed
        settings = self.asking.settings
        found = find_files(settings.manifests.value, excludes_of(settings))
        about, self._found = self._found.mistakes, found
        missing = (d.file or d.message for d in found.mistakes if d not in about)
        there = (d.file or d.message for d in about if d not in found.mistakes)
        renders = settings.rendering is not None and settings.rendering.wanted
        parts = self._parts.look(found.paths, settings.helm_values.value) if renders else []
        return sorted({*changed, *missing, *there, *self._files.look(found.paths), *parts})

    def wait(self) -> list[str]:
        """Looks until something has changed, and nothing changes any more."""
        changed: set[str] = set()
        while not changed:
            started = time.monotonic()
            changed.update(self.look())
            if not changed:
                time.sleep(max(_PERIOD, _SHARE * (time.monotonic() - started)))
        for _ in range(_MOST_RESTS):
            time.sleep(_REST)
            more = self.look()
            if not more:
                break
            changed.update(more)
        return sorted(changed)

    # Answering

    def answer(self, changed: Sequence[str]) -> bool:
        """Says what the verdicts are now; False iff nobody reads it."""
        errors = Paint(coloured(self.asking.colour, sys.stderr, os.environ))
        if self.report is not None or self.wrong is not None:
            self._headline(changed, errors)
        try:
            if self.asking.wrong is not None:
                raise self.asking.wrong
            run = Run(self.flags, self.asking.settings, time.monotonic(), errors)
            session = self._asked(run)
        except InputError as error:
            self._complain(error.diagnostics, Exit.INPUT, errors)
            return True
        except Undecided as error:
            self._complain([Diagnostic("undecided", f"undecided: {error}")], Exit.UNDECIDED, errors)
            return True
        is_first, self.wrong = self.report is None, None
        is_read = self._tell(run, session)
        if self.flags["verbose"]:
            seconds = time.monotonic() - run.started
            say(f"asked {len(session.asked)} of {len(session.properties)} properties, {seconds:.3f} s")
        if is_first and not self.flags["quiet"]:
            say(errors(f"watching {number(len(self._files.texts), 'file')}, until Ctrl-C", "dim"))
        return is_read

    def _asked(self, run: Run) -> Session:
        """The session, up to date. Raises InputError with what is wrong."""
        terms = self.asking.terms
        assert terms is not None
        mistakes = [d for d in self._found.mistakes if d.severity is Severity.ERROR]
        mistakes += self._files.mistakes
        if mistakes:
            raise InputError(mistakes)
        with run.waiting("reading") as watcher:
            found = self._found
            sources = tuple(self._files.sources.values())
            held = Texts(
                sources, tuple(found.mistakes), tuple(found.left_out), tuple(found.unread), frozenset(found.fitted)
            )
            built = as_built(held, run.settings.manifests.value, run.settings)
            self._said = (*built.mistakes, *unused_values(run.settings, built.mistakes))
            texts = {f"{number} {source.name}": source for number, source in enumerate(built.sources)}
            is_made = built.sources != sources  # then lines may have moved of which no text tells
            if not is_made:
                texts = {source.name: source for source in sources}
            moved = is_made or (run.settings.duplicates.value == LAST and not texts.keys() <= self._texts.keys())
            if self._session is None or self.asking.is_new or moved:  # a session reads what is new after all the rest
                self._session = None
                if terms.starter and self.report is None:
                    run.tell(starter_note(terms.properties))
                how, jobs = how_to_read(run.settings, terms.switches), jobs_of(run.settings)
                said = said_switches(run.settings, terms.universe)
                self._session = Session(texts, terms.properties, terms.universe, said, how, run.limits(), jobs, watcher)
                self.asking.is_new = False
            else:
                names = {name for name in {*texts, *self._texts} if texts.get(name) != self._texts.get(name)}
                self._doubtful |= names
                self._session.update({name: texts.get(name) for name in self._doubtful}, run.limits(), watcher)
        self._texts, self._doubtful = texts, set()
        refuse_altering(self._session.diagnostics)
        cluster = self._session.cluster
        if not cluster.policies.objects and not cluster.workloads:
            raise InputError((*self._session.diagnostics, nothing(run.settings.manifests.value)))
        return self._session

    def _tell(self, run: Run, session: Session) -> bool:
        terms = self.asking.terms
        assert terms is not None
        said = (*self._said, *session.diagnostics)
        before, answer = self.report, summed_up(session.cluster, session.results, terms.universe, said)
        switches = read_switches(run.settings, terms.universe, session.cluster.profile)
        asked = Asked(session.cluster, terms.universe, switches, run.limits(), 0)
        self.report = with_acceptances(answer, self.asking.accepted, today(), asked)
        self._warn(run, self.report.diagnostics)
        self.code = of_report(self.report)
        paint = Paint(coloured(self.asking.colour, sys.stdout, os.environ))
        if before is None:
            return write_stdout(text.check(self.report, paint, self.flags["quiet"]))
        return write_stdout(again(before, self.report, paint, self.flags["quiet"]))

    # Saying

    def _headline(self, changed: Sequence[str], errors: Paint) -> None:
        if self.flags["quiet"]:
            return
        names = listed(changed, _NAMES)
        now = datetime.now().astimezone().strftime("%H:%M:%S")
        say(f"\n{errors(f'{now}  {names}', 'dim')}")

    def _warn(self, run: Run, found: Iterable[Diagnostic]) -> None:
        """Says what has not been said before."""
        found = dict.fromkeys(found)
        run.warn(d for d in found if d not in self._warned)
        self._warned = set(found)

    def _complain(self, mistakes: Sequence[Diagnostic], code: Exit, errors: Paint) -> None:
        say_diagnostics(mistakes, errors)
        self.code, self.wrong = code, mistakes
        if not self.flags["quiet"]:
            older = "" if self.report is None else "; the verdicts above are of what was there before"
            say(errors(f"waiting for a change{older}", "dim"))
