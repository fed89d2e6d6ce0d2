"""Reads all that a command needs: manifests, universe, switches, properties. Every mistake of all of them is listed."""

import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.cli.inputs.exclusions import excludes_of, unused_excludes
from verifier.cli.inputs.helmvalues import unused_values, values_of
from verifier.cli.inputs.once import once
from verifier.cli.inputs.settings import (
    LAST,
    Settings,
    named_profile,
    namespace_of,
    stated,
    switches_of,
    to_switches_of,
)
from verifier.errors import Diagnostic, InputError, UsageError
from verifier.ir.property import Property
from verifier.ir.universe import OPEN, RESERVED, Universe
from verifier.manifests.documents.contexts import Told, context_of, untold
from verifier.manifests.documents.files import STDIN, nothing
from verifier.manifests.documents.places import Place, counterpart, exists, place_of
from verifier.manifests.documents.refs import Revision

if TYPE_CHECKING:
    from verifier.ir.cluster import Cluster
    from verifier.manifests.kubernetes.live import Live
    from verifier.manifests.kubernetes.load import Loaded, Options, Texts

Read = TypeVar("Read")

NAME_SOME = "name files or directories (`netpol check k8s/`), or list them in netpol.yaml"


class Terms(Struct, frozen=True):
    """What is asked, and under what. `starter`: nobody said what to check."""

    properties: tuple[Property, ...]
    universe: Universe
    switches: Mapping[str, str]
    starter: bool


class Question(Terms, frozen=True):
    """What is asked of which cluster. `seconds`: how long the manifests took."""

    loaded: "Loaded"
    seconds: float


class Basis(Struct, frozen=True):
    """What is looked at, and under what, where no properties are asked for."""

    universe: Universe
    switches: Mapping[str, str]
    loaded: "Loaded"


def read_basis(
    settings: Settings,
    besides: Callable[["Cluster | None"], Read],
    attempts: "Attempts | None" = None,
    no_manifests: str = NAME_SOME,
    told: Told = untold,
) -> tuple[Basis, Read]:
    """What a command looks at, and what it reads `besides`, given the cluster: None where the manifests cannot be
    read, so that nobody can say what there is. attempts: what was read before. no_manifests: the hint where none are
    named. told: is told what takes its time. Raises InputError with everything that is wrong with any of it."""
    attempts = Attempts() if attempts is None else attempts
    universe = attempts.make(lambda: read_universe(settings))
    switches = attempts.make(lambda: read_switches(settings, universe or OPEN))
    loaded = attempts.make(lambda: _load(settings, switches or {}, no_manifests, told))
    found = attempts.make(lambda: besides(None if loaded is None else loaded.cluster))
    if attempts.mistakes or universe is None or switches is None or loaded is None or found is None:
        raise InputError(attempts.mistakes)
    return Basis(universe, read_switches(settings, universe, loaded.cluster.profile), loaded), found


def read_again(settings: Settings) -> object:
    """The manifests of a command, as the settings want it. Raises InputError with what is wrong with them."""
    return read_basis(settings, lambda _cluster: ())


def read_terms(
    settings: Settings, files: Sequence[Place], expressions: Sequence[str], base: Revision | None = None
) -> Terms:
    """base: the revision at which files of the work tree are read that the settings name. Raises InputError with
    everything that is wrong with them."""
    attempts = Attempts()
    universe, switches, properties = _parts(attempts, settings, files, expressions, base)
    if universe is None or switches is None or properties is None:
        raise InputError(attempts.mistakes)
    return Terms(properties[0], universe, switches, properties[1])


def read_question(
    settings: Settings, files: Sequence[str], expressions: Sequence[str], told: Told = untold
) -> Question:
    """told: is told what takes its time. Raises InputError with everything that is wrong with the input."""
    attempts = Attempts()
    universe, switches, properties = _parts(attempts, settings, files, expressions, None)
    started = time.monotonic()
    loaded = attempts.make(lambda: _load(settings, switches or {}, NAME_SOME, told))
    seconds = time.monotonic() - started
    if universe is None or switches is None or properties is None or loaded is None:
        raise InputError(attempts.mistakes)
    switches = read_switches(settings, universe, loaded.cluster.profile)
    return Question(properties[0], universe, switches, properties[1], loaded, seconds)


def _parts(
    attempts: "Attempts",
    settings: Settings,
    files: Sequence[Place],
    expressions: Sequence[str],
    base: Revision | None,
) -> tuple[Universe | None, Mapping[str, str] | None, tuple[tuple[Property, ...], bool] | None]:
    """Universe, switches, and the properties with whether they are the starter set; None for what is wrong."""
    universe = attempts.make(lambda: read_universe(settings, base))
    switches = attempts.make(lambda: read_switches(settings, universe or OPEN))
    return universe, switches, attempts.make(lambda: read_properties(settings, files, expressions))


def starter_note(properties: Iterable[Property]) -> str:
    """What is said where nobody said what to check."""
    names = ", ".join(claimed.name for claimed in properties)
    return f"no properties given, so the starter set is checked: {names}"


class Attempts(Struct):
    """Readings of which each may fail without hiding the mistakes of the next."""

    mistakes: list[Diagnostic] = field(default_factory=list)

    def make(self, read: Callable[[], Read]) -> Read | None:
        try:
            return read()
        except InputError as error:
            self.mistakes += error.diagnostics
            return None


def read_universe(settings: Settings, base: Revision | None = None) -> Universe:
    """base: the revision at which a file of the work tree is read; where that is missing there, every pod may exist.
    What a configuration names is read where the configuration stands."""
    from verifier.manifests.specs.universe import load_universe

    config, name = settings.config, settings.universe.value
    of_config = settings.universe.origin == config.file
    spec = config.universe_spec
    if spec is not None and of_config and name == spec.name:
        return spec
    at = config.at if of_config else base
    if at is None or name in RESERVED:
        return load_universe(name)
    place = name if of_config else place_of(name)
    there = counterpart(place, at) if isinstance(place, str) else place
    if there is not None and not of_config and isinstance(place, str) and not exists(there):
        return OPEN
    return load_universe(name if there is None else there)


def read_switches(settings: Settings, universe: Universe, chosen: str | None = None) -> Mapping[str, str]:
    """What is `stated` of switches. chosen: the profile that chose itself, if the manifests have been read. How they
    are read hangs on no profile."""
    return stated(switches_of(settings, universe, chosen))


def read_to_switches(settings: Settings, universe: Universe, chosen: str | None = None) -> Mapping[str, str]:
    """The same of the new side of a comparison that has a setting of its own."""
    return stated(to_switches_of(settings, universe, chosen))


def read_properties(
    settings: Settings, files: Sequence[Place], expressions: Sequence[str]
) -> tuple[tuple[Property, ...], bool]:
    """What is to be checked, and whether it is the starter set, since nobody said; raises InputError where there is
    nothing."""
    from verifier.manifests.notation.expression import parse_expression

    attempts = Attempts()
    found: list[Property] = []
    if files:
        from verifier.manifests.specs.properties import load_properties

        found += attempts.make(lambda: load_properties(files)) or ()
    for text in dict.fromkeys(expressions):
        claimed = attempts.make(partial(parse_expression, text))
        found += (claimed,) if claimed is not None else ()
    if attempts.mistakes:
        raise InputError(attempts.mistakes)
    if files or expressions:
        if not found:
            raise UsageError("no property to check", "give one with -e, or a file with -p")
        return tuple(found), False
    if settings.config.properties:
        return settings.config.properties, False
    from verifier.manifests.specs.properties import starter_properties

    return starter_properties(), True


def _load(settings: Settings, switches: Mapping[str, str], no_manifests: str, told: Told) -> "Loaded":
    from verifier.manifests.kubernetes.load import load_texts

    paths = paths_of(settings, no_manifests)
    loaded = load_texts(texts_at(paths, settings, told), how_to_read(settings, switches))
    if not is_something(loaded):
        raise InputError((*loaded.diagnostics, nothing(paths)))
    refuse_unrendered(loaded, settings)
    unused = (*unused_excludes(settings, [loaded]), *unused_values(settings, loaded.diagnostics))
    return replace(loaded, diagnostics=(*loaded.diagnostics, *unused))


def paths_of(settings: Settings, hint: str = NAME_SOME) -> tuple[str, ...]:
    """The manifests to read; raises UsageError where nobody named any, and where a configuration names a live cluster:
    whoever may change that file could have a program ask a cluster with somebody else's credentials."""
    manifests, config = settings.manifests, settings.config.file
    if not manifests.value:
        raise UsageError("no manifests", hint)
    asked = next((name for name in manifests.value if context_of(name) is not None), None)
    if asked is not None and config is not None and manifests.origin == config:
        message = f"`{asked}` among the manifests: no configuration may have a live cluster asked"
        raise InputError(Diagnostic("cluster", message, config, hint="name it on the command line"))
    return manifests.value


def refuse_unrendered(loaded: "Loaded", settings: Settings) -> None:
    """Raises InputError iff a kustomization was read with what it would change, where a gate does not compare it."""
    from verifier.manifests.kubernetes.kustomization import refuse_altering

    if settings.rendering is not None:
        refuse_altering(loaded.diagnostics)


def is_something(loaded: "Loaded") -> bool:
    """True iff there is a policy or a workload."""
    return loaded.has_policies or loaded.has_workloads


def texts_at(paths: Sequence[Place], settings: Settings, told: Told = untold) -> "Texts":
    """The manifests at `paths`, unread; with those rendered that have to be, where the settings want that."""
    from verifier.manifests.kubernetes.load import find_texts

    def ask(context: str) -> "Live":
        from verifier.manifests.kubernetes.live import read_cluster  # only where a cluster is to be asked

        return once(f"cluster:{context}", lambda: read_cluster(context, told, settings.timeout.value))

    texts = find_texts(paths, excludes_of(settings), lambda: once(STDIN, read_stdin), ask)
    return as_built(texts, paths, settings)


def as_built(texts: "Texts", paths: Sequence[Place], settings: Settings) -> "Texts":
    """The same with those rendered that have to be, where the settings want that; else refused."""
    from verifier.manifests.render.wanted import as_wanted

    how = settings.rendering
    if how is None:
        return texts
    return as_wanted(texts, paths, values_of(settings) if how.wanted else None)


def how_to_read(
    settings: Settings, switches: Mapping[str, str], profile: str | None = None, staged: bool | None = None
) -> "Options":
    """Manifests, as the settings want it. profile: the one that the other side of a comparison chose. staged: whether
    staged policies are read as if they were promoted, where not what the settings say."""
    from verifier.manifests.kubernetes.load import Options

    return Options.under(
        switches,
        namespace_of(settings),
        excludes_of(settings),
        settings.skip_unknown.value,
        named_profile(settings) if profile is None else profile,
        staged=settings.staged if staged is None else staged,
        last_counts=settings.duplicates.value == LAST,
    )


def read_stdin() -> bytes:
    """What standard input holds; raises UsageError where nothing can come from there."""
    if sys.stdin is None:
        raise UsageError("standard input is closed")
    if sys.stdin.isatty():
        raise UsageError(
            "`-` reads standard input, which is a terminal", "pipe manifests in: `kustomize build | netpol check -`"
        )
    from verifier.manifests.documents.source import read_some

    return read_some(sys.stdin.buffer)
