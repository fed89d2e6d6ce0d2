"""Where the configuration is: the file that somebody names, or netpol.yaml here or further up; in the work tree or at a
git revision."""

import os
from collections.abc import Mapping
from pathlib import Path

from verifier.manifests.documents.places import Place, counterpart, place_of
from verifier.manifests.documents.refs import Revision
from verifier.manifests.documents.revision import read_text
from verifier.manifests.documents.there import is_folder, is_there
from verifier.manifests.specs.config import FILE, VARIABLES, Config


def load_config(
    name: str | None, start: Path, environment: Mapping[str, str] | None = None, *, no_file: bool = False
) -> Config:
    """The settings of the file `name` (None: of the one that NETPOL_CONFIG names, or `find_config` finds) and those of
    the environment (None: the process's own), which beat the file's. no_file: those of the environment alone.
    Raises InputError with every mistake."""
    environment = os.environ if environment is None else environment
    named = name or environment.get("NETPOL_CONFIG")
    if no_file:
        return _settings(None, environment)
    if named is None:
        return _settings(find_config(start), environment)
    return _settings(place_of(named), environment)


def load_config_at(revision: Revision, name: str | None, environment: Mapping[str, str] | None = None) -> Config:
    """The same as it stands at a revision: of the file that lies there where `name` does, or else where `find_config`
    would look. A name that means a revision of its own, or a file outside of the repository, means what it always
    does; a file that is missing at the revision says nothing."""
    environment = os.environ if environment is None else environment
    named = name or environment.get("NETPOL_CONFIG")
    if named is None:
        found = (counterpart(str(place), revision) for place in places_of_config(Path.cwd()))
        there = (target for target in found if target is not None and read_text(target) is not None)
        return _settings(next(there, None), environment)
    place = place_of(named)
    if isinstance(place, str):
        target = counterpart(place, revision)
        if target is not None:
            return _settings(None if read_text(target) is None else target, environment)
    return _settings(place, environment)


def _settings(place: Place | None, environment: Mapping[str, str]) -> Config:
    said = {variable: environment[variable] for variable in VARIABLES if environment.get(variable)}
    if place is None and not said:
        return Config()
    from verifier.manifests.specs.configfile import (  # pydantic only where there is something to read
        overlay,
        read_config,
    )

    config = Config() if place is None else read_config(place)
    return overlay(config, said) if said else config


def find_config(start: Path) -> str | None:
    """The netpol.yaml of `start` or of the nearest directory above it, up to the root of the git work tree; None: there
    is none. Outside a work tree only `start` is looked at."""
    found = next((place for place in places_of_config(start) if _is_there(place)), None)
    return None if found is None else os.path.relpath(found)


def _is_there(place: Path) -> bool:
    """True iff something has that name that is no directory: a link that leads nowhere, or to a device, is no reason to
    go on as if there were no configuration."""
    return os.path.lexists(place) and not is_folder(place)


def places_of_config(start: Path) -> list[Path]:
    """Where `find_config` looks, in this order."""
    here = start.resolve()
    places = [here, *here.parents]
    root = next((i for i, place in enumerate(places) if is_there(place / ".git")), 0)
    return [place / FILE for place in places[: root + 1]]
