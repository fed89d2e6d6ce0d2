"""Seeded faults: realistic bugs, each put into a copy of the tree, each of which the tests must notice (`make faults`;
docs/trust.md)."""

from .admission import ADMISSION
from .asking import ASKING
from .behind import BEHIND
from .calico import CALICO
from .cilium import CILIUM
from .doubts import DOUBTS
from .edits import EDITS
from .fault import Fault
from .firsthour import FIRST_HOUR
from .gate import GATE
from .hints import HINTS
from .inventories import INVENTORIES
from .kinds import KINDS
from .leaving import LEAVING
from .live import LIVE
from .meaning import MEANING
from .mending import MENDING
from .mesh import MESH
from .normalform import NORMAL_FORM
from .passedover import PASSED_OVER
from .playground import PLAYGROUND
from .reading import READING
from .rendering import RENDERING
from .reports import REPORTS
from .scope import SCOPE
from .shortcuts import SHORTCUTS
from .site import SITE
from .takenin import TAKEN_IN
from .telling import TELLING
from .tiers import TIERS
from .twosettings import TWO_SETTINGS
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
    *PLAYGROUND,
    *REPORTS,
    *CALICO,
    *MESH,
    *RENDERING,
    *BEHIND,
    *LIVE,
    *FIRST_HOUR,
    *TWO_SETTINGS,
    *MENDING,
    *EDITS,
    *ADMISSION,
    *LEAVING,
    *KINDS,
    *SITE,
    *SHORTCUTS,
    *DOUBTS,
    *TAKEN_IN,
)

__all__ = ["EVERYTHING", "Fault"]
