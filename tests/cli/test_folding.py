"""Copies of objects are many where a repository holds one thing in two forms: a few are named, and all with -v."""

import json
from pathlib import Path

from tests.cli.process import GOOD, POD, PROVED, netpol

PODS = "".join(POD.replace("name: api,", f"name: api-{number},") for number in range(9))


def test_a_few_copies_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(GOOD + PODS)

    plain = netpol("check", ".", "-e", PROVED, "-o", "json", cwd=tmp_path)
    told = netpol("check", ".", "-e", PROVED, "-v", cwd=tmp_path)

    assert plain.stderr.count("too, with the same meaning") == 3
    assert "warning: 8 more objects stand at two places, with the same meaning (`-v` names them)" in plain.stderr
    assert told.stderr.count("too, with the same meaning") == 11
    assert len(json.loads(plain.stdout)["warnings"]) == 11


def test_few_enough_copies_are_all_named(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(GOOD + POD)

    done = netpol("check", ".", "-e", PROVED, cwd=tmp_path)

    assert done.stderr.count("too, with the same meaning") == 3
    assert "more objects" not in done.stderr
