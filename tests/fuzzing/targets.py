"""What is fuzzed: for each sort of input, how it is read, and what is done with what was read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.fuzzing import seeds
from verifier.engine.check.check import report
from verifier.errors import InputError
from verifier.ir.cluster import Cluster
from verifier.ir.property import Property
from verifier.ir.universe import OPEN, Universe
from verifier.manifests.documents.document import documents
from verifier.manifests.documents.plainyaml import PlainTexts
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.load import load, load_text
from verifier.manifests.notation.expression import parse_expression, parse_flow, parse_peer, parse_ports
from verifier.manifests.render.ground import HERE
from verifier.manifests.render.origins import Step, origin_of, steps_of
from verifier.manifests.render.reach import Reach
from verifier.manifests.render.traces import Tracer
from verifier.manifests.specs.acceptances import read_acceptances
from verifier.manifests.specs.configfile import read_config
from verifier.manifests.specs.properties import load_properties
from verifier.manifests.specs.universe import load_universe
from verifier.report.formats import formats_of
from verifier.report.words.paint import PLAIN
from verifier.smt.solver import Limits

ASKED_STEPS = 100_000
"""How long the solver may think about a question that came out of the fuzzer."""

_PLAIN_CLUSTER = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 8080}]}]
"""


@dataclass(frozen=True, slots=True)
class Target:
    """A sort of input. `feed` reads the file at a path, asks about it where `ask` says so, and may raise InputError."""

    name: str
    seeds: Callable[[], Sequence[bytes]]
    feed: Callable[[Path, bool], None]
    share: int
    """How many of a hundred inputs are of this sort."""


def _manifests(path: Path, ask: bool) -> None:
    _compare_readings(Source.read(str(path)))
    cluster = load([str(path)]).cluster
    if ask:
        _ask(cluster, (parse_expression("never */* -> 169.254.169.254 : TCP/80"),))


def _compare_readings(source: Source) -> None:
    """What is read without a YAML parser has the value, types included, that the parser gives."""
    plain, parsed = documents(source, plain=PlainTexts()), documents(source)
    told, expected = ([repr(document.value) for document in found] for found, _ in (plain, parsed))
    assert (told, plain[1]) == (expected, parsed[1])


def _properties(path: Path, ask: bool) -> None:
    found = load_properties([str(path)])
    if ask:
        _ask(_cluster(), found[:3])


def _universe(path: Path, ask: bool) -> None:
    universe = load_universe(str(path))
    if ask:
        _ask(_cluster(), (parse_expression("only shop/app=web -> shop/app=api"),), universe)


def _acceptances(path: Path, _ask: bool) -> None:
    read_acceptances(Source.read(str(path)))


def _config(path: Path, _ask: bool) -> None:
    read_config(str(path))


def _kustomization(path: Path, _ask: bool) -> None:
    """Read as one that would be built, and as what kustomize says of an object."""
    folder = path.parent / "kustomization"
    folder.mkdir(exist_ok=True)
    (folder / "kustomization.yaml").write_bytes(path.read_bytes())
    reach = Reach(HERE)
    reach.look(str(folder.resolve()))
    for each in reach.found.values():
        tracer = Tracer(HERE, each, {each.files[0]: each}, "k")
        steps = tuple(Step(each.files[0], kind) for kind in ("PatchTransformer", "PatchStrategicMergeTransformer"))
        trace = tracer.trace(each.value, each.files[0], steps)
        for key in each.value:
            trace.locate((key, 0), lambda _: "", key=True)
        origin_of(each.value, str(folder))
        steps_of(each.value, str(folder))
    if reach.mistakes:
        raise InputError(reach.mistakes)


def _line(path: Path, ask: bool) -> None:
    text = path.read_bytes().decode("utf-8", "surrogateescape")  # as Python decodes a command line
    for parse in (parse_flow, parse_peer, parse_ports):
        try:
            parse(text)
        except InputError as error:
            str(error)
    claimed = parse_expression(text)
    if ask:
        _ask(_cluster(), (claimed,))


TARGETS = (
    Target("manifests", seeds.manifests, _manifests, 42),
    Target("kustomization", lambda: (*seeds.KUSTOMIZATIONS * 20, *seeds.WEIRD), _kustomization, 4),
    Target("properties", seeds.properties, _properties, 14),
    Target("universe", lambda: (*seeds.UNIVERSES * 10, *seeds.WEIRD), _universe, 12),
    Target("acceptances", lambda: (*seeds.ACCEPTANCES * 20, *seeds.WEIRD), _acceptances, 8),
    Target("config", lambda: (*seeds.CONFIGS * 20, *seeds.WEIRD), _config, 5),
    Target("one-line", lambda: seeds.LINES, _line, 15),
)


def _ask(cluster: Cluster, properties: Sequence[Property], universe: Universe = OPEN) -> None:
    answer = report(cluster, properties, universe, limits=Limits(rlimit=ASKED_STEPS))
    for render in formats_of("check").values():
        render(answer, PLAIN, False).encode("utf-8", "backslashreplace")


@cache
def _cluster() -> Cluster:
    return load_text(_PLAIN_CLUSTER).cluster
