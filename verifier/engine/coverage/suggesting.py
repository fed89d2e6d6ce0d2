"""Properties that would notice what none notices: what an edit would open must never be, what it would close always."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from verifier.engine.coverage.noticing import Numbers, Watched, noticed_if_it_holds
from verifier.engine.region.flows import flows_of
from verifier.engine.results.coverage import Effect
from verifier.ir.mutant import place_of
from verifier.ir.notation import say
from verifier.ir.policy import Citation
from verifier.ir.property import Always, Claim, Never, Property

_MOST_FLOWS = 3
"""Ways to write one region that are tried."""


class Draft(Struct, frozen=True):
    """A property that may be proved today, and the policies that suggest it."""

    property: Property
    policies: tuple[Citation, ...]


class Suggested(Struct, frozen=True):
    """A property that is proved today, in one line, and which of the edits that were asked about it would notice."""

    text: str
    notices: Numbers


class Suggesting:
    """Life cycle: made of what nothing notices, then asked about one version after the other; each draft is asked about
    once. drafts: of one policy the strongest first."""

    def __init__(self, watched: Watched, unnoticed: Numbers, drafts: Iterable[Draft]) -> None:
        self._watched, self._unnoticed = watched, unnoticed
        self._drafts: dict[object, list[Draft]] = {}
        self._found: dict[int, Suggested | None] = {}
        for draft in drafts:
            for policy in draft.policies:
                self._drafts.setdefault(place_of(policy), []).append(draft)

    def suggest(self, version: int, effect: Effect) -> Suggested | None:
        """A property that would notice the version, whose effect that is: a draft about its policy, or else one about
        the effect alone. None: there is none that can be written in one line."""
        policy = self._watched.mutants[version - 1].edit.policy
        for draft in self._drafts.get(place_of(policy), ()):
            found = self._of(draft)
            if found is not None and version in found.notices:
                return found
        return suggested(self._watched, version, effect, self._unnoticed)

    def _of(self, draft: Draft) -> Suggested | None:
        if id(draft) not in self._found:
            notices = noticed_if_it_holds(self._watched, draft.property, self._unnoticed)
            self._found[id(draft)] = Suggested(draft.property.text, notices) if notices else None
        return self._found[id(draft)]


def suggested(watched: Watched, version: int, effect: Effect, unnoticed: Numbers) -> Suggested | None:
    """A property that would notice the version, whose effect that is; None: none that can be written in one line."""
    for claim, _ in zip(_claims(effect), range(_MOST_FLOWS), strict=False):
        text = say(claim)
        notices = noticed_if_it_holds(watched, Property(text, claim, text), unnoticed)
        if version in notices:
            return Suggested(text, notices)
    return None


def _claims(effect: Effect) -> Iterator[Claim]:
    for flow in flows_of(effect.region):
        claim = Never if effect.opens else Always
        yield claim(flow.sources, flow.destinations, flow.ports)
