"""What a run leaves out on purpose, and what it says of patterns that fit nothing."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from verifier.cli.inputs.settings import Settings
from verifier.errors import Diagnostic
from verifier.manifests.documents.excludes import Excludes, unused

if TYPE_CHECKING:
    from verifier.manifests.kubernetes.load import Loaded


def excludes_of(settings: Settings) -> Excludes:
    """The patterns of the settings, with the directory of the configuration, which is the same at every revision."""
    patterns, config = settings.exclude.value, settings.config
    if not patterns or config.file is None:
        return Excludes(patterns)
    if config.at is None:
        return Excludes(patterns, os.path.realpath(Path(config.file).parent))
    from verifier.manifests.documents import git

    return Excludes(patterns, str((git.root() / config.file.removeprefix(f"{config.at.name}:")).parent))


def unused_excludes(settings: Settings, read: Iterable["Loaded"]) -> tuple[Diagnostic, ...]:
    """A warning about each pattern that fits nothing of what was read, on whichever side; but for those of a
    configuration whose manifests were not read, since the command line names others."""
    exclude, manifests = settings.exclude.origin, settings.manifests.origin
    if exclude == settings.config.file and manifests != exclude:
        return ()
    return unused(excludes_of(settings), frozenset[str]().union(*(loaded.fitted for loaded in read)))
