"""What is asked, as `--watch` needs it: settings, properties and universe, read again when a file of theirs changes."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from verifier.cli.inputs.accepted import acceptances_of
from verifier.cli.inputs.inputs import Terms, paths_of, read_terms
from verifier.cli.inputs.settings import Settings, config_of, settings_of
from verifier.cli.inputs.watched import Files
from verifier.errors import Diagnostic, InputError, UsageError
from verifier.ir.acceptance import Acceptance
from verifier.manifests.documents.contexts import context_of
from verifier.manifests.documents.files import STDIN, find_files
from verifier.manifests.documents.revision import target_of
from verifier.manifests.documents.there import is_file, is_folder, is_there
from verifier.manifests.specs.acceptances import FILE
from verifier.manifests.specs.config import Config
from verifier.manifests.specs.findconfig import places_of_config


class Asking:
    """Life cycle: looked at any number of times.

    settings: those of the last look. terms: None while something is wrong, which is then `wrong`. is_new: the terms
    have been read since somebody set it to False.
    """

    def __init__(self, flags: Mapping[str, Any]) -> None:
        self._flags = flags
        self._files = Files()
        self.settings: Settings = settings_of(flags, Config(), {})
        self.terms: Terms | None = None
        self.accepted: tuple[Acceptance, ...] = ()
        self.wrong: InputError | None = None
        self.is_new = False

    @property
    def colour(self) -> str:
        return self.settings.color.value

    def look(self) -> list[str]:
        """The names of the files that have changed. Where something was wrong it is tried again, whether a file that is
        known has changed or not: what is missing is a file that is not known."""
        changed: set[str] = set()
        was_wrong = self.wrong
        while True:
            paths = list(self._paths())
            fresh = self._files.look(paths)
            if not fresh and self.terms is not None:
                break
            changed.update(fresh)
            self._read()
            if list(self._paths()) == paths:  # else there are files that nobody had looked at before they were read
                break
        if not changed and _told(was_wrong) != _told(self.wrong):
            changed.add("what was missing")
        return sorted(changed)

    def _read(self) -> None:
        self.terms = self.wrong = None
        try:
            config = config_of(self._flags)
            self.settings = settings_of(self._flags, config, os.environ)
            for path in paths_of(self.settings):
                _refuse(path)
            self.accepted = acceptances_of(self._flags["accept"], no_config=self._flags["no_config"])
            self.terms = read_terms(self.settings, self._flags["properties"], self._flags["expressions"])
        except InputError as error:
            self.wrong = error
        else:
            self.is_new = True

    def _paths(self) -> Iterator[str]:
        named = self._flags["config"] or os.environ.get("NETPOL_CONFIG")
        places = places_of_config(Path.cwd()) if named is None else [Path(named)]
        if self._flags["no_config"]:
            places = []
        yield from (os.path.relpath(place) for place in places if is_there(place))
        yield from find_files([p for p in self._flags["properties"] if not p.startswith("builtin:")]).paths
        accepted = self._flags["accept"] or FILE
        if is_file(accepted):
            yield accepted
        universe = self.settings.universe.value
        if is_file(universe):
            yield universe
        if self.terms is not None:
            templates = {c.origin.position.file for c in self.terms.universe.templates.objects if c.origin is not None}
            yield from sorted(templates)


def _refuse(path: str) -> None:
    """Raises UsageError for what cannot be read again, or never changes."""
    if context_of(path) is not None:
        raise UsageError(f"--watch cannot wait for a change of `{path}`", "ask again: `netpol check` without --watch")
    if path == STDIN:
        raise UsageError("--watch cannot read standard input", "name files or directories")
    if target_of(path) is not None:
        raise UsageError(f"--watch cannot wait for a change of `{path}`", "name files or directories of the work tree")
    if is_there(path) and not (is_file(path) or is_folder(path)):
        raise UsageError(f"--watch cannot read `{path}` again", "name files or directories")


def _told(error: InputError | None) -> tuple[Diagnostic, ...]:
    return () if error is None else error.diagnostics
