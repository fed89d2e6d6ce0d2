"""What a program that renders is given, and what is said where it gives nothing back."""

from functools import partial
from pathlib import Path

import pytest

from tests.programs import script
from verifier.errors import InputError
from verifier.manifests.render import sandbox as box
from verifier.manifests.render.output import read_output, text_of
from verifier.processes.bounded import run_bounded


def test_one_that_hangs_is_stopped_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box, "run_bounded", partial(run_bounded, seconds=1.0))
    program = script(tmp_path, "hangs", "exec /bin/sleep 1000")

    folders: list[str] = []

    def hang() -> None:
        with box.sandbox() as here:
            folders.append(here.folder)
            here.run([str(program)], "hangs x")

    with pytest.raises(InputError, match=r"`hangs x` was stopped: it took longer than 1 seconds"):
        hang()
    assert [Path(folder).exists() for folder in folders] == [False]


def test_one_that_floods_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box, "run_bounded", partial(run_bounded, most=1 << 20))
    program = script(tmp_path, "floods", "while :; do echo 0123456789abcdef0123456789abcdef; done")

    with pytest.raises(InputError, match="it wrote more than 1 MiB"), box.sandbox() as here:
        here.run([str(program)], "floods")


def test_what_is_no_program_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "text").write_text("x")
    monkeypatch.setattr(box, "_wall", tuple)

    with pytest.raises(InputError, match="`text` cannot be run: Permission denied"), box.sandbox() as here:
        here.run([str(tmp_path / "text")], "text")


def test_a_missing_program_is_named_with_what_is_to_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(InputError, match=r"neither `a` nor `b` is on the PATH\nhint: install it"):
        box.program_of(("a", "b"), "k", "install it")
    with pytest.raises(InputError, match=r"`a` is not on the PATH"):
        box.program_of(("a",), "k", "install it")


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (b"a: [b", "what `x` writes cannot be read: line 2: "),
        (b"a: b\n---\na: {{ c }}: d", "what `x` writes cannot be read: line 3: "),
        (b"\xff\xfe", "what `x` writes cannot be read: encoded as UTF-16"),
        (b"a: \0", "what `x` writes cannot be read: line 1: a NUL character"),
    ],
)
def test_output_that_is_no_yaml_is_one_complaint(output: bytes, message: str) -> None:
    with pytest.raises(InputError) as raised:
        read_output(output, "x")

    [complaint] = raised.value.diagnostics
    assert complaint.message.startswith(message)
    assert complaint.file is None


def test_the_text_of_an_object_is_its_own() -> None:
    first, second = read_output(b"# Source: a\na: 1\n---\n# Source: b\nb: 2\n", "x")

    assert text_of(first) == "# Source: a\na: 1\n"
    assert text_of(second) == "---\n# Source: b\nb: 2\n"
    assert read_output(b"", "x") == []
