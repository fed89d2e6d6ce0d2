"""The terms of a gate as they stand at the base and at the head: what is asked, of which manifests, in which universe,
under which switches; and how they differ.

What stands on the command line holds for both sides; a file of the work tree that it names is read at either.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from verifier.cli.inputs.inputs import Terms, read_properties, read_switches, read_universe
from verifier.cli.inputs.settings import LAST, Settings, config_of, named_profile, settings_of
from verifier.engine.results.diff import TermChange
from verifier.ir.property import Property, PropertySeverity
from verifier.ir.prose import listed
from verifier.ir.switches import SWITCHES
from verifier.manifests.documents.places import Place, counterpart, exists, place_of
from verifier.manifests.documents.refs import Revision
from verifier.manifests.specs.builtin import BUILTIN
from verifier.manifests.specs.config import Config
from verifier.manifests.specs.findconfig import load_config_at


class Side(Struct, frozen=True):
    """The terms of one side, and the settings that they stand in. unsaid: nobody said there what to check. chosen: the
    profile that chose itself from the manifests of this side."""

    settings: Settings
    terms: Terms
    unsaid: bool = False
    chosen: str | None = None

    @property
    def profile(self) -> str:
        """The profile under which this side judges."""
        return self.chosen or self.settings.profile.value

    def choosing(self, chosen: str | None) -> "Side":
        """These terms where the manifests of the side chose that profile."""
        if chosen is None or named_profile(self.settings) is not None:
            return self
        switches = read_switches(self.settings, self.terms.universe, chosen)
        return replace(self, terms=replace(self.terms, switches=switches), chosen=chosen)


def config_at(revision: Revision, flags: Mapping[str, Any]) -> Config:
    """The configuration as it stands at the base."""
    return config_of(flags) if flags["no_config"] else load_config_at(revision, flags["config"])


def trusted(mine: Config, base: Config) -> Config:
    """The configuration of the head with the limits of the base: who opens a hole could set one that is reached before
    it is found."""
    return replace(mine, timeout=base.timeout, rlimit=base.rlimit, limit=base.limit, jobs=base.jobs)


def side_here(flags: Mapping[str, Any], config: Config) -> Side:
    """The terms of the work tree; raises InputError with what is wrong with its properties, universe or switches."""
    settings = settings_of(flags, config, os.environ)
    return _side(settings, flags, [*flags["properties"]], None)


def side_at(flags: Mapping[str, Any], config: Config, revision: Revision) -> Side:
    """The same as they stand at a revision."""
    settings = settings_of(flags, config, os.environ)
    files = [place for text in flags["properties"] if (place := _at(text, revision)) is not None]
    return _side(settings, flags, files, revision)


def _at(text: str, revision: Revision) -> Place | None:
    """Where the properties are at the base that `text` names; None: it has none there."""
    if text.startswith(BUILTIN):
        return text
    place = place_of(text)
    there = counterpart(place, revision) if isinstance(place, str) else place
    if there is None:
        return text
    return there if exists(there) else None


def _side(settings: Settings, flags: Mapping[str, Any], files: list[Place], base: Revision | None) -> Side:
    universe = read_universe(settings, base)
    switches = read_switches(settings, universe)
    expressions = flags["expressions"]
    if files or expressions:
        properties, starter = read_properties(settings, files, expressions)
        return Side(settings, Terms(properties, universe, switches, starter))
    if settings.config.properties and not flags["properties"]:
        return Side(settings, Terms(settings.config.properties, universe, switches, starter=False))
    return Side(settings, Terms((), universe, switches, starter=False), unsaid=True)


def with_starters(base: Side, head: Side, flags: Mapping[str, Any]) -> tuple[Side, Side]:
    """The sides, with the starter set where nobody said what to check: at the head, and at the base if at neither, or
    if its configuration left the question open, so that until now its gate asked the starter set. Without a
    configuration the base asks nothing by itself."""
    is_open = base.settings.config.file is not None and not flags["properties"]
    of_base = _started(base) if base.unsaid and (head.unsaid or is_open) else base
    return of_base, _started(head) if head.unsaid else head


def _started(side: Side) -> Side:
    properties, starter = read_properties(side.settings, (), ())
    return replace(side, terms=replace(side.terms, properties=properties, starter=starter))


def retired(base: Side, head: Side) -> frozenset[str]:
    """The names of properties that the base has and the head does not have any more."""
    return frozenset(p.name for p in base.terms.properties) - frozenset(p.name for p in head.terms.properties)


def changes(base: Side, head: Side) -> tuple[TermChange, ...]:
    """How the terms of the head differ from those of the base; none iff every question has the same answer under
    either."""
    return (*_of_properties(base, head), *_of_universe(base, head), *_of_settings(base, head))


def unasked_changes(base: Side, head: Side) -> tuple[TermChange, ...]:
    """What differs besides and changes no answer of a gate, which renders nothing by itself: what charts are given.
    `check` proves of the manifests that come of it."""
    settings = (("helmValues", "helm_values"), ("helmSet", "helm_set"))
    texts = [
        _given(name, getattr(base.settings, field).value, getattr(head.settings, field).value)
        for name, field in settings
    ]
    return tuple(TermChange(text, True) for text in texts if text is not None)


def _given(name: str, before: Sequence[str], after: Sequence[str]) -> str | None:
    """How what charts are given differs; None where it does not. The order counts: the last value wins."""
    if before == after:
        return None
    was, now = (listed((f"`{each}`" for each in values), 4) or "nothing" for values in (before, after))
    return f"charts are given `{name}` {now}, {was} before; a gate renders none by itself"


def _of_properties(base: Side, head: Side) -> Iterator[TermChange]:
    before = {claimed.name: claimed for claimed in base.terms.properties}
    after = {claimed.name: claimed for claimed in head.terms.properties}
    for name, claimed in before.items():
        now = after.get(name)
        if now is None:
            yield TermChange(f"property `{name}` is gone", True, claimed.origin)
        else:
            yield from _of_property(claimed, now)
    for name, claimed in after.items():
        if name not in before:
            yield TermChange(f"property `{name}` is new", False, claimed.origin)


def _of_property(before: Property, after: Property) -> Iterator[TermChange]:
    name = after.name
    if before.claim != after.claim:
        text = f"property `{name}` says something else: `{before.text}` before, `{after.text}` now"
        if before.text == after.text:
            text = f"property `{name}` says something else"
        yield TermChange(text, True, after.origin)
    if before.severity is not after.severity:
        demoted = after.severity is PropertySeverity.WARNING
        text = "is only a warning now" if demoted else "is no warning any more"
        yield TermChange(f"property `{name}` {text}", demoted, after.origin)
    elif before.optional is not after.optional:
        text = "may be vacuous now" if after.optional else "may not be vacuous any more"
        yield TermChange(f"property `{name}` {text}", after.optional, after.origin)


def _of_universe(base: Side, head: Side) -> Iterator[TermChange]:
    before, after = base.terms.universe, head.terms.universe
    if before.templates != after.templates:
        files = {c.origin.position.file for u in (after, before) for c in u.templates.objects if c.origin is not None}
        names = listed((f"`{name}`" for name in sorted(files)), 4)
        yield TermChange(f"what new namespaces get (`newNamespacesGet`) is something else: {names}", True, after.origin)
    if replace(before, templates=after.templates) == after:
        return
    same = before.name == after.name
    text = f"universe `{after.name}` is another" if same else f"universe `{before.name}` before, `{after.name}` now"
    yield TermChange(text, True, after.origin or before.origin)


def _of_settings(base: Side, head: Side) -> Iterator[TermChange]:
    old_switches = base.terms.switches
    if base.profile != head.profile:
        why = "" if base.chosen is head.chosen is None else "; nobody names one, so it chooses itself"
        yield TermChange(f"profile `{base.profile}` before, `{head.profile}` now{why}", True)
        if why:  # of what it fixes it is enough to say its name
            old_switches = read_switches(base.settings, base.terms.universe, head.profile)
    for name in {**old_switches, **head.terms.switches}:
        value, now = (s.get(name, SWITCHES[name].default) for s in (old_switches, head.terms.switches))
        if now != value:
            yield TermChange(f"switch `{name}`: {value} before, {now} now", True)
    before, after = base.settings, head.settings
    for glob in after.exclude.value:
        if glob not in before.exclude.value:
            yield TermChange(f"left out now: `{glob}`", True)
    for glob in before.exclude.value:
        if glob not in after.exclude.value:
            yield TermChange(f"not left out any more: `{glob}`", False)
    if before.namespace.value != after.namespace.value:
        text = f"a missing namespace meant `{before.namespace.value}`, it means `{after.namespace.value}` now"
        yield TermChange(text, True)
    if before.skip_unknown.value != after.skip_unknown.value:
        fate = "passed over now" if after.skip_unknown.value else "refused now"
        yield TermChange(f"policies that are not understood are {fate}", bool(after.skip_unknown.value))
    if before.duplicates.value != after.duplicates.value:
        counts = after.duplicates.value == LAST
        fate = "are refused now" if not counts else "are settled now: the one that is read last counts"
        yield TermChange(f"objects of one name that differ {fate}", counts)
    old, new = before.manifests.value, after.manifests.value
    yield from (TermChange(f"manifests that are not read any more: `{path}`", True) for path in old if path not in new)
    yield from (TermChange(f"manifests that are read now: `{path}`", False) for path in new if path not in old)
