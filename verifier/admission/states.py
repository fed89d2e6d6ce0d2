"""The session of a webhook, which is moved from one state to the next that is asked about, and never back: states are
values."""

from collections.abc import Mapping

from msgspec import Struct

from verifier.admission.stored import Stored
from verifier.admission.terms import Terms
from verifier.engine.problem.declared import World
from verifier.engine.results.check import Result
from verifier.errors import Diagnostic, InputError, Undecided
from verifier.ir.cluster import Cluster
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.joining import Homes
from verifier.session import Session
from verifier.smt.limits import Limits


class State(Struct, frozen=True):
    """What a cluster would hold, and what becomes of the properties there. homes, doubtful: as of a session."""

    world: World
    results: tuple[Result, ...]
    diagnostics: tuple[Diagnostic, ...]
    homes: Homes | None
    doubtful: tuple[Diagnostic, ...]

    @property
    def cluster(self) -> Cluster:
        return self.world.cluster


class States:
    """Life cycle: asked any number of times. behind: names of which the session may hold something else than is
    stored; who changes what is stored adds to it."""

    def __init__(self, terms: Terms, stored: Stored) -> None:
        self._terms, self._stored = terms, stored
        self._session: Session | None = None
        self._held: dict[str, Source] = {}
        self.behind: set[str] = set()

    def at(self, overlay: Mapping[str, Source | None], limits: Limits) -> State:
        """What is stored, with these texts in place of others. Raises InputError."""
        stored = self._stored.texts
        names = self.behind | overlay.keys()
        wanted = {name: overlay[name] if name in overlay else stored.get(name) for name in names}
        if self._session is None:
            texts = {n: s for n, s in {**stored, **overlay}.items() if s is not None}
            terms = self._terms
            what = terms.properties, terms.universe, terms.switches, terms.options, limits
            self._session, self._held = Session(texts, *what), texts
        elif changed := {name: text for name, text in wanted.items() if self._held.get(name) != text}:
            try:
                self._session.update(changed, limits)
            except BaseException as error:
                if not isinstance(error, InputError | Undecided):
                    self._session = None  # nobody knows what it holds
                raise
            for name, text in changed.items():
                if text is None:
                    self._held.pop(name, None)
                else:
                    self._held[name] = text
        self.behind = {name for name in names if self._held.get(name) is not stored.get(name)}
        now = self._session
        return State(now.world, now.results, now.diagnostics, now.homes, now.doubtful)
