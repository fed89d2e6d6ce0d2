"""A third reading of the rules: plain YAML in, verdicts by enumeration out.

Takes manifests, properties and universes as plain data (what a YAML reader gives) and tries every namespace, pod,
address and port that they can tell apart, by docs/semantics.md 1 to 3 read literally. Shares no code with the package
that it is held against, and must never import from it.
"""

from .allowed import allowed
from .budget import Budget, TooLarge
from .difference import Compared, compare
from .rules import VALUES
from .verdict import Answer, connections, sampled, verdict

__all__ = [
    "VALUES",
    "Answer",
    "Budget",
    "Compared",
    "TooLarge",
    "allowed",
    "compare",
    "connections",
    "sampled",
    "verdict",
]
