"""What documents show of a terminal is so: commands print what stands there, or are understood, or it says why not."""

import re
import shutil
from pathlib import Path

import pytest

from tests.console import PAGES, ROOT, Block, Reader, blocks, blocks_of
from tests.readme import run
from verifier.cli.group import netpol

BLOCKS = [block for page in PAGES for block in blocks(page)]
RUN = [block for block in BLOCKS if block.language == "console" and block.mark is None]
TYPED = [block for block in BLOCKS if block.language != "console" and block.mark is None]
LINES = {line: block for block in reversed(TYPED) for line in block.typed()}
"""What is typed, each line once, and the first block that has it."""

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="the documents are written for bash")


def named(block: Block) -> str:
    return f"{block.page}:{block.line}"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(tmp_path_factory.mktemp("reader"))


PAGE = """\
    netpol check k8s/

text, and in it

```sh
git fetch
```
```yaml
netpol: {script: [netpol gate]}
```
<!-- not run: for a reason -->

    pip install .

- an item

      kubectl get pods

```console
$ ls
```

    PROVED  all

    not a command
    netpol too
"""


def test_blocks_are_found_wherever_they_stand_with_the_mark_above() -> None:
    found = [(block.line, block.language, block.mark and block.mark[5:12]) for block in blocks_of("docs/x.md", PAGE)]

    assert found == [
        (1, "indented", None),
        (5, "sh", None),
        (13, "indented", "not run"),
        (17, "indented", None),
        (19, "console", None),
        (23, "indented", None),
    ]
    assert len(RUN) >= 14
    assert len(LINES) >= 50


@needs_bash
@pytest.mark.parametrize("line", ["netpol chekc k8s/", "netpol check k8s/ --fast", "netpol check k9s/"])
def test_what_is_not_understood_is_noticed(line: str, reader: Reader) -> None:
    assert reader.types(line).returncode == 2


@needs_bash
@pytest.mark.parametrize("block", RUN, ids=named)
def test_commands_print_what_the_page_shows(block: Block) -> None:
    text = "\n".join(block.lines) + "\n"

    assert run(text) == text


@needs_bash
@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{named(LINES[line])}:{line[:50]}")
def test_what_one_types_is_understood(line: str, reader: Reader) -> None:
    if line.startswith("make "):
        target = line.split()[1]
        assert re.search(rf"^{re.escape(target)}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
        return

    done = reader.types(line)

    assert done.returncode in (0, 1, 3), done.stdout + done.stderr
    assert "error:" not in done.stderr


def test_what_a_program_prints_stands_in_a_block_that_is_run() -> None:
    """A block of commands that also shows what they print is to be a `console` one."""
    typed = re.compile(r"(?:netpol|make) ")

    assert [(named(block), line) for block in TYPED for line in block.typed() if not typed.match(line)] == []


def test_a_mark_says_why_and_stands_above_a_block() -> None:
    marks = [
        line
        for page in PAGES
        for line in page.read_text(encoding="utf-8").splitlines()
        if re.match(r"<!-- (not )?run", line)
    ]
    taken = [block.mark for block in BLOCKS if block.mark is not None]

    assert sorted(marks) == sorted(taken)
    assert all(re.fullmatch(r"<!-- (not run: .{10,}|run by tests/\S+\.py) -->", mark) for mark in marks)


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.mark and "run by" in block.mark], ids=named)
def test_a_test_that_runs_a_block_reads_its_page(block: Block) -> None:
    found = re.fullmatch(r"<!-- run by (\S+) -->", str(block.mark))

    assert found
    assert Path(block.page).name in (ROOT / found[1]).read_text(encoding="utf-8")


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.mark], ids=named)
def test_what_is_not_run_has_commands_and_options_that_exist(block: Block) -> None:
    for line in "\n".join(block.lines).replace("\\\n", " ").splitlines():
        found = re.match(r"\s*(?:\$ )?netpol ([a-z]+)(.*)", line)
        if found:
            command = netpol.get_command(netpol.make_context("netpol", ["--help"], resilient_parsing=True), found[1])
            assert command is not None, line
            options = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)}
            shown = re.findall(r"(?<![\w-])--?[a-z][a-z-]*", re.sub(r"'[^']*'", "", found[2]))
            assert {each for each in shown if each not in options} == set(), line
