"""Seeded faults: realistic bugs, each put into a copy of the tree, each of which the tests must notice (`make faults`;
docs/trust.md)."""

from .asking import ASKING
from .calico import CALICO
from .cilium import CILIUM
from .fault import Fault
from .gate import GATE
from .hints import HINTS
from .inventories import INVENTORIES
from .meaning import MEANING
from .mesh import MESH
from .normalform import NORMAL_FORM
from .passedover import PASSED_OVER
from .reading import READING
from .reports import REPORTS
from .scope import SCOPE
from .telling import TELLING
from .tiers import TIERS
from .universes import UNIVERSES

EVERYTHING = (
    *CILIUM,
    *READING,
    *MEANING,
    *ASKING,
    *SCOPE,
    *TIERS,
    *TELLING,
    *UNIVERSES,
    *GATE,
    *NORMAL_FORM,
    *PASSED_OVER,
    *INVENTORIES,
    *HINTS,
    *REPORTS,
    *CALICO,
    *MESH,
)

__all__ = ["EVERYTHING", "Fault"]
