"""What `explain` and `map` tell of a policy set, held against the enumeration, connection for connection."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from random import Random
from typing import Any

from tests import oracle
from tests.engine.map.reading import Unclear, is_so, permits
from tests.oracle import VALUES
from tests.oracle.allowed import legs
from tests.oracle.cilium import KINDS, is_seen
from tests.oracle.rules import defaults
from tests.oracle.rules import read as enumerated
from tests.oracle.world import heard, spec
from tests.packaged import universe_of
from tests.soak.checks import FORBIDDEN, read
from tests.soak.drawing import Drawn
from tests.soak.find import Find, documents, flow
from tests.soak.tally import Tally
from verifier.engine.explain.explain import explain
from verifier.engine.map.map import draw
from verifier.engine.map.result import Map
from verifier.errors import InputError, Undecided
from verifier.ir.cluster import Cluster
from verifier.ir.connectionquery import AddressEnd, ConnectionQuery, InquiryEnd, LabelledEnd, NodeEnd
from verifier.ir.network import Protocol

Plain = dict[str, Any]
EXPLAINED, MAPPED = 8, 60
"""Connections of one policy set."""
CLASSES = 1500
"""Of a map, in all settings of open switches together: more take a minute and longer."""
UNTOLD = {"external_source": "preserved", "other_protocols": "off"}
"""Switches that have no part in connections as the enumeration lists them."""
TWO_NAMES = "a pod that nobody has written calls no port by two names that policies use"


@dataclass(frozen=True)
class Asked:
    """`switches`: as they are given. `setting`: one of every switch, which these admit."""

    cluster: Cluster
    manifests: list[Plain]
    universe: Plain | str
    switches: dict[str, str]
    setting: dict[str, str]

    def some(self, most: int, random: Random) -> list[Plain]:
        """Some of the connections that are one for each way in which the policies can tell them apart."""
        return oracle.sampled(self.manifests, random, most, self.universe, self.setting)

    def outcomes(self, connection: Plain) -> frozenset[bool]:
        """All that can come of the connection, by the enumeration."""
        ends = {connection[role].get("namespace") for role in ("source", "destination")} - {None}
        new = sorted(ends - heard(enumerated(self.manifests), [], spec(self.universe)))
        templates = spec(self.universe).get("newNamespacesGet") or []
        there = [{**t, "metadata": {**t["metadata"], "namespace": name}} for name in new for t in templates]
        cluster = enumerated([*self.manifests, *there])
        cluster.mesh.declared -= set(new)  # nobody says more of these names for having policies
        into, out = legs(cluster, connection, self.setting)
        return frozenset(a and b for a in out for b in into)


def run(seed: int, drawn: Drawn, folder: Path, tally: Tally) -> Iterator[Find]:
    random = Random(f"telling {seed}")
    universe = random.choice(("open", "inventory", drawn.universe, drawn.universe))
    switches = {**drawn.switches, **UNTOLD}
    of = {**defaults(drawn.manifests), **(spec(universe).get("switches") or {}), **switches}
    setting = {name: random.choice(VALUES[name]) if of[name] == "open" else of[name] for name in of}
    try:
        cluster = read(drawn.manifests, switches)
        asked = Asked(cluster, drawn.manifests, universe, switches, setting)
        said = next(_explained(asked, folder, random, tally), None) or next(_mapped(asked, folder, random, tally), None)
    except InputError as error:
        if {d.code for d in error.diagnostics} <= FORBIDDEN or drawn.kind == "corpus":
            return  # that is counted where claims are asked
        raise
    if said is not None:
        head = f"# Soak {seed}: {said}\n# universe: {flow(universe)}\n# switches: {flow(switches)}\n"
        yield Find(seed, said, ((f"soak-{seed}-told.yaml", head + documents(drawn.manifests)),))


def _explained(asked: Asked, folder: Path, random: Random, tally: Tally) -> Iterator[str]:
    where = universe_of(asked.universe, folder)
    for connection in asked.some(EXPLAINED, random):
        query = _inquiry(connection)
        if query is None:
            continue
        try:
            answer = explain(asked.cluster, query, where, asked.switches)
        except InputError as error:
            if {d.code for d in error.diagnostics} <= FORBIDDEN and not where.other_pods:
                continue  # it can be asked about the pods of an inventory by their names only
            raise
        except Undecided:
            tally["refused/too many ways to explain"] += 1
            continue
        tally.update(("cases", "kind/explained", f"explained/{answer.allowed}"))
        fates = {fate for when, fate in answer.outcomes if is_so(when, connection, asked.setting)}
        expected = asked.outcomes(connection)
        if fates != {next(iter(expected)) if len(expected) == 1 else None}:
            yield f"explain says {fates} under {asked.setting}, the enumeration {set(expected)}: {connection}"


def _inquiry(connection: Plain) -> ConnectionQuery | None:
    """None: hostNetwork pods can be asked about by their names only."""
    ends = [_end(connection[role]) for role in ("source", "destination")]
    source, destination = ends
    if source is None or destination is None:
        return None
    return ConnectionQuery("", source, destination, Protocol(connection["protocol"]), connection["port"])


def _end(plain: Plain) -> InquiryEnd | None:
    if plain["kind"] == "external":
        return AddressEnd(ip_address(plain["ip"]))
    if plain["kind"] == "node":
        return NodeEnd()
    return LabelledEnd(plain["namespace"], plain["labels"]) if plain["kind"] == "pod" else None


def _mapped(asked: Asked, folder: Path, random: Random, tally: Tally) -> Iterator[str]:
    where = universe_of(asked.universe, folder)
    try:
        drawn = draw(asked.cluster, where, asked.switches, most=CLASSES)
    except Undecided:
        tally["refused/too many ways to label pods, or classes"] += 1
        return
    tally.update(("cases", "kind/mapped"))
    hides = any(manifest["kind"] in KINDS for manifest in asked.manifests)
    for connection in asked.some(MAPPED, random):
        if where.other_pods and any(connection[role]["kind"] == "hostpod" for role in ("source", "destination")):
            continue  # only those of the manifests are drawn
        if len(connection["destination"].get("namedPorts") or ()) > 1 and TWO_NAMES in drawn.assumptions:
            continue
        expected = asked.outcomes(connection)
        met = _shown(connection, drawn) if hides else connection
        try:
            told = permits(drawn, met, asked.setting), permits(drawn, met, asked.setting, surely=False)
        except Unclear:
            tally["refused/whose pod it is nobody says"] += 1
            continue
        if told != (expected == {True}, True in expected):
            yield f"map says {told} under {asked.setting}, the enumeration {set(expected)}: {connection}"


def _shown(connection: Plain, drawn: Map) -> Plain:
    """The connection without labels that no policy of Cilium sees and no template has: a map does not tell them."""
    written = {k for n in drawn.nodes for member in n.members for w in member.workloads for k in w.labels}

    def end(plain: Plain) -> Plain:
        labels = {k: v for k, v in (plain.get("labels") or {}).items() if is_seen(k) or k in written}
        return {**plain, "labels": labels} if "labels" in plain else plain

    return {**connection, **{role: end(connection[role]) for role in ("source", "destination")}}
