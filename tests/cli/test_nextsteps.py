"""The starter set closes with what to type next, and each of these lines runs."""

from pathlib import Path

import pytest

from tests.cli.process import GOOD, POD, PROVED, netpol
from tests.cli.test_waysout import paste
from tests.repository import Repository


def steps(stderr: str) -> list[str]:
    """The lines after the reasons to type them."""
    _, _, told = stderr.partition("next: ")
    return [line.rpartition("  ")[2] for line in told.splitlines()]


@pytest.mark.parametrize("folder", ["k8s", "my k8s", "$(touch pwned)", "-x"])
def test_each_line_runs_as_it_stands(folder: str, tmp_path: Path) -> None:
    """Under the same settings: what is left out stays so, the last of two counts, and `shop` is asked about."""
    other = GOOD.partition("---\n")[2].replace("5000", "6000")
    files = {f"{folder}/a.yaml": GOOD + POD, f"{folder}/b.yaml": other, f"{folder}/c.yaml": "kind: {a"}
    Repository.at(tmp_path).commit(files)

    done = netpol("check", "--exclude", "c.yaml", "--duplicates", "last", "--", folder, cwd=tmp_path)

    draft, ask, gate = steps(done.stderr)
    assert "never external -> shop/*" in ask
    asked = paste(ask, tmp_path)
    assert (asked.returncode, "VIOLATED  never external -> shop/*" in asked.stdout) == (1, True), asked.stderr
    gated = paste(gate, tmp_path)
    assert gated.returncode in (0, 1), gated.stderr
    assert "left out on purpose" in gated.stdout
    assert paste(draft, tmp_path).returncode == 0
    assert (tmp_path / "netpol.yaml").exists()
    assert not (tmp_path / "pwned").exists()


def test_whoever_says_what_to_check_or_wants_it_quiet_is_told_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD + POD)

    for more in (("-e", PROVED), ("-q",)):
        assert "next:" not in netpol("check", "a.yaml", *more, cwd=tmp_path).stderr


def test_standard_input_cannot_be_compared_with_a_base(tmp_path: Path) -> None:
    assert [line.split()[1] for line in steps(netpol("check", "-", cwd=tmp_path).stderr)] == ["init", "check"]
