"""Which directories are rendered, of those that were found: the ones that no other one includes."""

import os
import posixpath
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from verifier.errors import Diagnostic, Severity
from verifier.manifests.documents.files import CHART, TEMPLATES
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.kustomization import FILES
from verifier.manifests.render.ground import Ground
from verifier.manifests.render.helm import DEPENDENCIES, Chart, read_chart
from verifier.manifests.render.reach import Reach


class Roots(Struct, frozen=True):
    """kustomizations: directories, by their real paths, in order; charts. owned: files that these take in. homes:
    directories of which nothing is read as it stands. mistakes: what is wrong, and what else is to be said."""

    kustomizations: tuple[str, ...]
    charts: tuple[Chart, ...]
    owned: frozenset[str]
    homes: frozenset[str]
    mistakes: tuple[Diagnostic, ...]


def folders_of(sources: Mapping[str, Source]) -> tuple[list[str], list[str]]:
    """The directories with a kustomization, and those with what may be a chart. sources: by their real paths."""
    kustomized = {os.path.dirname(real) for real in sources if posixpath.basename(real) in FILES}  # noqa: PTH120
    charts = {os.path.dirname(real) for real in sources if posixpath.basename(real) == CHART}  # noqa: PTH120
    return sorted(kustomized), sorted(charts)


def charts_of(folders: Iterable[str], aside: frozenset[str], ground: Ground) -> list[Chart]:
    """The charts of these directories that are no part of another one. aside: what is left out on purpose, templates
    among it."""
    found = {folder: chart for folder in folders if (chart := read_chart(folder, ground)) is not None}
    wanted = (each for each in found.values() if os.path.join(each.folder, TEMPLATES) not in aside)  # noqa: PTH118
    return [chart for chart in wanted if not _is_dependency(chart.folder, found)]


def find_roots(kustomized: Iterable[str], charts: Iterable[Chart], named: frozenset[str], reach: Reach) -> Roots:
    """named: directories that the command line names; a component among them is rendered, too."""
    folders, mistakes = list(kustomized), []
    for folder in folders:
        reach.look(folder)
    mistakes += reach.mistakes
    below = {folder: reach.below(folder) for folder in folders}
    alone = {f for f in folders if f in reach.found and reach.found[f].is_component and f not in named}
    included = set[str]().union(*(below[f] for f in folders if f not in alone))
    """Of what only components take in that nobody does, nothing would be read otherwise."""
    roots = []
    for folder in folders:
        each = reach.found.get(folder)
        if each is None:
            continue
        if folder in below[folder]:
            message = "a kustomization that takes in itself, by others"
            mistakes.append(Diagnostic("kustomization", message, reach.ground.cite(folder)))
        elif folder in included:
            if folder in named:
                by = [f for f in folders if f not in alone and folder in below[f]]
                mistakes.append(_taken_in(folder, by, reach.ground))
        elif each.is_component and folder not in named:
            mistakes.append(_alone(folder, reach.ground))
        else:
            roots.append(folder)
    owned = {file for each in reach.found.values() for file in each.files}
    kept = tuple(charts)
    homes = {*folders, *(each.folder for each in kept)}
    return Roots(tuple(roots), kept, frozenset(owned), frozenset(homes), tuple(mistakes))


def home_among(real: str, homes: frozenset[str]) -> str | None:
    """The nearest of these directories that a file lies in or below."""
    return next((str(above) for above in Path(real).parents if str(above) in homes), None)


def _is_dependency(folder: str, charts: Mapping[str, Chart]) -> bool:
    return any(
        above.name == DEPENDENCIES and str(above.parent) in charts for above in (Path(folder), *Path(folder).parents)
    )


def _taken_in(folder: str, by: list[str], ground: Ground) -> Diagnostic:
    message = f"read as a part of `{ground.cite(by[0])}`, which takes it in, and not by itself"
    return Diagnostic("rendered", message, ground.cite(folder), severity=Severity.NOTE)


def _alone(folder: str, ground: Ground) -> Diagnostic:
    message = "a component that no kustomization here takes in, so that nothing of it is read"
    hint = "name the overlay that does, or the component itself"
    return Diagnostic("not-taken-in", message, ground.cite(folder), hint=hint, severity=Severity.WARNING)
