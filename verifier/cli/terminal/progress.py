"""How far a run is, for those who wait for it: on standard error, and never in the way of the report.

At a terminal that is a line which appears after two seconds and is gone when the report comes; with `-v` a line for
each property that has its answer; else nothing.
"""

import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from verifier.cli.terminal.streams import say
from verifier.engine.solve.watcher import UNWATCHED, Watcher
from verifier.report.words.paint import Paint, visible

if TYPE_CHECKING:
    from verifier.engine.results.check import Result

PATIENCE = 2.0
"""Seconds before the line appears."""

_PERIOD = 0.1
_NAMES = 60

_shown: "set[Line]" = set()


class Lines(Watcher):
    """Tells the verdict of each property as soon as it is there."""

    def __init__(self, paint: Paint) -> None:
        self._paint = paint
        self._titles: Sequence[str] = ()
        self._done = 0

    def asks(self, titles: Sequence[str]) -> None:
        self._titles, self._done = titles, 0

    def finished(self, index: int, result: "Result") -> None:
        self._done += 1
        seconds = result.stats.encoding + result.stats.solving
        count = f"{self._done} of {len(self._titles)}"
        say(self._paint(f"{count}: {result.verdict.upper():<8}  {self._titles[index]}  {seconds:.3f} s"))


class Line(Watcher):
    """What is going on, in one line that is drawn again and again by a thread of its own.

    Life cycle: made, shown from PATIENCE seconds after `started` (as `time.monotonic` has it) on, and wiped.
    """

    def __init__(self, what: str, started: float, colour: bool) -> None:
        self._what, self._started, self._colour = what, started, colour
        self._titles: Sequence[str] = ()
        self._asked: dict[int, str] = {}
        self._done = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._show, name="progress", daemon=True)

    def show(self) -> None:
        _shown.add(self)
        self._thread.start()

    def wipe(self) -> None:
        """Takes the line away. Whatever has become of the terminal, nobody waits for it longer than a second."""
        self._over.set()
        self._thread.join(timeout=1)
        _shown.discard(self)

    def asks(self, titles: Sequence[str]) -> None:
        self._titles, self._done = titles, 0

    def started(self, index: int) -> None:
        self._asked[index] = self._titles[index]

    def finished(self, index: int, result: "Result") -> None:  # noqa: ARG002
        self._asked.pop(index, None)
        self._done += 1

    def turns_to(self, what: str) -> None:
        self._titles, self._what = (), what
        self._asked.clear()

    def _show(self) -> None:
        if self._over.wait(max(0.0, self._started + PATIENCE - time.monotonic())):
            return
        with suppress(Exception):  # no run fails because its progress cannot be shown
            self._draw()

    def _draw(self) -> None:
        from rich.console import Console, RenderableType
        from rich.constrain import Constrain
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
        from rich.table import Column

        console = Console(file=sys.stderr, no_color=not self._colour, highlight=False)

        class Bar(Progress):
            def get_renderables(self) -> Iterable[RenderableType]:
                # behind it the terminal writes `^C`, which must not begin another line
                yield Constrain(self.make_tasks_table(self.tasks), max(1, console.width - 4))

        rest = Column(ratio=1, no_wrap=True, overflow="ellipsis")
        bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20, complete_style="cyan", finished_style="cyan", pulse_style="cyan"),
            TextColumn("{task.fields[rest]}", markup=False, table_column=rest),
            console=console,
            transient=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
            expand=True,
        )
        task = bar.add_task(self._doing(), total=None, rest=self._rest())
        with bar:
            while True:
                total = len(self._titles) or None
                bar.update(task, description=self._doing(), total=total, completed=self._done, rest=self._rest())
                bar.refresh()
                if self._over.wait(_PERIOD):
                    return

    def _doing(self) -> str:
        if not self._titles:
            return self._what
        return f"{self._done} of {len(self._titles)} done"

    def _rest(self) -> str:
        """How much is left, for how long this has been going on, and what is being asked."""
        seconds = int(time.monotonic() - self._started)
        clock = f"{seconds // 60}:{seconds % 60:02}"
        if not self._titles:
            return clock
        names = list(self._asked.values())
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        asked = f"  {visible(names[0][:_NAMES])}{more}" if names else ""
        return f"{len(self._titles) - self._done} left  {clock}{asked}"


def wipe_all() -> None:
    """Before the process ends at once."""
    for line in list(_shown):
        line.wipe()


@contextmanager
def waiting(what: str, started: float, line: bool, verbose: Paint | None, colour: bool) -> Iterator[Watcher]:
    """Whoever tells how far the run is, to be told of it.

    what: goes on at first. started: when the run was, as `time.monotonic` has it. line: a line may be shown. verbose:
    how text is dressed for those who want every property told.
    """
    if verbose is not None:
        yield Lines(verbose)
        return
    if not line:
        yield UNWATCHED
        return
    shown = Line(what, started, colour)
    shown.show()
    try:
        yield shown
    finally:
        shown.wipe()
