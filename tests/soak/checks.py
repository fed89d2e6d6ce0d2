"""A policy set with claims about it, through all readings: verdicts, what they hang on, and witnesses."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

from tests import packaged
from tests.generators.strategies import Example
from tests.oracle import Answer
from tests.oracle.allowed import outcomes
from tests.oracle.calico import is_of
from tests.oracle.cilium import KINDS
from tests.oracle.rules import read as plainly
from tests.oracle.services import is_hiding
from tests.shrink import shrunk
from tests.soak.drawing import Drawn, enumerated
from tests.soak.find import Find, case_of, is_whole, patient, told
from tests.soak.tally import Tally, constructs, question
from verifier.engine.check.check import check
from verifier.engine.problem.switches import settle
from verifier.engine.results.check import Result
from verifier.engine.results.witness import Witness
from verifier.errors import InputError
from verifier.ir.cluster import Cluster
from verifier.ir.endpoint import Endpoint
from verifier.ir.switches import SWITCHES
from verifier.manifests.kubernetes.load import load_text

Plain = dict[str, Any]
FORBIDDEN = {"universe-forbids", "empty-universe", "address-twice"}
"""Errors that what is drawn may have: its universe forbids an object, or an endpoint has the address of a node."""


def read(manifests: list[Plain], switches: Mapping[str, str]) -> Cluster:
    text = "\n---\n".join(json.dumps(manifest) for manifest in manifests)
    return load_text(text, "cluster.yaml", packaged.options(switches)).cluster


def answers(given: list[Example], folder: Path) -> tuple[Result, ...]:
    """The package's results for examples that differ in their claims only."""
    first = given[0]
    properties = [packaged.property_of(example.claim, example.namespace) for example in given]
    cluster = read(first.manifests, first.switches)
    flows = [packaged.flow_of(each) for each in first.accepted]
    accepted = {each.name: flows for each in properties}
    return check(cluster, properties, packaged.universe_of(first.universe, folder), first.switches, accepted=accepted)


def run(seed: int, drawn: Drawn, folder: Path, tally: Tally, small: bool = True) -> Iterator[Find]:
    given = list(drawn.examples())
    try:
        results = answers(given, folder)
    except InputError as error:
        codes = {d.code for d in error.diagnostics}
        tally["refused/by the universe" if codes <= FORBIDDEN else "refused/manifests"] += 1
        if codes <= FORBIDDEN or drawn.kind == "corpus":
            return
        raise
    used = constructs(drawn.manifests)
    for example, result, known in zip(given, results, drawn.answers, strict=True):
        answer = Answer(result.verdict.value, tuple(sorted(set(result.depends_on) & SWITCHES.keys())))
        expected = known or enumerated(example)
        if expected is None:
            tally["refused/too large to enumerate"] += 1
            continue
        tally.update(("cases", f"kind/{drawn.kind}", f"verdict/{answer.verdict}", *question(example)))
        tally.update(f"construct/{name}" for name in used)
        tally.update(f"hangs on/{name}" for name in answer.depends_on)
        if _but_ties(answer) != _but_ties(expected):
            yield _disagreement(seed, example, folder, small)
        elif result.witness is not None and result.witness.connection is not None:
            tally["witnesses"] += 1
            said = broken_witness(result.witness, example, seed)
            if said is not None:
                yield Find(seed, said, ((f"soak-{seed}-witness.yaml", case_of(example, expected, seed, said)),))


def _but_ties(answer: Answer) -> Answer:
    """What hangs on a tie may be told from what nobody can say in one reading only: which policies bear on it."""
    return answer._replace(depends_on=tuple(name for name in answer.depends_on if name != "same_priority"))


def _disagreement(seed: int, example: Example, folder: Path, small: bool) -> Find:
    def answer(given: Example) -> Answer:
        (result,) = answers([given], folder)
        return Answer(result.verdict.value, tuple(sorted(set(result.depends_on) & SWITCHES.keys())))

    def differ(given: Example) -> bool:
        try:
            expected = enumerated(given)
            return (
                expected is not None and is_whole(given.manifests) and _but_ties(answer(given)) != _but_ties(expected)
            )
        except (InputError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            return False  # what shrinking left over is no example

    shown = shrunk(example, patient(differ)) if small else example
    mine, expected = answer(shown), enumerated(shown)
    assert expected is not None
    said = f"the package says {told(mine)}, the enumeration {told(expected)}"
    return Find(seed, said, ((f"soak-{seed}.yaml", case_of(shown, expected, seed, said)),))


# Witnesses


def _profile(manifests: list[Plain]) -> str:
    """The one that the objects choose."""
    if any(map(is_of, manifests)):
        return "calico"
    return "cilium" if any(manifest["kind"] in KINDS for manifest in manifests) else "k8s"


def broken_witness(witness: Witness, example: Example, seed: int) -> str | None:
    """What is wrong with a witness, by the enumeration; None: nothing. It must hold under every setting of the open
    switches that it does not name; some are tried."""
    universe = {} if isinstance(example.universe, str) else example.universe
    settled = settle(_profile(example.manifests), universe.get("switches") or {}, example.switches)
    if "external_source" not in {*(universe.get("switches") or {}), *example.switches} and is_hiding(
        plainly(example.manifests)
    ):
        settled = {**settled, "external_source": "open"}
    connection = plain(witness)
    manifests = [*example.manifests, *_of_new_namespaces(witness, universe)]
    random = Random(seed)
    for _ in range(3):
        setting = {
            name: witness.switches.get(name) or (random.choice(SWITCHES[name].values) if value == "open" else value)
            for name, value in settled.items()
        }
        if witness.allowed not in outcomes(manifests, connection, setting):
            opposite = "denied" if witness.allowed else "allowed"
            chosen = {name: setting[name] for name, value in settled.items() if value == "open"}
            return f"the witness is {opposite} under {chosen}, says the enumeration: {connection}"
    return None


def plain(witness: Witness) -> Plain:
    """A witness in the form that `tests.oracle.allowed` takes."""
    connection = witness.connection
    assert connection is not None
    return {
        "source": _end(connection.source),
        "destination": _end(connection.destination),
        "protocol": connection.protocol.value,
        "port": connection.port,
        "sameNode": connection.same_node,
        "itself": connection.itself,
        "viaService": connection.via_service,
        "seen": None if connection.seen is None else str(connection.seen),
    }


def _end(end: Endpoint) -> Plain:
    found: Plain = {"kind": end.kind.value, "ip": str(end.address)}
    if end.namespace is not None:
        found |= {
            "namespace": end.namespace.name,
            "namespaceLabels": dict(end.namespace.labels or {}),
            "labels": dict(end.labels),
            "namedPorts": [
                {"name": p.name, "protocol": p.protocol.value, "port": p.port, "from": p.source.value}
                for p in end.named_ports
            ],
        }
    return found


def _of_new_namespaces(witness: Witness, universe: Plain) -> Iterator[Plain]:
    """The policies that the namespaces of the witness get for being new."""
    assert witness.connection is not None
    ends = (witness.connection.source, witness.connection.destination)
    names = {end.namespace.name for end in ends if end.namespace is not None and end.namespace.new}
    for name in sorted(names):
        for template in universe.get("newNamespacesGet") or []:
            yield {**template, "metadata": {**template["metadata"], "namespace": name}}
