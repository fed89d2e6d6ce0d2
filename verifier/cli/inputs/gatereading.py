"""What a gate judges: both sides and their terms, each side read as somebody's terms want it, and once."""

import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.cli.inputs.exclusions import excludes_of, unused_excludes
from verifier.cli.inputs.gaterendered import Given, texts_given
from verifier.cli.inputs.gateterms import Side
from verifier.cli.inputs.gitbase import Base, find_targets, refuse_strays
from verifier.cli.inputs.inputs import Attempts, how_to_read, is_something, paths_of, texts_at
from verifier.cli.inputs.nevercreated import never_created
from verifier.cli.inputs.oneprofile import chosen_by
from verifier.cli.inputs.settings import Settings
from verifier.cli.inputs.unjudged import Ground, Unjudged, unjudged
from verifier.engine.results.diff import TermChange, TermsOf
from verifier.errors import Diagnostic, InputError, Severity
from verifier.ir.acceptance import Acceptance, Flow
from verifier.ir.policy import PolicySet
from verifier.manifests.documents.files import nothing
from verifier.manifests.documents.places import Place, counterpart, place_of
from verifier.manifests.documents.refs import Revision
from verifier.manifests.kubernetes.kustomization import refuse_altering
from verifier.manifests.kubernetes.load import Loaded, Texts, load_texts
from verifier.manifests.specs.acceptances import in_force

_FIRST = "the change that brings the first manifests passes `netpol check`, and needs a person"


class Trial(Struct, frozen=True):
    """What is judged.

    merged: what the head is, if it is no work tree. sides: the terms, each with whose they are; None: both sides have
    the same. given: how the manifests come, if not from the repository. changes: how the terms differ, whichever of
    them count. retired: the names of properties that the head does not have any more. templates: what new namespaces
    get at the base, and here. found: what was found about the base and its acceptances.
    """

    flags: Mapping[str, Any]
    base: Base
    merged: Revision | None
    sides: tuple[tuple[TermsOf | None, Side], ...]
    changes: tuple[TermChange, ...]
    retired: frozenset[str]
    templates: tuple[PolicySet, PolicySet]
    found: tuple[Diagnostic, ...]
    given: Given | None = None


class Accepted(Struct, frozen=True):
    """What the base accepts today, what it did until a day that is past, and what of that the head prolongs."""

    current: tuple[Acceptance, ...]
    expired: tuple[Acceptance, ...]
    prolonged: tuple[Acceptance, ...]


def accepted_on(base: Base, day: date) -> Accepted:
    """What counts on a day."""
    current, past = in_force(base.acceptances, day)
    lapsed = {_what(acceptance) for acceptance in past}
    longer = in_force(base.of_head or (), day)[0]
    return Accepted(current, past, tuple(a for a in longer if _what(a) in lapsed))


def _what(acceptance: Acceptance) -> tuple[str | None, tuple[Flow, ...]]:
    """What an acceptance excuses, whoever says so and until when."""
    return acceptance.property, acceptance.flows


class Reading(Struct):
    """The manifests of either side, each read once however often it is asked for. head: those of the head, as they were
    read last. seconds: how long all of it took."""

    trial: Trial
    head: Loaded | None = None
    seconds: float = 0.0
    _known: dict[object, Loaded | InputError] = field(default_factory=dict)
    _texts: dict[object, Texts] = field(default_factory=dict)
    _seen: Ground | None = None

    def of_base(self, side: Side, paths: Sequence[str], profile: str | None = None) -> Loaded | None:
        """None where all of it is new. profile: the one that the head chose. Raises InputError where the base lacks
        manifests, or they cannot be read."""
        trial, exclude = self.trial, excludes_of(side.settings)
        revision, new = trial.base.revision, trial.flags["new"]
        if trial.given is not None:
            loaded, where = self._read((), side, profile, of_base=True), f"what was rendered of `{revision.name}`"
        else:
            targets = find_targets(revision, paths, exclude, new)
            if not targets:
                return None
            loaded, where = self._read(targets, side, profile), " ".join(map(str, targets))
        if not is_something(loaded) and not new:
            message = f"neither a policy nor a workload in {where}, so that everything would count as allowed before"
            hint = "are they new? then say so with `--new`" if trial.given is None else _FIRST
            raise InputError(Diagnostic("nothing-at-base", message, hint=hint))
        return loaded

    def of_head(self, side: Side, paths: Sequence[str], profile: str | None = None) -> Loaded:
        """profile: the one that the base chose."""
        merged, given = self.trial.merged, self.trial.given
        if merged is None and given is None:
            refuse_strays(self.trial.base.revision, paths)
        places = [_in(merged, path) for path in paths] if given is None else ()
        loaded = self._read(places, side, profile)
        if not is_something(loaded):
            raise InputError((*loaded.diagnostics, nothing(paths)))
        self.head = loaded
        return loaded

    def choosing(self, before: Side, after: Side) -> tuple[Side, Side]:
        """The terms of both sides with the profiles that their manifests choose, where nobody names one. Of manifests
        that cannot be read it is said later what is wrong with them."""
        base, head = Attempts(), Attempts()
        old = base.make(lambda: self.of_base(before, self._paths(before)))
        new = head.make(lambda: self.of_head(after, self._paths(after)))
        return (
            before if old is None else before.choosing(old.cluster.profile),
            after if new is None else after.choosing(new.cluster.profile),
        )

    def both(self, side: Side) -> "Both":
        """Either side as these terms want it read, or what is wrong with it."""
        paths, attempts = self._paths(side), Attempts()
        base = attempts.make(lambda: self.of_base(side, paths))
        of_base, attempts = attempts.mistakes, Attempts()
        head = attempts.make(lambda: self.of_head(side, paths))
        chosen = chosen_by(base, head)
        if chosen is not None and base is not None and base.cluster.profile != chosen:
            base = self.of_base(side, paths, chosen)
        if chosen is not None and head is not None and head.cluster.profile != chosen:
            head = self.of_head(side, paths, chosen)
        beside = Unjudged((), ())
        if head is not None and not of_base:
            beside = unjudged(self._ground(), excludes_of(side.settings), base, head)
            beside = replace(beside, found=(*beside.found, *never_created(base, head)))
        wrong = tuple(diagnostic for diagnostic in beside.found if diagnostic.severity is Severity.ERROR)
        read = [loaded for loaded in (base, head) if loaded is not None]
        found = (*beside.found, *unused_excludes(side.settings, read))
        return Both(base, head, (*of_base, *wrong), tuple(attempts.mistakes), found, beside.elsewhere)

    def _ground(self) -> Ground:
        if self._seen is None:
            self._seen = Ground(self.trial.base.revision)
        return self._seen

    def _texts_at(self, places: Sequence[Place], settings: Settings, *, of_base: bool) -> Texts:
        """Standard input can be read once only, and the rest should be."""
        given = self.trial.given
        key = (tuple(places), excludes_of(settings)) if given is None else of_base
        if key not in self._texts:
            at = self.trial.base.revision if of_base else self.trial.merged
            self._texts[key] = texts_at(places, settings) if given is None else texts_given(given, at, of_base=of_base)
        return self._texts[key]

    def _paths(self, side: Side) -> tuple[str, ...]:
        """The manifests that these terms name, else those of the head; where they come otherwise, what is said of
        them."""
        if self.trial.given is not None:
            return ("what was rendered",)
        return side.settings.manifests.value or paths_of(self.trial.sides[-1][1].settings)

    def _read(
        self, places: Sequence[Place], side: Side, profile: str | None = None, *, of_base: bool = False
    ) -> Loaded:
        how = how_to_read(side.settings, side.terms.switches, profile)
        key = tuple(places), how, of_base
        if key not in self._known:
            started = time.monotonic()
            try:
                loaded = load_texts(self._texts_at(places, side.settings, of_base=of_base), how)
                if self.trial.given is not None:
                    refuse_altering(loaded.diagnostics)
                self._known[key] = loaded
            except InputError as error:
                self._known[key] = error
            self.seconds += time.monotonic() - started
        found = self._known[key]
        if isinstance(found, InputError):
            raise found
        return found


class Both(Struct, frozen=True):
    """What was read of either side. base: None where all of it is new. of_base, of_head: what is wrong with a side, so
    that nothing can be judged. found: what a change holds that is not judged, warnings among it. elsewhere: what
    kustomizations take in and nobody read."""

    base: Loaded | None
    head: Loaded | None
    of_base: tuple[Diagnostic, ...]
    of_head: tuple[Diagnostic, ...]
    found: tuple[Diagnostic, ...]
    elsewhere: tuple[str, ...]


def _in(merged: Revision | None, path: str) -> Place:
    """A path of the head; of what a merge gives, where the head is that."""
    place = place_of(path)
    if merged is None or not isinstance(place, str):
        return place
    return counterpart(place, merged) or place
