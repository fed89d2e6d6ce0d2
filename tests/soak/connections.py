"""A policy set through the two readings of one concrete connection: `verifier.semantics` and the enumeration."""

from collections.abc import Iterator
from random import Random

from tests import oracle, packaged
from tests.oracle import VALUES
from tests.oracle.allowed import outcomes
from tests.oracle.rules import DEFAULTS, Plain
from tests.soak.checks import FORBIDDEN, read
from tests.soak.drawing import Drawn
from tests.soak.find import Find, documents
from tests.soak.tally import Tally
from verifier.errors import InputError

MOST = 60
"""How many connections of one policy set are tried."""


def run(seed: int, drawn: Drawn, tally: Tally) -> Iterator[Find]:
    try:
        cluster = read(drawn.manifests, drawn.switches)
    except InputError as error:
        tally["refused/manifests"] += 1
        if drawn.kind == "corpus" or {d.code for d in error.diagnostics} <= FORBIDDEN:
            return
        raise
    tally["cases"] += 1
    tally["kind/connections"] += 1
    random = Random(f"connections {seed}")
    fixed = {name: value for name, value in {**DEFAULTS, **drawn.switches}.items() if name not in VALUES}
    for connection, some_setting in some(drawn.manifests, random):
        setting = {**fixed, **some_setting}
        answer = packaged.outcomes(cluster, connection, setting)
        tally[f"connection/{' or '.join('allowed' if one else 'denied' for one in sorted(answer))}"] += 1
        expected = outcomes(drawn.manifests, connection, setting)
        if answer != expected:
            said = f"verifier.semantics says {set(answer)} under {setting}, the enumeration {set(expected)}"
            lines = [f"# Soak {seed}: a connection.", *(f"# set: {name}={value}" for name, value in setting.items())]
            lines += [f"# connection: {connection}", f"# expect: {'allowed' if True in expected else 'denied'}"]
            text = "\n".join(lines) + "\n" + documents(drawn.manifests)
            yield Find(seed, said, ((f"soak-{seed}-connection.yaml", text),))
            return


def some(manifests: list[Plain], random: Random) -> Iterator[tuple[Plain, dict[str, str]]]:
    """Connections of every kind, from those that are one for each way in which the policies can tell them apart; each
    with a setting of the switches."""
    universe: Plain = {"families": [random.choice((4, 4, 6))], "nodes": random.random() < 0.5}
    if random.random() < 0.5:
        universe["addresses"] = {"pods": "any"}
    for connection in oracle.sampled(manifests, random, MOST, universe):
        connection["sameNode"] = random.random() < 0.3
        chance = random.random()
        if chance < 0.1 and connection["source"]["kind"] == "pod":
            connection |= {"destination": connection["source"], "itself": True, "viaService": chance < 0.05}
        yield connection, {name: random.choice(values) for name, values in VALUES.items()}
