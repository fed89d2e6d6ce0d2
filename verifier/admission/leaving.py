"""Which of what is being deleted is gone when a request comes to be: nobody is asked when a finalizer lets go."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from verifier.admission.objects import NAMESPACE, Key

_MOST = 3
"""How much may be on its way for every choice of it to be tried."""


def ways_to_leave(going: Sequence[Key]) -> Iterator[tuple[Key, ...]]:
    """What may be gone already, nothing first, then everything: each choice of it. Of more than three things only each
    alone, and all but each. A namespace that is being deleted, with all that is in it, is one thing.

    >>> from verifier.admission.objects import Key
    >>> keys = [Key("", "Namespace", "", "a"), Key("", "Pod", "a", "p"), Key("", "Pod", "b", "q")]
    >>> [[key.name for key in gone] for gone in ways_to_leave(keys)]
    [[], ['a', 'p', 'q'], ['a', 'p'], ['q']]
    """
    homes = {key.name for key in going if (key.group, key.kind) == ("", NAMESPACE)}
    things: dict[object, list[Key]] = {}
    for key in going:
        home = key.name if (key.group, key.kind) == ("", NAMESPACE) else key.namespace
        things.setdefault(home if home in homes else key, []).append(key)
    number = len(things)
    sizes = range(1, number) if number <= _MOST else (1, number - 1)
    yield ()
    if things:
        yield tuple(going)
    for size in sizes:
        for some in combinations(things.values(), size):
            yield tuple(key for thing in some for key in thing)
