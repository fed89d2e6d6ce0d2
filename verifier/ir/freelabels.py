"""Labels that pods get from their controllers, and whose values no manifest says (docs/semantics.md 1.6)."""

from collections.abc import Iterator, Set
from itertools import count

from msgspec import Struct


class Choice(Struct, frozen=True):
    """How a controller chooses a label. `always`: every pod gets it; else some may. `begins`: with what the value
    begins. `number`: it is a number; `most`: as many from 0 on are surely chosen for some pod (None: any are)."""

    always: bool = True
    begins: str = ""
    number: bool = False
    most: int | None = None

    @property
    def is_plain(self) -> bool:
        """True iff the value may be any."""
        return not (self.begins or self.number)

    def admits(self, value: str | None) -> bool:
        """True iff a pod may have the label with this value (None: may lack it)."""
        if value is None:
            return not self.always
        is_number = value.isascii() and value.isdigit() and (value == "0" or not value.startswith("0"))
        return value.startswith(self.begins) and (is_number or not self.number)

    def may_be_none(self, value: str) -> bool:
        """True iff the value, one that nobody mentions, may be that of no pod, as all others that nobody mentions."""
        return not self.always or (self.most is not None and int(value) >= self.most)

    def others(self, taken: Set[str]) -> Iterator[str]:
        """Values that it admits and that are not taken, without end, those that are surely chosen first."""
        plain = f"{self.begins.removesuffix('-')}-" if self.begins else "other-"
        stem = self.begins if self.number else plain
        return (value for n in count(0 if self.number else 1) if (value := f"{stem}{n}") not in taken)


MAY_ADD = Choice(always=False)
"""A label that the pods may get, or not, with any value."""
