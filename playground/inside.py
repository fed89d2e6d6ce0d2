"""What a question of the page is to netpol: a command line, run here, inside of Pyodide.

The page knows no rule and no verdict. It writes what was typed into files, and shows what the command line of the wheel
says of them. Nothing here is of the browser, so that tests run it natively too.
"""

import contextlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from verifier.cli.main import run

FOLDER = "/netpol"
"""Where the files of a question lie: an empty folder of its own, in memory."""
POLICIES, BEFORE, AFTER = "policies.yaml", "before.yaml", "after.yaml"
_PAGE, _DATA = "report.html", "report.json"


def words(question: Mapping[str, Any]) -> list[str]:
    """The command line. claims: one to a line; none: the starter set."""
    compares = question["mode"] == "compare"
    expressions = [f"--expr={claim}" for claim in claims(question)]
    line = ["diff", BEFORE, AFTER] if compares else ["check", POLICIES, "--jobs=1", *expressions]
    if question.get("universe"):
        line.append(f"--universe={question['universe']}")
    if question.get("profile"):
        line.append(f"--profile={question['profile']}")
    return [*line, "--no-config", "--quiet", f"--output=html={_PAGE}", f"--output=json={_DATA}"]


def claims(question: Mapping[str, Any]) -> list[str]:
    """Those that were written, without blank lines and comments."""
    lines = (line.strip() for line in question.get("claims", "").split("\n"))
    return [line for line in lines if line and not line.startswith("#")]


def texts(question: Mapping[str, Any]) -> dict[str, str]:
    """The files that the command line names."""
    if question["mode"] == "compare":
        return {BEFORE: question["before"], AFTER: question["text"]}
    return {POLICIES: question["text"]}


def answer(question: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The exit code, the report as a page and as data (None where there is none), and what was said besides."""
    for name in (POLICIES, BEFORE, AFTER, _PAGE, _DATA):
        (folder / name).unlink(missing_ok=True)
    for name, text in texts(question).items():
        (folder / name).write_text(text, encoding="utf-8", errors="replace", newline="")
    said = io.TextIOWrapper(heard := io.BytesIO(), encoding="utf-8", write_through=True)
    with contextlib.chdir(folder), contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        code = run(words(question))
    page, data = (_read(folder / name) for name in (_PAGE, _DATA))
    return {"code": code, "page": page, "data": data and json.loads(data), "said": heard.getvalue().decode("utf-8")}


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


def answered(question: str) -> str:
    """`answer` as the page asks it: JSON in, JSON out."""
    folder = Path(FOLDER)
    folder.mkdir(exist_ok=True)
    return json.dumps(answer(json.loads(question), folder))
