"""Where a new policy is put: only where the same arguments, in a later run, read it.

INVARIANT: what was proved of texts that nothing reads again is proved of nothing.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from msgspec.structs import replace

from verifier.errors import NetpolError
from verifier.manifests.documents.contexts import context_of
from verifier.manifests.documents.document import read_documents
from verifier.manifests.documents.editing import NotEditable, dumped
from verifier.manifests.documents.excludes import Excludes
from verifier.manifests.documents.files import CHART, excluded, find_files, is_manifest
from verifier.manifests.documents.revision import target_of
from verifier.manifests.documents.source import Source
from verifier.manifests.documents.there import is_file, is_folder, is_there
from verifier.manifests.kubernetes.kinds import is_read
from verifier.manifests.kubernetes.kustomization import FILES

Takes = Callable[[str], bool]
"""True iff a new file of this name would be read."""


def nowhere(_name: str) -> bool:
    """No new file is read, whatever it is called."""
    return False


def takes(paths: Sequence[str], exclude: Excludes) -> Takes:
    """Of which new files the manifests at `paths` would hold, too: those of a directory that is walked for one of these
    paths, which no pattern leaves out, and which belong to no kustomization or chart."""
    named = [p for p in paths if context_of(p) is None and target_of(p) is None and is_folder(p)]
    walked = {p: {PurePosixPath(file).parent for file in find_files([p], exclude).paths} for p in named}

    def is_taken(name: str) -> bool:
        path = PurePosixPath(name)
        if not is_manifest(path.name) or owner(name) is not None:
            return False
        return any(
            path.parent in folders
            and not excluded(exclude.of(top), path.relative_to(PurePosixPath(top)).as_posix(), set())
            for top, folders in walked.items()
        )

    return is_taken


def owner(name: str) -> Path | None:
    """The kustomization or the chart nearest above a file, which says what is deployed; None: there is none."""
    for folder in Path(os.path.realpath(name)).parents:
        for mark in (*FILES, CHART):
            if is_file(folder / mark):
                return folder / mark
    return None


def raw(place: str) -> bytes | None:
    """What the file holds; None where it, or a directory on the way, is a symbolic link, or it is not called as plainly
    as a patch needs."""
    plain = is_plain(place) and is_behind_no_link(place)
    return Path(place).read_bytes() if plain and is_file(place) else None


def is_behind_no_link(place: str) -> bool:
    """True iff neither the file nor a directory on the way to it is a symbolic link; the working directory may be."""
    whole = os.path.join(os.path.realpath(Path.cwd()), place)  # noqa: PTH118
    return os.path.realpath(place) == os.path.normpath(whole)


def is_plain(place: str) -> bool:
    """True iff a patch can name the file as it is."""
    return all(character.isprintable() and character not in '"\\' for character in place)


def with_policy(sources: tuple[Source, ...], policy: Any, is_taken: Takes) -> tuple[Source, ...]:
    """The sources with one more policy: in a file of its own beside the first one where that is read, else at the end
    of a file that is. Raises NotEditable where there is neither."""
    metadata = policy["metadata"]
    folder = next((PurePosixPath(s.place).parent for s in sources if isinstance(s.place, str)), None)
    if folder is not None:
        name = str(folder / f"{metadata['namespace']}-{metadata['name']}.yaml")
        free = not os.path.lexists(name) and all(source.name != name for source in sources)
        if free and is_behind_no_link(name) and is_plain(name) and is_taken(name):
            return (*sources, Source(name, dumped(policy), name))
    for wanted in ("NetworkPolicy", None):
        for at, source in enumerate(sources):
            if _may_end_with_more(source, wanted):
                lines = "" if source.text.endswith("\n") else "\n"
                more = replace(source, text=f"{source.text}{lines}---\n{dumped(policy)}")
                return (*sources[:at], more, *sources[at + 1 :])
    raise NotEditable(
        "a new file would not be read by this command, and no file that is can take another document: "
        "name a directory, or a file, that is no part of a chart and is not left out"
    )


def _may_end_with_more(source: Source, wanted: str | None) -> bool:
    """True iff it is a plain file of objects to which one more may be added: one of kind `wanted` is among them; None:
    all of them are read, so that it is no configuration, no properties and no values."""
    if not isinstance(source.place, str) or source.trace is not None or not is_plain(source.place):
        return False
    if is_there(source.place):
        found = raw(source.place)
        if found is None or b"\r" in found or found.startswith(b"\xef\xbb\xbf"):
            return False
    if Path(source.place).name in FILES or not _is_listed(source.place):
        return False
    try:
        documents = [each for each in read_documents(source) if each.value is not None]
    except NetpolError:
        return False
    values: list[Any] = [each.value for each in documents]
    if not values or any(each.is_json for each in documents) or not all(isinstance(v, dict) for v in values):
        return False
    read = [is_read(str(v.get("apiVersion")), str(v.get("kind"))) for v in values]
    return all(read) if wanted is None else any(r and v["kind"] == wanted for r, v in zip(read, values, strict=True))


def _is_listed(place: str) -> bool:
    """True iff no kustomization or chart says what is deployed of it, or the kustomization beside it lists it."""
    above = owner(place)
    if above is None:
        return True
    if above.name == CHART or above.parent != Path(os.path.realpath(place)).parent:
        return False
    try:
        values: list[Any] = [each.value for each in read_documents(Source.read(str(above)))]
        listed = [each for value in values for each in value["resources"]]
        return any(os.path.normpath(each) == Path(place).name for each in listed)
    except (NetpolError, LookupError, TypeError):
        return False
