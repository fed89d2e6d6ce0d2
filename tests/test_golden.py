"""The first hour: what a new user types first on each folder of real manifests, and what it says."""

import os
from pathlib import Path

import pytest

from tests.goldenfile import FOLDER, reasons, told

CORPUS = os.environ.get("NETPOL_CORPUS")
needs_corpus = pytest.mark.skipif(CORPUS is None, reason="NETPOL_CORPUS is not set: the real manifests are not at hand")
FILES = sorted(FOLDER.glob("*.txt"))


@needs_corpus
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_first_command_says_what_it_said(file: Path) -> None:
    """`python -m tests.goldenfile` writes it anew; whoever does looks at each line of the difference."""
    assert told(file.stem, Path(CORPUS or "")) == file.read_text().removeprefix(reasons(file))


@needs_corpus
def test_every_folder_of_the_corpus_has_its_file() -> None:
    read = (".yaml", ".yml", ".json")
    places = (place for place in Path(CORPUS or "").iterdir() if place.is_dir())
    folders = {place.name for place in places if any(file.suffix in read for file in place.rglob("*"))}

    assert folders == {file.stem for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_says_why_it_is_right_and_ends_in_an_answer(file: Path) -> None:
    """Whatever is refused at first, the line that is offered then gets an answer: no second refusal of manifests."""
    why, text = reasons(file), file.read_text()
    codes = [line for line in text.splitlines() if line.startswith("[exit code ")]

    assert len(why.split()) > 8
    assert len(codes) == (2 if codes[0] == "[exit code 2]" else 1)
    assert codes[-1] in ("[exit code 0]", "[exit code 1]")
