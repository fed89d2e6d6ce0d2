"""What can go, asked by kind of namespace, against the same asked of each namespace with all others around it."""

import re
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from tests.engine.lint.test_redundancy import CAN_GO, TOGETHER, written_out
from tests.generators.strategies import Draw, a_policy
from tests.packaged import universe_of
from verifier.encoding.removal import encode_removal
from verifier.engine.diff.compare import equivalent
from verifier.engine.lint.homes import homes
from verifier.engine.lint.kinds import Kinds
from verifier.engine.lint.lint import lint
from verifier.engine.lint.parts import Legs
from verifier.engine.precheck.prepare import Given, Pods, prepare
from verifier.engine.problem.alike import Alike
from verifier.engine.problem.problem import Context
from verifier.errors import InputError
from verifier.ir.cluster import Cluster
from verifier.ir.policy import Direction, Pipe
from verifier.ir.universe import OPEN, Universe
from verifier.manifests.kubernetes.load import load_text
from verifier.smt.solver import Limits
from verifier.vocabulary import Mentions

Plain = dict[str, Any]
HOMES = ("shop", "ops", "a", "b", "c", "d")
NAMED = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "a"}}}
NOTHING = Pipe(())
TEAM = {"namespaceSelector": {"matchLabels": {"team": "x"}}}


def drawn(seed: int) -> list[Plain]:
    """Few bodies in several namespaces, some of which look alike."""
    random = Random(f"kinds {seed}")
    bodies = [a_policy(random.randrange(10**6)).get("spec") or {} for _ in range(3)]
    bodies += [{"podSelector": {}, "ingress": [{"from": [peer]}]} for peer in (NAMED, TEAM, {"podSelector": {}})]
    bodies.append({"podSelector": {}, "policyTypes": ["Ingress"]})
    found: list[Plain] = []
    for home in HOMES:
        labels = random.choice(({}, {"team": "x"}, {"team": "blue"}, {"team": "red"}, None))
        if labels is not None:
            found.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": home, "labels": labels}})
        for number, body in enumerate(random.choices(bodies, k=random.randrange(1, 5))):
            manifest = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": deepcopy(body)}
            found.append({**manifest, "metadata": {"name": f"p{number}", "namespace": home}})
    return [each if each["kind"] == "Namespace" else written_out([each])[0] for each in found]


def universe(seed: int, folder: Path) -> Universe:
    random = Random(f"universe {seed}")
    return OPEN if random.random() < 0.4 else universe_of(Draw(random).universe(), folder)


def told(cluster: Cluster, of: Universe) -> Counter[tuple[str, str, str, bool]]:
    found = lint(cluster, universe=of, rules=(*CAN_GO, "dead-peer", "undone-exclusion", "undone-default-deny")).smells
    return Counter((s.rule, str(s.about), s.message, any(TOGETHER in why for why in s.why)) for s in found)


def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asks of every namespace for itself, with all declared ones around it."""

    def key(kinds: Kinds, home: str | None, pipe: Any, direction: Direction) -> tuple[object, ...]:
        return (home, direction, kinds._shapes.of(None, pipe))

    def everything(alike: Alike, _mentions: Mentions, homes: object) -> Iterator[Any]:  # noqa: ARG001
        yield from alike._declared.values()

    monkeypatch.setattr(Kinds, "key", key)
    monkeypatch.setattr(Alike, "enough", everything)


@pytest.mark.parametrize("seed", range(24))
def test_by_kind_and_by_namespace_the_same_is_found(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster, of = load_text(yaml.safe_dump_all(drawn(seed))).cluster, universe(seed, tmp_path)
    try:
        found = told(cluster, of)
    except InputError:
        pytest.skip("the universe forbids what was drawn")

    one_by_one(monkeypatch)

    assert found == told(cluster, of)


@pytest.mark.parametrize("seed", range(24, 32))
def test_what_can_go_of_several_namespaces_changes_nothing(seed: int) -> None:
    manifests = drawn(seed)
    cluster = load_text(yaml.safe_dump_all(manifests)).cluster

    found = [smell for smell in lint(cluster, rules=CAN_GO).smells if smell.rule.endswith("policy")]
    gone = {(s.about.namespace, s.about.name) for s in found if any(TOGETHER in why for why in s.why)}
    declared = [namespace for namespace in HOMES if not any(_is(m, "Namespace", namespace) for m in manifests)]
    left = [m for m in manifests if (m["metadata"].get("namespace"), m["metadata"]["name"]) not in gone]
    still = {m["metadata"]["namespace"] for m in left if m["kind"] == "NetworkPolicy"}

    assert found
    if still.issuperset(declared):  # else a namespace is declared no more
        assert equivalent(cluster, load_text(yaml.safe_dump_all(left)).cluster)


def _is(manifest: Plain, kind: str, name: str) -> bool:
    return bool(manifest["kind"] == kind and manifest["metadata"]["name"] == name)


def scripts(context: Context) -> Iterator[tuple[object, str]]:
    """For each namespace and direction of which kind it is, and its script with the names taken out of it."""
    kinds = Kinds(context)
    for home in homes(context):
        assert home.name is not None
        for direction in Direction:
            pipe = home.policies.pipe(direction)
            problem = kinds.scene(home.name, pipe, direction, "")
            yield (
                kinds.key(home.name, pipe, direction),
                _nameless(encode_removal(problem, direction, home.name).script.text()),
            )


def _nameless(text: str) -> str:
    names: dict[str, str] = {}
    return re.sub(r"\|[^|]*\|", lambda found: names.setdefault(found[0], f"|{len(names)}|"), text)


@pytest.mark.parametrize("seed", range(32, 48))
def test_namespaces_of_one_kind_have_one_script(seed: int, tmp_path: Path) -> None:
    cluster, of = load_text(yaml.safe_dump_all(drawn(seed))).cluster, universe(seed, tmp_path)
    if not of.other_pods:
        pytest.skip("pods are listed, so that every namespace is of its own kind")
    try:
        [context] = prepare((Given(cluster),), of, {}, Limits(), Pods.EACH)
    except InputError:
        pytest.skip("the universe forbids what was drawn")

    found: dict[object, set[str]] = {}
    for key, script in scripts(context):
        found.setdefault(key, set()).add(script)

    assert all(len(some) == 1 for some in found.values())


def test_few_kinds_of_many_namespaces_are_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [TEAM]}, {"from": [TEAM]}]}
    manifests: list[Plain] = []
    for number in range(9):
        name = f"n{number}"
        labels = {"team": "x" if number == 3 else f"t{number}"}
        manifests.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
        policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": spec}
        manifests.append({**policy, "metadata": {"name": "p", "namespace": name}})
    cluster = load_text(yaml.safe_dump_all(manifests)).cluster
    asked: list[str | None] = []
    before = Legs._asked

    def counted(legs: Legs, home: str | None, *rest: Any) -> Any:
        asked.append(home)
        return before(legs, home, *rest)

    monkeypatch.setattr(Legs, "_asked", counted)

    found = lint(cluster, rules=CAN_GO).smells

    assert {(s.rule, s.about.namespace) for s in found} == {("redundant-rule", f"n{n}") for n in range(9)}
    assert asked == ["n0", "n3"]
