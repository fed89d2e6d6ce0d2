"""Many properties asked one by one, in this process or in several."""

import pathlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.results.check import Result
from verifier.engine.solve.watcher import Watcher
from verifier.errors import InternalError, WorkerDied
from verifier.ir.acceptance import Flow
from verifier.ir.origin import Origin, Path, Position
from verifier.ir.property import Property
from verifier.processes.pool import run

Shared = TypeVar("Shared")


class _Nowhere:
    """The document of an origin that has none here."""

    def locate(self, path: Path) -> Position:
        raise InternalError(f"a worker looked for the line of {path}")

    def excerpt(self, first: int, last: int, file: str) -> list[tuple[int, str]]:
        raise InternalError(f"a worker looked at lines {first} to {last} of {file}")


class Elsewhere(Origin, frozen=True):
    """In a worker, the origin number `number` of those that stayed in the parent; equal to all others, as they are."""

    number: int = 0

    @classmethod
    def stand_in(cls, number: int) -> "Elsewhere":
        return cls(_Nowhere(), number=number)


class Task(Struct, frozen=True):
    """A property to be asked. side: of which of several clusters. accepted: flows that do not break it.

    title: what those who wait read.
    """

    claimed: Property
    title: str
    side: int = 0
    dump_to: pathlib.Path | None = None
    accepted: tuple[Flow, ...] = ()


def ask_all(
    answer: Callable[[Shared, Task], Result], shared: Shared, tasks: Sequence[Task], jobs: int, watcher: Watcher
) -> tuple[Result, ...]:
    """The answer to each of `tasks`, in their order, whatever the number of processes.

    Workers get the policies, and not the documents that these came from: nobody there has to cite a line.
    """
    watcher.asks([task.title for task in tasks])
    answers = run(answer, shared, tasks, jobs, {Origin: Elsewhere}, watcher.started, watcher.finished)
    try:
        return tuple(replace(a, property=task.claimed) for a, task in zip(answers, tasks, strict=True))
    except WorkerDied as died:
        if died.index is None:
            raise
        raise WorkerDied(f"{died} (it was asked about `{tasks[died.index].title}`)") from died
