"""Fleet files: clusters, and the properties that they have to meet (docs/fleet.md).

Takes the file; gives a `Fleet` whose paths are relative to the working directory, or raises InputError with every
mistake. What the files that it names hold is not looked at here.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.errors import Diagnostic, InputError
from verifier.ir.origin import Origin
from verifier.ir.universe import RESERVED
from verifier.manifests.documents.document import Document, documents
from verifier.manifests.documents.excludes import NOTHING_LEFT_OUT, Excludes
from verifier.manifests.documents.source import Source, shown
from verifier.manifests.notation.expression import reads_as_claim
from verifier.manifests.render.values import refuse_outside
from verifier.manifests.specs.builtin import BUILTIN
from verifier.manifests.specs.configfile import path_beside
from verifier.manifests.specs.fleetform import ClusterForm, FleetForm, FleetSpec, SettingsForm
from verifier.manifests.specs.form import complaint, fill, foreign, kind_of
from verifier.manifests.specs.universeform import switch_value

Item = TypeVar("Item")

_SHAPE = "it lists clusters under `spec`, as in docs/fleet.md"


class Line(Struct, frozen=True):
    """A property of one line, and where it stands."""

    text: str
    origin: Origin | None = None


class Asking(Struct, frozen=True):
    """Properties: files, directories and `builtin:NAME`, and those of one line. Either may be empty."""

    files: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()

    def and_also(self, other: "Asking") -> "Asking":
        return Asking(_each_once(self.files + other.files), _each_once(self.lines + other.lines))


class FleetCluster(Struct, frozen=True):
    """A cluster of a fleet; what it does not say itself is what its fleet says.

    asked: all that must hold here. fleet_switches: what the fleet sets; a universe's switches beat these, and
    `switches`, the cluster's own, beat both. helm_values, helm_set: what its charts are given.
    """

    name: str
    manifests: tuple[str, ...]
    asked: Asking = Asking()
    universe: str = "open"
    namespace: str = "default"
    profile: str | None = None
    fleet_switches: Mapping[str, str] = field(default_factory=dict)
    switches: Mapping[str, str] = field(default_factory=dict)
    exclude: Excludes = NOTHING_LEFT_OUT
    skip_unknown: bool = False
    duplicates: str = "refuse"
    helm_values: tuple[str, ...] = ()
    helm_set: tuple[str, ...] = ()


class Fleet(Struct, frozen=True):
    """`shared`: what must hold in every cluster; each has it among its own."""

    name: str
    clusters: tuple[FleetCluster, ...]
    shared: Asking = Asking()


def read_fleet(file: str) -> Fleet:
    """The fleet of the one document of `file`."""
    found, mistakes = documents(Source.read(file))
    fleets: list[Document] = []
    forms: list[FleetForm] = []
    for document in found:
        try:
            if _kind(document) == "Fleet":
                fleets.append(document)
                forms.append(fill(FleetForm, document))
        except InputError as error:
            mistakes += error.diagnostics
    mistakes += [complaint(document, ("kind",), "a second fleet in one file") for document in fleets[1:]]
    if not found and not mistakes:
        mistakes.append(Diagnostic("no-fleet", "no document of `kind: Fleet` here", shown(file), hint=_SHAPE))
    if mistakes:
        raise InputError(mistakes)
    [form] = forms
    name = form.metadata.name if form.metadata is not None else None
    fleet = _fleet(name or Path(file).stem, form.spec, Path(file).parent, Origin(fleets[0], ("spec",)))
    for cluster in fleet.clusters:
        refuse_outside(cluster.helm_values, file)
    return fleet


_USED_AS = {
    "Properties": "`properties: [FILE]`",
    "Universe": "`universe: FILE`",
}


def _kind(document: Document) -> str:
    kind = kind_of(document)
    if kind is None:
        raise InputError(foreign(document, "Fleet"))
    if kind != "Fleet":
        hint = f"keep it in a file of its own and name that: {_USED_AS[kind]}" if kind in _USED_AS else None
        raise InputError(complaint(document, ("kind",), f"a document of kind {kind} where a fleet is expected", hint))
    return kind


def _fleet(name: str, spec: FleetSpec, folder: Path, origin: Origin) -> Fleet:
    shared = _asked(spec, folder, origin)
    ours = _with(FleetCluster("", (), shared), spec, folder)
    ours = replace(ours, fleet_switches=ours.switches, switches={})
    clusters = (
        _cluster(form, ours, folder, origin.child("clusters", index)) for index, form in enumerate(spec.clusters)
    )
    return Fleet(name, tuple(clusters), shared)


def _cluster(form: ClusterForm, ours: FleetCluster, folder: Path, origin: Origin) -> FleetCluster:
    manifests = tuple(path_beside(folder, path) for path in form.manifests)
    mine = _with(replace(ours, name=form.name, manifests=manifests), form, folder)
    return replace(mine, asked=ours.asked.and_also(_asked(form, folder, origin)))


def _with(cluster: FleetCluster, form: SettingsForm, folder: Path) -> FleetCluster:
    """`cluster`, but for what `form` says about it."""
    universe = form.universe
    if universe is not None and universe not in RESERVED:
        universe = path_beside(folder, universe)
    switches = {name: str(switch_value(name, value)) for name, value in (form.switches or {}).items()}
    values = None if form.helm_values is None else tuple((folder / name).as_posix() for name in form.helm_values)
    return replace(
        cluster,
        universe=cluster.universe if universe is None else universe,
        namespace=cluster.namespace if form.namespace is None else form.namespace,
        profile=cluster.profile if form.profile is None else form.profile,
        switches=switches,
        exclude=cluster.exclude if form.exclude is None else Excludes(tuple(form.exclude), os.path.realpath(folder)),
        skip_unknown=cluster.skip_unknown if form.skip_unknown is None else form.skip_unknown,
        duplicates=cluster.duplicates if form.duplicates is None else form.duplicates,
        helm_values=cluster.helm_values if values is None else values,
        helm_set=cluster.helm_set if form.helm_set is None else tuple(form.helm_set),
    )


def _asked(form: SettingsForm, folder: Path, origin: Origin) -> Asking:
    texts = form.properties or []
    lines = (Line(text, origin.child("properties", index)) for index, text in enumerate(texts) if reads_as_claim(text))
    files = (text for text in texts if not reads_as_claim(text))
    return Asking(
        _each_once(text if text.startswith(BUILTIN) else path_beside(folder, text) for text in files),
        _each_once(lines),
    )


def _each_once(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys(items))
