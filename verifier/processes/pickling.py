"""Values on their way to a worker and back. What is large and of no use there stays here: a stand-in goes, which can
only be sent home again, and turns into the very object it stands for.

The class of a stand-in has a method `stand_in(number)` that makes one, and a field `number` that keeps it. It compares
as what it stands for does: a worker must not tell apart what is equal, nor the other way round.
"""

import io
import pickle
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any


class Home:
    """In the parent: pickles for workers, and unpickles what comes back.

    stays: the types of what does not go, and the classes of their stand-ins.
    """

    def __init__(self, stays: Mapping[type, type]) -> None:
        self._reducers = {kind: partial(self._keep, stand_in) for kind, stand_in in stays.items()}
        self._kept: list[object] = []
        self._numbers: dict[int, int] = {}

    def dumps(self, value: object) -> bytes:
        buffer = io.BytesIO()
        pickler = pickle.Pickler(buffer, pickle.HIGHEST_PROTOCOL)
        pickler.dispatch_table = self._reducers
        pickler.dump(value)
        return buffer.getvalue()

    def loads(self, data: bytes) -> Any:
        return _Returning(io.BytesIO(data), self._kept).load()

    def _keep(self, stand_in: Any, value: object) -> tuple[Callable[[int], object], tuple[int]]:
        number = self._numbers.setdefault(id(value), len(self._kept))
        if number == len(self._kept):
            self._kept.append(value)
        return stand_in.stand_in, (number,)


class _Returning(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, kept: Sequence[object]) -> None:
        super().__init__(file)
        self._kept = kept

    def persistent_load(self, number: int) -> object:
        return self._kept[number]


class _Leaving(pickle.Pickler):
    def __init__(self, file: io.BytesIO, stand_ins: tuple[type, ...]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._stand_ins = stand_ins

    def persistent_id(self, value: Any) -> int | None:
        return value.number if type(value) in self._stand_ins else None


def sent_home(value: object, stand_ins: tuple[type, ...]) -> bytes:
    """In a worker: `value` for the parent's `Home.loads`."""
    buffer = io.BytesIO()
    _Leaving(buffer, stand_ins).dump(value)
    return buffer.getvalue()
