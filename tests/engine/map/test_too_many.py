"""Where there are too many classes to draw, those are drawn that one selector means at most: as they are on the whole
map, and the report says who is missing."""

import json
from pathlib import Path

import pytest

from tests.cli.process import netpol
from tests.engine.asking import admits, cluster, deployment, namespace, policy
from verifier.engine.map import classes, podclasses
from verifier.engine.map.map import draw
from verifier.engine.map.places import plain_places
from verifier.engine.map.result import Map
from verifier.ir.labels import Selector

KEYS = [f"k{number}" for number in range(5)]


def of_pods(keys: list[str]) -> str:
    """Each key is a selector of its own: 2 to their number classes of pods."""
    peers = (admits(f"{{podSelector: {{matchLabels: {{{key}: a}}}}}}") for key in keys)
    return "".join(policy("in", key, rule) for key, rule in zip(keys, peers, strict=True))


def of_namespaces(keys: list[str]) -> str:
    peers = (admits(f"{{namespaceSelector: {{matchLabels: {{{key}: a}}}}}}") for key in keys)
    return "".join(policy("in", key, rule) for key, rule in zip(keys, peers, strict=True))


def connections(drawn: Map) -> dict[tuple[str, str], object]:
    """What each class may open to each other one."""
    named = [[str((m.kind, m.namespace, m.which, m.place, m.pods, m.but_not)) for m in n.members] for n in drawn.nodes]
    return {
        (here, there): link.openings
        for link in drawn.links
        for here in named[link.source]
        for there in named[link.destination]
        if here != there
    }


def test_what_is_drawn_of_pods_is_as_on_the_whole_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whom `k0: a` means `k0 Exists` means, too."""
    wider = admits("{podSelector: {matchExpressions: [{key: k0, operator: Exists}]}}")
    manifests = of_pods(KEYS) + policy("in", "wider", wider) + deployment("in", "w", "{k0: a, k3: a}")
    whole = draw(cluster(manifests))
    monkeypatch.setattr(podclasses, "MOST", 8)

    partly = draw(cluster(manifests))

    assert (whole.complete, partly.complete) == (True, False)
    assert any("pods of in that several selectors mean" in text for text in partly.not_covered)
    few, all_of_them = connections(partly), connections(whole)
    assert 0 < len(few) < len(all_of_them)
    assert all(all_of_them[pair] == openings for pair, openings in few.items())
    drawn = {str(w) for node in partly.nodes for m in node.members for w in m.workloads}
    assert drawn == {"Deployment in/w"}


def test_what_is_drawn_of_namespaces_is_as_on_the_whole_map(monkeypatch: pytest.MonkeyPatch) -> None:
    manifests = of_namespaces(KEYS) + namespace("in", "{}")
    whole = draw(cluster(manifests))
    monkeypatch.setattr(classes, "MOST", 8)

    partly = draw(cluster(manifests))

    assert (whole.complete, partly.complete) == (True, False)
    assert any("that several selectors mean: more than 8 combinations" in text for text in partly.not_covered)
    few, all_of_them = connections(partly), connections(whole)
    assert 0 < len(few) < len(all_of_them)
    assert all(all_of_them[pair] == openings for pair, openings in few.items())


def test_one_label_with_many_values_is_drawn_completely() -> None:
    """As many classes as values, and no combinations."""
    peers = ",".join(f"{{namespaceSelector: {{matchLabels: {{team: t{number}}}}}}}" for number in range(300))
    manifests = policy("in", "p", admits(peers)) + namespace("in", "{}")

    drawn = draw(cluster(manifests))

    assert drawn.complete


def test_a_selector_of_several_labels_has_its_place() -> None:
    from verifier.engine.explain.condition import NamespaceHas

    choices = [(NamespaceHas("n", key, None, ()), NamespaceHas("n", key, "a", ())) for key in KEYS]

    places = plain_places(choices, [Selector.of({"k1": "a", "k3": "a"})])

    assert len(places) == 1 + len(KEYS) + 1
    assert {has.key for has in places[-1] if has.value == "a"} == {"k1", "k3"}


def test_the_command_draws_what_it_can_and_says_what_to_type(tmp_path: Path) -> None:
    keys = [f"k{number}" for number in range(10)]
    (tmp_path / "a b.yaml").write_text(of_pods(keys) + deployment("in", "w", "{k0: a, k3: a}"))

    done = netpol("map", "a b.yaml", "-u", "open", "-o", "text", "-o", "json=m.json", cwd=tmp_path)

    assert done.returncode == 3
    assert "not every pod that could exist" in done.stdout
    assert "pods of in that several selectors mean, but for those of workloads: more than 400 classes" in done.stdout
    found = json.loads((tmp_path / "m.json").read_text())
    assert found["complete"] is False
    assert any("several selectors" in text for text in found["notCovered"])
    assert "netpol map 'a b.yaml' -u open -o text -o json=m.json -u inventory" in done.stderr
    again = netpol("map", "a b.yaml", "-u", "open", "-o", "text", "-u", "inventory", cwd=tmp_path)
    assert (again.returncode, again.stderr) == (0, "")
