"""Values on their way to a worker and back. What is large and of no use there stays here: a stand-in goes, which can
only be sent home again, and turns into the very object it stands for.
"""

import io
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class StandIn:
    """In a worker, the value number `number` of those that stayed at home."""

    number: int


@dataclass(slots=True)
class Home:
    """In the parent: pickles for workers, and unpickles what comes back. stays: the types of what does not go."""

    stays: Sequence[type]
    _kept: list[object] = field(default_factory=list)
    _numbers: dict[int, int] = field(default_factory=dict)

    def dumps(self, value: object) -> bytes:
        buffer = io.BytesIO()
        pickler = pickle.Pickler(buffer, pickle.HIGHEST_PROTOCOL)
        pickler.dispatch_table = dict.fromkeys(self.stays, self._keep)
        pickler.dump(value)
        return buffer.getvalue()

    def loads(self, data: bytes) -> Any:
        return _Returning(io.BytesIO(data), self._kept).load()

    def _keep(self, value: object) -> tuple[type[StandIn], tuple[int]]:
        number = self._numbers.setdefault(id(value), len(self._kept))
        if number == len(self._kept):
            self._kept.append(value)
        return StandIn, (number,)


class _Returning(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, kept: Sequence[object]) -> None:
        super().__init__(file)
        self._kept = kept

    def persistent_load(self, number: int) -> object:
        return self._kept[number]


class _Leaving(pickle.Pickler):
    def persistent_id(self, value: object) -> int | None:
        return value.number if type(value) is StandIn else None


def sent_home(value: object) -> bytes:
    """In a worker: `value` for the parent's `Home.loads`."""
    buffer = io.BytesIO()
    _Leaving(buffer, pickle.HIGHEST_PROTOCOL).dump(value)
    return buffer.getvalue()
