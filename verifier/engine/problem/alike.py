"""Declared namespaces that a question cannot tell apart: two of a sort stand for all of it.

A question about one connection speaks of two namespaces at most, and of these only whether they are one, their labels,
and their names where something mentions them. Namespaces of the same labels, as far as anything looks at them, whose
names nobody mentions, can be exchanged for each other in whatever meets it; so with two of them (one for each end) it
can be met iff it can with all. Not so where pods are listed, who live in one and not in the other.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from verifier.ir.endpoint import Namespace
from verifier.ir.labels import NAMESPACE_NAME
from verifier.ir.universe import Universe
from verifier.vocabulary import Mentions

Sort = tuple[tuple[str, str | bool], ...] | None
"""The labels of a namespace that a question looks at, by key: the value where something mentions it, else whether there
is one. None: nobody has said which labels it has."""


_MOST = 64
"""Sets of labels for which sorts are kept."""


class Alike:
    """The declared namespaces of a universe whose pods nobody has listed, by sort; kept for every set of labels that
    questions look at."""

    def __init__(self, declared: Mapping[str, Namespace], universe: Universe) -> None:
        self._declared = declared
        self._universe = universe
        self._sorted: dict[tuple[tuple[str, frozenset[str]], ...], Mapping[Sort, list[Namespace]]] = {}

    def sort_of(self, name: str, mentions: Mentions) -> Sort | Namespace:
        """What the question knows of a namespace besides where policies stand: itself, where it knows the name."""
        names = self._names(mentions)
        if name not in self._declared or names is None or name in names:
            return self._declared.get(name, Namespace(name))
        return _sort(self._declared[name], self._looked_at(mentions))

    def enough(self, mentions: Mentions, homes: Collection[str]) -> Iterator[Namespace]:
        """Declared namespaces that do for a question that `mentions` these words, besides `homes`, which it tells apart
        from all others: these first, then those that it names, then two of each other sort."""
        names = self._names(mentions)
        if names is None:
            yield from self._declared.values()
            return
        told = dict.fromkeys((*homes, *sorted(names)))
        yield from (self._declared[name] for name in told if name in self._declared)
        for same in self._by_sort(self._looked_at(mentions)).values():
            left = 2
            for namespace in same:
                if namespace.name not in told:
                    yield namespace
                    left -= 1
                    if not left:
                        break

    def _names(self, mentions: Mentions) -> frozenset[str] | None:
        """The names that a question tells apart; None: all of them, since it looks inside of names."""
        if (NAMESPACE_NAME, True) in mentions.texts:
            return None
        listed = self._universe.namespace_labels.get(NAMESPACE_NAME)
        by_label = mentions.namespace_labels.get(NAMESPACE_NAME, ())
        return frozenset({*mentions.namespaces, *by_label, *(listed.values if listed is not None else ())})

    def _looked_at(self, mentions: Mentions) -> tuple[tuple[str, frozenset[str]], ...]:
        """The keys of namespace labels that the question looks at, each with the values that it tells apart."""
        specs = self._universe.namespace_labels
        keys = sorted((mentions.namespace_labels.keys() | specs.keys()) - {NAMESPACE_NAME})
        return tuple(
            (key, frozenset({*mentions.namespace_labels.get(key, ()), *(specs[key].values if key in specs else ())}))
            for key in keys
        )

    def _by_sort(self, looked_at: tuple[tuple[str, frozenset[str]], ...]) -> Mapping[Sort, list[Namespace]]:
        if looked_at not in self._sorted:
            if len(self._sorted) >= _MOST:
                self._sorted.clear()
            found: dict[Sort, list[Namespace]] = {}
            for namespace in self._declared.values():
                found.setdefault(_sort(namespace, looked_at), []).append(namespace)
            self._sorted[looked_at] = dict(sorted(found.items(), key=lambda item: _order(item[0])))
        return self._sorted[looked_at]


def _sort(namespace: Namespace, looked_at: Iterable[tuple[str, frozenset[str]]]) -> Sort:
    if namespace.labels is None:
        return None
    told = ((key, namespace.labels.get(key), values) for key, values in looked_at)
    return tuple((key, value if value in values else value is not None) for key, value, values in told)


def _order(sort: Sort) -> tuple[bool, list[tuple[str, int, str]]]:
    """Sorts in an order that hangs on nothing but what they are."""
    told = ((key, (int(v), "") if isinstance(v, bool) else (2, v)) for key, v in sort or ())
    return (sort is None, [(key, *rest) for key, rest in told])
