"""Seeded faults of policies: sets of which everything is proved, and each way in which one line of them may be lost."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.edits.written import written
from verifier.engine.check.check import check
from verifier.engine.problem.switches import settle
from verifier.engine.results.check import Verdict
from verifier.errors import InputError
from verifier.ir.property import Never, Only, Property
from verifier.manifests.documents.document import read_documents
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.load import Options, Texts, load_texts
from verifier.manifests.kubernetes.mutants.mutants import mutants_of
from verifier.manifests.notation.expression import parse_expression
from verifier.manifests.specs.properties import properties_from_document

EXAMPLES = Path(__file__).parent.parent.parent / "examples"

Plain = dict[str, Any]


class Planted(NamedTuple):
    """A fault: what it is, the text before and after it, the property that it breaks, and those that still hold.
    profile: of the plugin that enforces the policies."""

    what: str
    before: str
    text: str
    broken: Property
    others: tuple[Property, ...]
    profile: str = "calico"


class ProvedSet(NamedTuple):
    manifests: list[Plain]
    properties: tuple[Property, ...]


def _policy(name: str, spec: str) -> Plain:
    head = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "shop"},
    }
    return {**head, "spec": yaml.safe_load(spec)}


def proved_set() -> ProvedSet:
    """A shop: a database, a front door, and no way to the metadata of the cloud."""
    return ProvedSet(
        [
            _policy("deny", "{podSelector: {}, policyTypes: [Ingress]}"),
            _policy(
                "db",
                "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: api}}}], "
                "ports: [{port: 5432}]}, {from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: "
                "monitoring}}, podSelector: {matchLabels: {app: prometheus}}}], ports: [{port: 9187}]}]}",
            ),
            _policy(
                "api",
                "{podSelector: {matchLabels: {app: api}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], "
                "ports: [{port: 8080}]}]}",
            ),
            _policy(
                "out",
                "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, "
                "except: [169.254.169.254/32]}}, {namespaceSelector: {}}]}]}",
            ),
        ],
        tuple(
            map(
                parse_expression,
                (
                    "only shop/app=api -> shop/app=db : TCP/5432",
                    "only monitoring/app=prometheus -> shop/app=db : TCP/9187",
                    "only shop/app=web -> shop/app=api",
                    "never shop/* -> 169.254.169.254",
                    "always shop/app=api -> shop/app=db : TCP/5432",
                    "always shop/app=web -> shop/app=api : TCP/8080",
                ),
            )
        ),
    )


def faults_of(given: ProvedSet) -> Iterator[Planted]:
    """Every fault that breaks a property of never or only, once for each that it breaks."""
    before = dumped(given.manifests)
    assert set(verdicts(before, given.properties)) == {Verdict.PROVED}
    for what, manifests in _lost(given.manifests):
        text = dumped(manifests)
        try:
            found = dict(zip(given.properties, verdicts(text, given.properties), strict=True))
        except InputError:
            continue
        held = tuple(claimed for claimed, verdict in found.items() if verdict is Verdict.PROVED)
        for claimed, verdict in found.items():
            if verdict is Verdict.VIOLATED and isinstance(claimed.claim, Never | Only):
                yield Planted(what, before, text, claimed, held)


def faults_of_example(name: str, profile: str) -> Iterator[Planted]:
    """Every fault of an example in another dialect that breaks one of its properties: each line that `coverage` edits,
    written into the text; but for those that would be new."""
    manifests = [
        each
        for path in sorted((EXAMPLES / name / "good").glob("*.yaml"))
        for each in yaml.safe_load_all(path.read_text(encoding="utf-8"))
        if each is not None
    ]
    before = dumped(manifests)
    source = Source.read(str(EXAMPLES / name / "properties.yaml"))
    properties = tuple(p for each in read_documents(source) for p in properties_from_document(each))
    assert set(verdicts(before, properties, profile)) == {Verdict.PROVED}
    for mutant in mutants_of(load_texts(Texts((Source.text_of("k8s.yaml", before),)), Options())):
        if mutant.edit.is_new:
            continue
        text = dumped(written(manifests, mutant.edit))
        try:
            found = dict(zip(properties, verdicts(text, properties, profile), strict=True))
        except InputError:
            continue
        held = tuple(claimed for claimed, verdict in found.items() if verdict is Verdict.PROVED)
        for claimed, verdict in found.items():
            if verdict is Verdict.VIOLATED:
                what = f"{mutant.edit.policy} {mutant.edit.text}: {claimed.name}"
                yield Planted(what, before, text, claimed, held, profile)


def dumped(manifests: list[Plain]) -> str:
    return yaml.safe_dump_all(manifests, sort_keys=False)


def verdicts(text: str, properties: Sequence[Property], profile: str = "calico") -> list[Verdict]:
    cluster = load_texts(Texts((Source.text_of("k8s.yaml", text),)), Options()).cluster
    return [result.verdict for result in check(cluster, properties, switches=settle(profile), limit=0)]


def _lost(policies: list[Plain]) -> Iterator[tuple[str, list[Plain]]]:
    """The manifests without one of the policies, without one rule's peers or ports, or without one part of a peer."""
    for number, policy in enumerate(policies):
        if policy["kind"] != "NetworkPolicy":
            continue
        name = policy["metadata"]["name"]
        yield f"no {name}", policies[:number] + policies[number + 1 :]
        for way, key in (("ingress", "from"), ("egress", "to")):
            for i, rule in enumerate(policy["spec"].get(way) or ()):
                for field in rule or {}:
                    yield f"{name} {way}[{i}] without {field}", _without(policies, number, (way, i), field)
                for j, peer in enumerate((rule or {}).get(key) or ()):
                    at = (way, i, key, j)
                    for field, value in peer.items():
                        if len(peer) > 1:
                            yield f"{name} {at} without {field}", _without(policies, number, at, field)
                        for part in value or ():
                            yield f"{name} {at} {field} without {part}", _without(policies, number, (*at, field), part)


def _without(policies: list[Plain], number: int, at: tuple[str | int, ...], field: str) -> list[Plain]:
    changed = deepcopy(policies)
    place: Any = changed[number]["spec"]
    for step in at:
        place = place[step]
    del place[field]
    return changed
