"""How much is tried before a reading by enumeration is given up: some worlds have too many pairs of endpoints."""

from dataclasses import dataclass
from math import inf


class TooLarge(Exception):
    """More was to be tried than the budget has."""


@dataclass
class Budget:
    """What is left, in pairs of endpoints looked at; a count and no time, so that a seed always comes to the same."""

    left: float = inf

    def spend(self, pairs: int) -> None:
        """Raises TooLarge where less is left."""
        self.left -= pairs
        if self.left < 0:
            raise TooLarge
