"""A short campaign of broken and hostile input, and that a campaign would notice."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fuzzing import campaign
from tests.fuzzing.campaign import judged, made, run
from tests.fuzzing.targets import TARGETS, Target
from verifier.errors import Diagnostic, InputError

ROOT = Path(__file__).parent.parent
COUNT = 2000


def test_a_short_campaign_finds_nothing(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzzing.campaign", "1", "0", str(COUNT)],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    outcomes = dict(re.findall(r"^(\S+ (?:read|refused)) +(\d+)$", done.stdout, re.MULTILINE))

    assert done.returncode == 0, done.stdout + done.stderr
    assert sum(map(int, outcomes.values())) == COUNT
    assert set(outcomes) == {f"{target.name} {outcome}" for target in TARGETS for outcome in ("read", "refused")}
    record_property("shares", ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items()))


def test_an_input_can_be_made_again() -> None:
    assert [made(7, number) for number in range(200)] == [made(7, number) for number in range(200)]
    assert made(7, 1) != made(8, 1)


def target(feed: Callable[[Path, bool], None]) -> Target:
    return Target("fake", lambda: (b"seed",), feed, 100)


def fails(error: BaseException) -> Callable[[Path, bool], None]:
    def feed(_path: Path, _ask: bool) -> None:
        raise error

    return feed


@pytest.mark.parametrize(
    ("error", "outcome", "said"),
    [
        (InputError(Diagnostic("x", "wrong")), "refused", None),
        (InputError(()), "broken", "refused without a word"),
        (InputError(Diagnostic("x", " ")), "broken", "refused without a word"),
        (KeyError("spec"), "broken", "KeyError: 'spec'"),
        (MemoryError(), "broken", "more than 3072 MiB"),
    ],
)
def test_whatever_is_no_proper_refusal_is_a_finding(
    tmp_path: Path, error: BaseException, outcome: str, said: str | None
) -> None:
    found, trouble = judged(target(fails(error)), b"data", tmp_path / "input.yaml", False)

    assert found == outcome
    assert trouble is None if said is None else said in str(trouble)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # this process has threads; those that fork have none
@pytest.mark.parametrize("trouble", [os.abort, lambda: time.sleep(60)], ids=["dies", "hangs"])
def test_an_input_that_kills_or_stops_its_process_is_named(
    monkeypatch: pytest.MonkeyPatch, trouble: Callable[[], None]
) -> None:
    def feed(path: Path, _ask: bool) -> None:
        if path.read_bytes() == b"7":
            trouble()

    monkeypatch.setattr(campaign, "SECONDS", 0.3)
    monkeypatch.setattr(campaign, "made", lambda _seed, number: (target(feed), str(number).encode()))

    [tally] = run(1, 0, 10)

    assert [number for number, _ in tally.findings] == [7]
    assert tally.count == 10
