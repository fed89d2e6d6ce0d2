"""Labels that are compared by what they hold, begin or end with (docs/semantics.md 1.2, 5.4): values that stand for all
others.

Any two labels that hold, begin and end with the same of the texts that anybody asks for cannot be told apart by them.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache

from msgspec import Struct

from verifier.errors import Undecided
from verifier.ir.labels import TEXTUAL, Operator, Requirement, Selector, compares, is_label_value, matches

Text = tuple[Operator, str]
"""How a label is looked at (an operator that no negation stands in), and for what."""
LONGEST = 63
"""How long the value of a label, or the name of a namespace, may be."""
_EACH = 2
"""Values for each way in which the texts can be met: two, since labels of two ends may be compared."""
_SPARE = 10
_MOST = 20_000
_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_."


def texts_of(requirements: Iterable[Requirement]) -> frozenset[Text]:
    """What requirements on one key look for inside of its value."""
    return frozenset((TEXTUAL[r.operator], value) for r in requirements if r.operator in TEXTUAL for value in r.values)


def told_apart(requirements: Iterable[Requirement]) -> set[str]:
    """Values of one key such that requirements on it tell apart no others: those that they name, and what stands for
    others that hold, begin or end with what they look for."""
    listed = tuple(requirements)
    values = {value for r in listed if r.operator not in TEXTUAL for value in r.values}
    texts = texts_of(listed)
    return values | set(standing_for(texts)) if texts else values


def standing_for(
    texts: frozenset[Text], is_value: Callable[[str], bool] = is_label_value, taken: Collection[str] = ()
) -> tuple[str, ...]:
    """Two values, none of those that are taken, for each way in which a value can meet the texts or not; fewer only
    where there are no more. Raises Undecided where there are too many ways."""
    found, enough = [], _SPARE if taken else _EACH
    for values in _ways(texts, is_value, enough):
        free = [value for value in values if value not in taken]
        if len(free) < _EACH and len(values) == enough > _EACH:
            raise Undecided("too many names are taken of those that would stand for all others")
        found += free[:_EACH]
    return tuple(sorted(found))


@lru_cache(maxsize=1 << 10)
def _ways(texts: frozenset[Text], is_value: Callable[[str], bool], enough: int) -> tuple[tuple[str, ...], ...]:
    """For each way to meet the texts the shortest values that do; all there are, where they are fewer than `enough`."""
    alphabet = _alphabet(texts, is_value)
    states = _States(texts, alphabet)
    found: dict[tuple[bool, ...], list[str]] = defaultdict(list)
    ordered = sorted(texts)
    visits: dict[object, int] = defaultdict(int)
    waiting = deque([(states.first(), "")])
    while waiting:
        state, value = waiting.popleft()
        whole = is_value(value)
        place = (state, whole, is_value(f"{value}a"))  # whatever can follow here, and be a value
        if visits[place] >= enough:
            continue
        visits[place] += 1
        if len(visits) > _MOST:
            raise Undecided("policies look for too many texts inside of one label")
        if whole:
            met = tuple(compares(value, operator, frozenset({text})) for operator, text in ordered)
            if len(found[met]) < enough:
                found[met].append(value)
        if len(value) < LONGEST:
            waiting.extend((states.after(state, character), value + character) for character in alphabet)
    return tuple(map(tuple, found.values()))


def _alphabet(texts: frozenset[Text], is_value: Callable[[str], bool]) -> str:
    """The characters of the texts that a value can have, and two that stand for all others."""
    possible = [c for c in _CHARACTERS if is_value(f"a{c}a")]
    told = {c for _, text in texts for c in text}
    others = [c for c in possible if c not in told and is_value(c)]
    return "".join([*others[:_EACH], *(c for c in possible if c in told)])


class _State(Struct, frozen=True):
    """How much of a value matters to what may follow. tail: its end, as far as texts may go on from it. begins: all of
    it, as far as a text may begin so. met: the texts that it begins with or holds."""

    tail: str
    begins: str | None
    met: frozenset[Text]


class _States:
    def __init__(self, texts: frozenset[Text], alphabet: str) -> None:
        self._texts = texts
        self._inside = sorted({t for o, t in texts if o is not Operator.STARTS_WITH and set(t) <= set(alphabet)})
        self._starts = sorted({t for o, t in texts if o is Operator.STARTS_WITH and set(t) <= set(alphabet)})
        self._heads = {t[:n] for t in self._inside for n in range(1, len(t) + 1)}
        self._known: dict[tuple[_State, str], _State] = {}

    def first(self) -> _State:
        return _State("", "" if self._starts else None, frozenset())

    def after(self, state: _State, character: str) -> _State:
        key = (state, character)
        if key not in self._known:
            self._known[key] = self._after(state, character)
        return self._known[key]

    def _after(self, state: _State, character: str) -> _State:
        whole = state.tail + character
        tail = next((whole[n:] for n in range(len(whole)) if whole[n:] in self._heads), "")
        met = {(Operator.CONTAINS, text) for text in self._inside if tail.endswith(text)}
        begins = None if state.begins is None else state.begins + character
        if begins is not None:
            met |= {(Operator.STARTS_WITH, text) for text in self._starts if text == begins}
            begins = begins if any(text.startswith(begins) for text in self._starts) else None
        return _State(tail, begins, state.met | (frozenset(met) & self._texts))


def is_within(narrow: Selector, wide: Selector) -> bool:
    """True iff, key by key, whatever labels `narrow` selects `wide` selects too."""
    for key in {requirement.key for requirement in wide}:
        mine, theirs = (Selector(frozenset(r for r in some if r.key == key)) for some in (narrow, wide))
        values = sorted(told_apart((*mine, *theirs)))
        other = "".join((*values, "x"))  # longer than all of them, so none of them
        for labels in ({}, *({key: value} for value in (*values, other))):
            if matches(labels, mine) and not matches(labels, theirs):
                return False
    return True
