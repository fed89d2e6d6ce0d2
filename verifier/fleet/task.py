"""A task: a cluster with some of its properties, and what comes of it.

A task and the texts of its manifests say all by themselves: whoever answers needs neither the files nor the repository.
Answering changes nothing, so a task may be answered twice, by another process, or by another machine.
"""

import time
import traceback
from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.check.check import check, counts_of
from verifier.engine.check.doubts import warnings_of
from verifier.engine.results.check import Counts, Result, Verdict
from verifier.errors import Diagnostic, InputError, Undecided
from verifier.fleet.result import Failure, Reading
from verifier.ir.cluster import PassedOver
from verifier.ir.property import Property
from verifier.ir.universe import Universe
from verifier.manifests.documents.excludes import unused
from verifier.manifests.documents.files import nothing
from verifier.manifests.kubernetes.kustomization import refuse_altering
from verifier.manifests.kubernetes.load import Loaded, Options, Texts, find_texts, load_texts
from verifier.manifests.render.values import Values
from verifier.manifests.render.wanted import as_wanted
from verifier.smt.solver import Limits


class Task(Struct, frozen=True):
    """`cluster`: which one, by its place in the fleet; `paths`: where its manifests are. `first`: the place of the
    first of `properties` among all of the cluster's. `values`: what charts are given that are rendered; None: nothing
    is rendered."""

    cluster: int
    first: int
    properties: tuple[Property, ...]
    paths: tuple[str, ...]
    options: Options
    universe: Universe
    switches: Mapping[str, str]
    rlimit: int | None = None
    values: Values | None = None


class Answer(Struct, frozen=True):
    """A result for each property of the task, in their order. `diagnostics`: warnings and notes about the manifests.
    `passed_over`: what they hold that decides about traffic and is not understood. `assumptions`: what every answer
    about the cluster rests on."""

    results: tuple[Result, ...]
    counts: Counts
    diagnostics: tuple[Diagnostic, ...]
    reading: Reading
    passed_over: tuple[PassedOver, ...] = ()
    assumptions: tuple[str, ...] = ()


class Refusal(Struct, frozen=True):
    """The input is at fault."""

    diagnostics: tuple[Diagnostic, ...]


class Unanswered(Struct, frozen=True):
    """Nobody came to it; `reason` is why, in one sentence."""

    reason: str


Outcome = Answer | Refusal | Failure | Unanswered

REGIONS = 20
"""In so many regions what breaks a property is told: answers stay small, however many clusters there are."""
OUT_OF_TIME = Unanswered("the time limit of the run was reached before this was decided; allow more with --timeout")


class Stopped(Exception):
    """The run ended before its end; `outcome` is what becomes of the tasks that are left."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome


def texts_of(task: Task) -> Texts:
    """The manifests of a task, as they are built; where they cannot be, they hold why."""
    texts = find_texts(task.paths, task.options.excludes)
    try:
        return as_wanted(texts, task.paths, task.values)
    except InputError as error:
        return Texts((), error.diagnostics)


def answer(task: Task, texts: Texts, seconds: float | None = None) -> Outcome:
    """What comes of the task. seconds: how long it may take; what is open then is unknown."""
    limits = Limits(task.rlimit, None if seconds is None else time.monotonic() + seconds)
    try:
        return _answer(task, texts, limits)
    except InputError as error:
        return Refusal(error.diagnostics)
    except Exception as error:  # our bug; it must not take the verdicts about other clusters with it
        return Failure(f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error)))


def _answer(task: Task, texts: Texts, limits: Limits) -> Answer:
    loaded, seconds = _read(texts, task.options)
    refuse_altering(loaded.diagnostics)
    if not (loaded.has_policies or loaded.has_workloads):
        raise InputError((*loaded.diagnostics, nothing(task.paths)))
    try:
        results = check(loaded.cluster, task.properties, task.universe, task.switches, limits, limit=REGIONS)
    except Undecided as undecided:  # whether any pod can exist
        reason = f"the solver reached {undecided} before it came to this property"
        results = tuple(Result(claimed, Verdict.UNKNOWN, reason=reason) for claimed in task.properties)
    reading = Reading(loaded.files, loaded.bytes, seconds)
    cluster = loaded.cluster
    doubtful = warnings_of(task.properties, cluster, task.universe)
    found = (*loaded.diagnostics, *unused(task.options.excludes, loaded.fitted), *doubtful)
    return Answer(results, counts_of(cluster), found, reading, cluster.passed_over, cluster.assumptions)


@lru_cache(maxsize=1)
def _read(texts: Texts, options: Options) -> tuple[Loaded, float]:
    """The manifests, and how long they took. The last ones are kept: tasks of one cluster tend to come together."""
    started = time.monotonic()
    loaded = load_texts(texts, options)
    return replace(loaded, objects=(), moved=None), time.monotonic() - started
