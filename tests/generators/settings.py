"""Random pairs of small clusters, each under a setting of its own; often the same cluster twice. A seed is a pair."""

from copy import deepcopy
from dataclasses import dataclass, field
from random import Random

from tests.generators.changes import Pair, pair
from tests.generators.inventories import inventory_pair
from tests.generators.strategies import SWITCHES
from tests.generators.tierchanges import tiered_pair
from tests.oracle.rules import DEFAULTS

_SETTINGS = 11_000_000
"""Seeds of pairs under two settings lie beyond those of others."""

NAMES = ("named_port_source", "named_port_dup", "named_port_ipblock")


@dataclass(frozen=True)
class SettingPair(Pair):
    """A comparison of two settings: what `tests.oracle.compare` takes."""

    to_switches: dict[str, str] = field(default_factory=dict)
    two_plugins: bool = False
    """What both leave open each decides for itself."""


def setting_pair(seed: int) -> SettingPair:
    random = Random(_SETTINGS + seed)
    drawing = random.choice((pair, pair, pair, tiered_pair, inventory_pair))
    given = drawing(_SETTINGS + seed)
    old, new = given.old, given.new
    if random.random() < 0.6:
        old = new = random.choice((old, new))
    switches = {**DEFAULTS, **given.switches}
    for name in [name for name, value in switches.items() if value == "open"]:
        if name in SWITCHES and random.random() < 0.85:
            switches[name] = random.choice(SWITCHES[name])
    to_switches = dict(switches)
    known = [name for name in SWITCHES if name not in ("external_source", "calico_np_name")]
    wanted = random.sample(known, random.choice((1, 2, 3, 4)))
    wanted += random.sample(NAMES, random.choice((0, 0, 1, 2)))
    for name in dict.fromkeys(wanted):
        values = (*SWITCHES[name], "open") if random.random() < 0.12 else SWITCHES[name]
        to_switches[name] = random.choice([value for value in values if value != switches[name]] or values)
    return SettingPair(
        deepcopy(old),
        deepcopy(new),
        given.universe,
        switches,
        to_switches=to_switches,
        two_plugins=random.random() < 0.3,
    )
