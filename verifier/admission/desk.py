"""Judges one request after the other, as `netpol gate` judges a change, against what is stored.

What counts as stored is what the API server is known to have, with the requests that were allowed and that it may or
may not have by now: until they are seen, or for as long as they are waited for. Of a cluster a request has to pass with
each choice of these, since a request that was allowed may fail for other reasons: what is harmless only together with
another one is not harmless. Nor is what is harmless only beside something that is being deleted.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import combinations, product

from msgspec.structs import replace

from verifier.admission.allowed import Allowed, made_by, text_of
from verifier.admission.feed import Feed, Listed, Lost, Seen
from verifier.admission.leaving import ways_to_leave
from verifier.admission.objects import NAMESPACE, Key, is_going, key_of, namespace_key, stored_source
from verifier.admission.review import Request
from verifier.admission.ruling import Ruling, Why
from verifier.admission.states import State, States
from verifier.admission.stored import Change, Stored
from verifier.admission.terms import Terms
from verifier.admission.whole import at_home, concerns, fault_of
from verifier.engine.diff.gate import Known, gate
from verifier.engine.diff.growth import may_be_wider
from verifier.engine.diff.outcome import of_gate
from verifier.engine.results.diff import GateReport
from verifier.errors import Diagnostic, InputError, Undecided
from verifier.ir.prose import listed
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.kinds import POLICY, is_policy
from verifier.manifests.specs.acceptances import expired, in_force
from verifier.report.text.admission import refusal, trouble
from verifier.smt.limits import Limits

_MOST_UNSEEN = 3
"""Allowed requests that may be unseen when the next one is judged: it is judged once for each choice of them."""
_POLICY_GROUP = "networking.k8s.io"
_WHY = {0: Why.PASSES, 1: Why.FAILS, 2: Why.INVALID, 3: Why.UNDECIDED}


class Desk:
    """Life cycle: made, then `settle` and `judge` by one thread only; others read `missing` and `unseen`.

    label: what the cluster is called whose API server tells what is stored, so that what was allowed will be seen;
    None: there is none. covers: the groups and kinds that it lists; None: all. keep: seconds for which an allowed
    request counts that is not seen. patience: seconds for which it is waited for before the next is judged.
    """

    def __init__(
        self,
        terms: Terms,
        feed: Feed,
        expected: Iterable[str],
        *,
        label: str | None = None,
        covers: Collection[tuple[str, str]] | None = None,
        keep: float = 10.0,
        patience: float = 0.5,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._terms, self._feed, self._label, self._covers = terms, feed, label, covers
        self._keep, self._patience, self._clock, self._today = keep, patience, clock, today
        self._stored = Stored()
        self._states = States(terms, self._stored)
        self._is_behind = True
        self._known: dict[frozenset[int], State] = {}
        """By the unseen requests that are taken in."""
        self._unseen: list[Allowed] = []
        self._count = 0
        self.missing: dict[str, str] = dict.fromkeys(expected, "not listed yet")
        """Scopes that are not current, and why; while there is one nothing is judged."""
        self.wrong: tuple[Diagnostic, ...] = ()
        """Why what is stored cannot be read."""

    @property
    def follows(self) -> bool:
        return self._label is not None

    @property
    def is_behind(self) -> bool:
        """True iff something was told, by others than those who asked, since `stand` was asked."""
        return self._is_behind

    @property
    def unseen(self) -> int:
        return len(self._unseen)

    @property
    def objects(self) -> int:
        return len(self._stored.texts)

    # What is stored

    def settle(self, seconds: float = 0.0) -> None:
        """Takes in what was told."""
        for event in self._feed.take(seconds):
            match event:
                case Lost(scope=scope, reason=reason):
                    self.missing[scope] = reason
                case Listed(scope=scope, entries=entries):
                    self.missing.pop(scope, None)
                    self._changed(self._stored.fill(scope, entries))
                    for entry in entries.values():
                        if entry.key is not None:
                            self._seen(entry.key, None if entry.going else entry.source)
                case Seen(scope=scope, name=name, entry=entry):
                    key = entry.key if entry is not None else self._stored.key(scope, name)
                    changed = self._stored.put(scope, name, entry)
                    confirmed = key is not None and self._seen(
                        key, entry.source if entry is not None and not entry.going else None
                    )
                    going = entry is not None and entry.going
                    self._changed(changed, keep=bool(confirmed))
                    if going:  # it is stored still, so that no state is known any more in which it is not
                        self._known.clear()
        now = self._clock()
        late = [each for each in self._unseen if now - each.since > self._keep]
        if late:
            self._forget({each.number for each in late})

    def _changed(self, names: set[str], *, keep: bool = False) -> None:
        if names:
            self._is_behind |= not keep
            self._states.behind |= names
            self.wrong = ()
            if not keep:
                self._known.clear()

    def _seen(self, key: Key, source: Source | None) -> bool:
        """Forgets the allowed request that did this, with those before it about the same object; the end of a Namespace
        is seen of it alone, not of what goes with it. True iff what is known of states stays true: it was the only one
        that touches it."""
        if not self.follows:
            return False
        touching = [each for each in self._unseen if key in each.change]
        about = [each for each in touching if next(iter(each.change)) == key]
        texts = [text_of(each.change[key]) for each in about]
        if text_of(source) not in texts:
            return False
        last = len(texts) - 1 - texts[::-1].index(text_of(source))
        gone = {each.number for each in about[: last + 1]}
        alone = len(touching) == 1 and len(about[0].change) == 1
        taken = {numbers - gone: state for numbers, state in self._known.items() if gone <= numbers}
        self._unseen = [each for each in self._unseen if each.number not in gone]
        self._known = taken if alone else {}
        return alone

    def _forget(self, numbers: set[int]) -> None:
        self._unseen = [each for each in self._unseen if each.number not in numbers]
        self._known = {taken: state for taken, state in self._known.items() if not taken & numbers}

    # Judging

    def judge(self, request: Request, deadline: float) -> Ruling:
        """deadline: on the clock of `time.monotonic`. Raises nothing that a request could cause."""
        self._known = {numbers: state for numbers, state in self._known.items() if -1 not in numbers}
        value = request.object if request.operation != "DELETE" else request.old_object
        if not concerns(request):
            return Ruling(Why.FREE)
        if value is None or request.operation not in ("CREATE", "UPDATE", "DELETE"):
            return Ruling(Why.LIMIT, f"an operation {request.operation} that says nothing of its object")
        fault = fault_of(request)
        if fault is not None:
            return Ruling(Why.INVALID, trouble([Diagnostic("request", fault)]))
        self.settle()
        key = self._key(request, value)
        if self._covers is not None and (key.group, key.kind) not in self._covers:
            return self._uncovered(request, key)
        self._wait(key, request)
        if self.missing:
            return Ruling(Why.LIMIT, self.not_current())
        if request.operation == "DELETE" and self._goes_with_its_namespace(key):
            return Ruling(Why.FREE)  # what that opens was judged when its namespace was deleted
        change = self._change(request, key, value)  # of what was told by now
        made = made_by(request, key)
        if self._is_as_stored(change) and made.isdisjoint(self._stored.going()):
            return Ruling(Why.FREE)
        stale = self._stale(key, request)
        if stale is not None:
            return Ruling(Why.LIMIT, stale)
        if self.follows and len(self._unseen) > _MOST_UNSEEN:
            message = f"{len(self._unseen)} allowed requests have not been seen to be stored yet: try again"
            return Ruling(Why.LIMIT, message)
        limits = Limits(rlimit=self._terms.rlimit, deadline=deadline)
        ruling = self._judged(change, made, limits)
        if ruling.allowed and not request.dry_run:
            self.allow(change, made)
        return ruling

    def allow(self, change: Change, made: frozenset[Key]) -> None:
        """The change counts from now on, until it is seen. made: what it creates."""
        self._count += 1
        before = frozenset(each.number for each in self._unseen)
        state = self._known.get(before | {-1})
        self._unseen.append(Allowed(self._count, change, self._clock(), made))
        self._known = {taken: known for taken, known in self._known.items() if -1 not in taken}
        if state is not None:
            self._known[before | {self._count}] = state

    def not_current(self) -> str:
        """Why nothing can be judged."""
        some = [f"{scope}: {reason}" for scope, reason in sorted(dict(self.missing).items())]
        return f"what is stored is not known at the moment ({listed(some, 3)}): try again"

    def _key(self, request: Request, value: Mapping[str, object]) -> Key:
        return key_of(request.kind.api, request.kind.kind, value, request.namespace or self._terms.namespace)

    def _change(self, request: Request, key: Key, value: Mapping[str, object]) -> Change:
        if request.operation != "DELETE":
            return {key: self._source(key, request, value)}
        gone = self._within(key.name) if (key.group, key.kind) == ("", NAMESPACE) else ()
        return dict.fromkeys((key, *gone))

    def _goes_with_its_namespace(self, key: Key) -> bool:
        """True only if that is being deleted, and neither it nor the object was allowed to be made anew."""
        home = namespace_key(key.namespace)
        made = frozenset().union(*(each.made for each in self._unseen))
        return bool(key.namespace) and self._stored.is_going(home) and made.isdisjoint((home, key))

    def _within(self, namespace: str) -> Iterable[Key]:
        """The objects of a namespace, stored or allowed and not seen yet: they go with it."""
        unseen = [key for each in self._unseen for key in each.change if key.namespace == namespace]
        return [*self._stored.within(namespace), *unseen]

    def _source(self, key: Key, request: Request, value: Mapping[str, object]) -> Source:
        there = self._stored.source(key)
        name = f"the request's {key}" if self._label is None else f"{self._label} {key}"
        if there is not None and self.follows:
            name = there.name
        return stored_source(name, request.kind.api, request.kind.kind, at_home(request, value))

    def _wait(self, key: Key, request: Request) -> None:
        """Gives what was allowed, and what the request itself has seen, the time to be told."""
        if not self.follows:
            return
        until = self._clock() + self._patience
        while (self._unseen or self._stale(key, request) is not None) and (left := until - self._clock()) > 0:
            self.settle(left)

    def _uncovered(self, request: Request, key: Key) -> Ruling:
        """What is said of kinds that the cluster does not list, or not yet."""
        if self._terms.options.skip_unknown or not is_policy(request.kind.api, key.kind):
            return Ruling(Why.FREE)
        return Ruling(Why.LIMIT, f"objects of {request.kind.api} {key.kind} are not read of {self._label}: try again")

    def _stale(self, key: Key, request: Request) -> str | None:
        """Why what is known of an object is older than the request; None: it is not."""
        if not self.follows or request.old_object is None or request.old_object.get("apiVersion") != request.kind.api:
            return None
        stored = self._stored.source(key)
        old = self._source(key, request, request.old_object)
        texts = [text_of(stored), *(text_of(each.change[key]) for each in self._unseen if key in each.change)]
        if old.text in texts or is_going(request.old_object):
            return None
        return f"what is known of {key} is older than this request: try again"

    def _is_as_stored(self, change: Change) -> bool:
        """True iff it changes nothing, whatever of the unseen is stored."""
        about = [each for each in self._unseen if each.change.keys() & change.keys()]
        return not about and all(text_of(self._stored.source(key)) == text_of(new) for key, new in change.items())

    def _judged(self, change: Change, made: frozenset[Key], limits: Limits) -> Ruling:
        first: Ruling | None = None
        for gone, taken in product(ways_to_leave(self._stored.going()), self._choices()):
            try:
                ruling = self._against(taken, change, made, limits, gone)
            except InputError as error:
                ruling = Ruling(Why.INVALID, trouble(error.diagnostics))
            except Undecided as error:
                ruling = Ruling(Why.UNDECIDED, f"undecided: {error}")
            if not ruling.allowed:
                if gone:
                    names = listed([str(key) for key in gone], 3)
                    hint = f"this would need what is being deleted ({names}): try again when it is gone"
                    ruling = replace(ruling, message=f"{ruling.message}\n{hint}")
                elif len(taken) < len(self._unseen):
                    names = listed([str(k) for u in self._unseen if u.number not in taken for k in u.change], 3)
                    hint = f"this would need what was allowed and may not be stored yet ({names}): try again"
                    ruling = replace(ruling, message=f"{ruling.message}\n{hint}")
                return ruling
            first = first or ruling
        assert first is not None
        return first

    def _choices(self) -> Iterable[tuple[int, ...]]:
        """Which of the unseen are taken to be stored: all of them first."""
        numbers = [each.number for each in self._unseen]
        sizes = range(len(numbers), -1, -1) if self.follows else (len(numbers),)
        return [some for size in sizes for some in combinations(numbers, size)]

    def _against(
        self, taken: Sequence[int], change: Change, made: frozenset[Key], limits: Limits, going: Sequence[Key] = ()
    ) -> Ruling:
        """made: what the change creates. going: what is taken to be gone already, whatever is said of it, unless it is
        created: then what is going is gone before, or nothing comes of that."""
        numbers = frozenset(each.number for each in self._unseen if each.number in taken)
        parts: dict[Key, Source | None] = {}
        anew = set[Key]()
        for each in self._unseen:
            if each.number in numbers:
                parts |= each.change
                anew |= each.made
        before: Change = {key: None for key in going if key not in anew}
        after: Change = {key: None for key in before if key not in made}
        base = self._state(None if going else numbers, {**parts, **before}, limits)
        head = self._state(None, {**parts, **change, **after}, limits)
        if not going and numbers == {each.number for each in self._unseen}:
            self._known[numbers | {-1}] = head
        if base.cluster.profile != head.cluster.profile:
            named = f"`{head.cluster.profile or 'k8s'}`, and `{base.cluster.profile or 'k8s'}` without this"
            hint = "name one where netpol is started: `--profile NAME`"
            raise InputError(Diagnostic("profile", f"the profile would choose itself: {named}", hint=hint))
        report = self._report(base, head, limits, narrower=self._is_narrower(base, head, change, limits))
        outcome = of_gate(report, self._terms.fail_on)
        return Ruling(_WHY[outcome.code], refusal(report, self._terms.fail_on), report)

    def _report(self, base: State, head: State, limits: Limits, *, narrower: bool) -> GateReport:
        terms = self._terms
        current, past = in_force(terms.acceptances, self._today())
        report = gate(
            base.cluster,
            head.cluster,
            terms.properties,
            current,
            terms.universe,
            terms.switches,
            limits,
            base_name=terms.base,
            limit=terms.limit,
            diagnostics=head.diagnostics,
            expired=past,
            known=Known(
                base.results,
                head.results,
                narrower,
                worlds=(base.world, head.world),
                doubtful=(base.doubtful, head.doubtful),
            ),
        )
        overdue = tuple(dict.fromkeys(expired(acceptance) for acceptance in report.expired))
        return replace(report, diagnostics=(*report.diagnostics, *overdue))

    def _is_narrower(self, base: State, head: State, change: Change, limits: Limits) -> bool:
        """True only if nothing was opened that counts; quick, for what most requests are about."""
        if self._terms.fail_on == "none":
            return True  # nobody asks whether something was opened
        if self._terms.fail_on == "any" or any((k.group, k.kind) != (_POLICY_GROUP, POLICY) for k in change):
            return False
        homes = {key.namespace for key in change}
        try:
            mine = (base.homes.among(homes), head.homes.among(homes)) if base.homes and head.homes else None
            return not may_be_wider((base.world, head.world), homes, self._terms.switches, limits, mine)
        except Undecided:
            return False

    # States

    def _state(self, numbers: frozenset[int] | None, change: Change, limits: Limits) -> State:
        """What is stored, with a change. numbers: the unseen that make it, under which it is remembered."""
        found = None if numbers is None else self._known.get(numbers)
        if found is not None:
            return found
        state = self._states.at(self._stored.overlay(change), limits)
        if numbers is not None:
            self._known[numbers] = state
        return state

    def let(self, request: Request) -> None:
        """A request that is let through although it does not pass, or was not judged: it counts as well, unless nobody
        can say what it is about."""
        value = request.object if request.operation != "DELETE" else request.old_object
        if value is not None and concerns(request) and fault_of(request) is None:
            key = self._key(request, value)
            self.allow(self._change(request, key, value), made_by(request, key))

    def stand(self) -> GateReport | None:
        """What becomes of a request that changes nothing, which is how the stored state stands; None, and `wrong`,
        where it cannot be read."""
        if self.missing:
            return None
        self._is_behind = False
        try:
            state = self._state(frozenset(), {}, Limits(rlimit=self._terms.rlimit))
            self.wrong = ()
            return self._report(state, state, Limits(rlimit=self._terms.rlimit), narrower=True)
        except InputError as error:
            self.wrong = error.diagnostics
        except Undecided as error:
            self.wrong = (Diagnostic("undecided", f"undecided: {error}"),)
        return None
