"""What `check --watch` looks at besides the files that it reads: the parts of what is rendered."""

from pathlib import Path

import pytest

from verifier.cli.inputs.parts import Parts


def test_a_part_that_is_missing_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while there is no file of it yet."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "over").mkdir()
    (tmp_path / "over/kustomization.yaml").write_text("resources: [../base]\n")
    parts = Parts()

    def look() -> list[str]:
        return parts.look(["over/kustomization.yaml"], [])

    assert (look(), look()) == (["over/kustomization.yaml"], [])
    (tmp_path / "base").mkdir()
    assert (look(), look()) == (["base", "over/kustomization.yaml"], [])
    (tmp_path / "base/kustomization.yaml").write_text("resources: []\n")
    assert (look(), look()) == (["base", "base/kustomization.yaml"], [])
