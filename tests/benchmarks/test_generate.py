"""The generator of large clusters, on small ones."""

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from benchmarks.generate import generate


def objects(folder: Path) -> list[dict[str, Any]]:
    return [o for file in sorted(folder.iterdir()) for o in yaml.safe_load_all(file.read_text())]


def test_it_writes_as_many_policies_and_namespaces_as_asked_for(tmp_path: Path) -> None:
    generate(tmp_path, policies=47, namespaces=5, seed=1)

    assert Counter(o["kind"] for o in objects(tmp_path)) == {"NetworkPolicy": 47, "Namespace": 5}
    names = [(o["kind"], o["metadata"].get("namespace"), o["metadata"]["name"]) for o in objects(tmp_path)]
    assert len(set(names)) == len(names)


def test_the_same_seed_writes_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    written = []
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        generate(tmp_path / folder, policies=60, namespaces=6, seed=seed)
        written.append({file.name: file.read_bytes() for file in (tmp_path / folder).iterdir()})

    assert written[0] == written[1] != written[2]


def test_most_policies_share_few_bodies(tmp_path: Path) -> None:
    generate(tmp_path, policies=500, namespaces=50, seed=1)
    bodies = Counter(repr(o["spec"]) for o in objects(tmp_path) if o["kind"] == "NetworkPolicy")

    assert len(bodies) > 30
    assert sum(count for _, count in bodies.most_common(14)) > 400
