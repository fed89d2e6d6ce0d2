"""Cuts a fleet into tasks.

A task is a cluster with up to PROPERTIES_PER_TASK of its properties. Reading the manifests is most of the work of a
few properties, so a cluster is cut only where it has many, and then into equal parts; and no task is so long that the
last one to end keeps everybody waiting (docs/scale.md).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import pairwise
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.engine.problem.switches import settle
from verifier.errors import Diagnostic, InputError
from verifier.fleet.task import Task
from verifier.ir.profiles import NEUTRAL
from verifier.ir.property import Property
from verifier.ir.universe import OPEN, Universe
from verifier.manifests.documents.contexts import context_of
from verifier.manifests.kubernetes.load import Options
from verifier.manifests.notation.expression import parse_expression
from verifier.manifests.render.values import Values
from verifier.manifests.specs.fleet import Asking, FleetCluster
from verifier.manifests.specs.properties import load_properties, refuse_namesakes, starter_properties
from verifier.manifests.specs.universe import load_universe

PROPERTIES_PER_TASK = 64

Read = TypeVar("Read")


class Asked(Struct, frozen=True):
    """What is asked of one cluster, and under what; or, in `mistakes`, why nothing can be asked.

    starter: nobody said what to ask, so it is the starter set.
    """

    cluster: FleetCluster
    properties: tuple[Property, ...] = ()
    universe: Universe = OPEN
    switches: Mapping[str, str] = field(default_factory=dict)
    starter: bool = False
    mistakes: tuple[Diagnostic, ...] = ()


def ask_each(clusters: Iterable[FleetCluster]) -> Iterator[Asked]:
    """What is asked of each cluster. A file that several of them name is read once."""
    universe_of, properties_of = cache(load_universe), cache(load_properties)
    for cluster in clusters:
        mistakes: list[Diagnostic] = []
        universe = _attempt(partial(universe_of, cluster.universe), mistakes) or OPEN
        layers = (cluster.fleet_switches, universe.switches, cluster.switches)
        switches = _attempt(partial(_switches, cluster.profile, layers), mistakes) or {}
        properties = _attempt(partial(properties_asked, cluster.asked, properties_of), mistakes) or ()
        starter = not properties and not mistakes
        chosen = starter_properties() if starter else properties
        yield Asked(cluster, chosen, universe, switches, starter, tuple(mistakes))


def _switches(profile: str | None, layers: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
    """The value of every switch; where nobody names a profile, which then chooses itself from the manifests, only what
    is said of them. Raises UsageError for what does not exist."""
    settled = settle(profile or NEUTRAL, *layers)
    return settled if profile is not None else {name: settled[name] for layer in layers for name in layer}


def properties_asked(
    asked: Asking, load: Callable[[tuple[str, ...]], tuple[Property, ...]] = load_properties
) -> tuple[Property, ...]:
    """The properties of files, which `load` reads, then those of one line; raises InputError with all that is wrong
    with them."""
    mistakes: list[Diagnostic] = []
    found = list(_attempt(partial(load, asked.files), mistakes) or ()) if asked.files else []
    lines = (_attempt(partial(parse_expression, line.text, line.origin), mistakes) for line in asked.lines)
    found += [claimed for claimed in lines if claimed is not None]
    if mistakes:
        raise InputError(mistakes)
    refuse_namesakes(found)
    return tuple(found)


def _attempt(read: Callable[[], Read], mistakes: list[Diagnostic]) -> Read | None:
    try:
        return read()
    except InputError as error:
        mistakes += error.diagnostics
        return None


def tasks_of(fleet: Sequence[Asked], rlimit: int | None = None, *, rendering: bool = True) -> Iterator[Task]:
    """The tasks of a fleet, one cluster after the other; of a live one a single task, so that it is asked once, and all
    verdicts are about the same objects. rendering: what has to be rendered is."""
    for place, asked in enumerate(fleet):
        if asked.mistakes:
            continue
        cluster = asked.cluster
        options = Options.under(
            asked.switches,
            cluster.namespace,
            cluster.exclude,
            cluster.skip_unknown,
            cluster.profile,
            last_counts=cluster.duplicates == "last",
        )
        values = Values(cluster.helm_values, cluster.helm_set, cluster.namespace) if rendering else None
        is_live = any(context_of(name) is not None for name in cluster.manifests)
        for first, properties in cut(asked.properties, *([len(asked.properties)] if is_live else [])):
            yield Task(
                cluster=place,
                first=first,
                properties=tuple(replace(claimed, origin=None) for claimed in properties),
                paths=cluster.manifests,
                options=options,
                universe=asked.universe,
                switches=asked.switches,
                rlimit=rlimit,
                values=values,
            )


def cut(properties: Sequence[Property], most: int = PROPERTIES_PER_TASK) -> Iterator[tuple[int, Sequence[Property]]]:
    """As few parts as have `most` properties each, none larger than another by more than one; each with the place of
    its first property."""
    parts = -(-len(properties) // most)
    bounds = [len(properties) * part // parts for part in range(parts + 1)] if parts else []
    for first, end in pairwise(bounds):
        yield first, properties[first:end]
