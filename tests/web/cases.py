"""What the package says natively, for what it says in a page to be held against: of every case of the suite, and of the
examples of the playground.

python -m tests.web.cases FOLDER
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests import packaged
from tests.casefile import Line, read_cases
from verifier.errors import InputError
from verifier.manifests.kubernetes.load import load_text

ROOT = Path(__file__).parent.parent.parent


def said(line: Line, text: str) -> list[object]:
    """The verdict and what it hangs on, or the code, place and words of each mistake and warning."""
    if line.kind == "check":
        found = packaged.verdict(text, line.asked, line.universe, line.switches, accepted=line.accepted)
        return [found.verdict, *found.depends_on]
    try:
        diagnostics = load_text(text, "case.yaml", packaged.options(line.switches)).diagnostics
    except InputError as error:
        diagnostics = error.diagnostics
    return [[d.code, d.line, d.column, d.severity.value, d.message] for d in diagnostics]


def answers() -> list[list[object]]:
    """Of each line that asks for a verdict, or for what is wrong with manifests."""
    asked = [(line, case.text) for case in read_cases() for line in case.lines if line.kind != "connection"]
    return [[str(line), said(line, text)] for line, text in asked]


def examples() -> list[dict[str, Any]]:
    """What the page asks and is to be told of each example."""
    from playground.examples import EXAMPLES, told
    from playground.inside import answer

    found = []
    for example in EXAMPLES:
        question = told(example, ROOT)
        with tempfile.TemporaryDirectory() as folder:
            data = answer(question, Path(folder))["data"]
        verdicts = [each["verdict"] for each in data.get("results", ())]
        found.append({**question, "verdicts": verdicts, "relation": data.get("relation")})
    return found


if __name__ == "__main__":
    into = Path(sys.argv[1])
    for name, value in (("cases", answers()), ("examples", examples())):
        (into / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
