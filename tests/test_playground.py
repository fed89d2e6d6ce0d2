"""The playground without a browser: what it asks netpol, what it has to choose from, and what it is made of."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from playground.examples import EXAMPLES, Example, told
from playground.inside import answer, words
from verifier.report.html.assets import layout

ROOT = Path(__file__).parent.parent
HERE = ROOT / "playground"
POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: proxy}}}]
"""
OPEN = POLICY.replace("app: proxy}", "}")
CLAIM = "only shop/app=proxy -> shop/app=web"


def question(**given: str) -> dict[str, str]:
    return {"mode": "check", "text": POLICY, "before": "", "claims": CLAIM, "universe": "", "profile": "", **given}


def verdicts(found: dict[str, Any]) -> list[str]:
    return [result["verdict"] for result in found["data"]["results"]]


def test_a_question_is_answered_by_the_command_line(tmp_path: Path) -> None:
    proved = answer(question(), tmp_path)
    violated = answer(question(text=OPEN), tmp_path)

    assert (proved["code"], verdicts(proved), proved["said"]) == (0, ["proved"], "")
    assert (violated["code"], verdicts(violated)) == (1, ["violated"])
    assert violated["data"]["results"][0]["trace"]["ingress"][0]["origin"]["file"] == "policies.yaml"
    assert violated["page"].startswith("<!doctype html>")


def test_an_older_version_is_compared_with_a_newer_one(tmp_path: Path) -> None:
    assert answer(question(mode="compare", before=POLICY, text=OPEN), tmp_path)["data"]["relation"] == "wider"
    assert answer(question(mode="compare", before=OPEN, text=POLICY), tmp_path)["data"]["relation"] == "narrower"
    assert answer(question(mode="compare", before=POLICY), tmp_path)["data"]["relation"] == "equivalent"


def test_an_answer_is_never_that_of_the_question_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answer(question(), tmp_path)["data"] is not None

    monkeypatch.setattr("playground.inside.run", lambda _: 4)  # as where it crashes
    found = answer(question(), tmp_path)

    assert (found["code"], found["page"], found["data"]) == (4, None, None)


@pytest.mark.parametrize("claim", ["--output=text=stolen", "-p", "--", "@x", "-h"])
def test_a_claim_is_no_option(claim: str, tmp_path: Path) -> None:
    found = answer(question(claims=f"{CLAIM}\n{claim}"), tmp_path)

    assert found["code"] == 2
    assert found["data"]["errors"][0]["code"] == "expression"
    assert not (tmp_path / "stolen").exists()


def test_claims_are_lines_without_blanks_and_comments(tmp_path: Path) -> None:
    line = words(question(claims=f"\n  {CLAIM}  \n# never * -> *\n\nalways a -> b"))

    assert [word for word in line if word.startswith("--expr")] == [f"--expr={CLAIM}", "--expr=always a -> b"]
    assert len(verdicts(answer(question(claims="# none"), tmp_path))) == 3  # the starter set


def test_pods_and_plugin_are_those_that_were_chosen(tmp_path: Path) -> None:
    assert answer(question(), tmp_path)["data"]["universe"] == "open"
    assert answer(question(universe="inventory"), tmp_path)["data"]["universe"] == "inventory"
    assert "--profile=antrea" in words(question(profile="antrea"))


def test_text_that_no_file_can_hold_is_a_mistake_and_no_crash(tmp_path: Path) -> None:
    assert answer(question(text="a: \ud800"), tmp_path)["code"] == 2
    assert answer(question(claims="never \ud800 -> *"), tmp_path)["code"] == 2


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_an_example_comes_to_what_is_said_of_it(example: Example, tmp_path: Path) -> None:
    found = answer({**question(), **told(example, ROOT)}, tmp_path)

    assert found["data"]["errors"] == []
    assert " ".join(result["verdict"] for result in found["data"].get("results", ())) == example.verdicts


def test_there_is_an_example_of_each_dialect_and_a_comparison() -> None:
    folders = {example.folder.split("/")[1] for example in EXAMPLES if example.folder.startswith("examples/")}

    assert {"helidon-and-or", "monitoring-5000", "wordpress-mysql", "cilium", "calico", "istio"} <= folders
    assert any(example.before for example in EXAMPLES)


def test_what_is_left_out_of_the_page_is_not_loaded_by_a_question() -> None:
    program = f"""
import sys, tempfile, pathlib
from playground.inside import answer
for mode in ("check", "compare"):
    question = {question(before=OPEN)!r} | {{"mode": mode}}
    assert answer(question, pathlib.Path(tempfile.mkdtemp()))["data"]["errors"] == []
loaded = {{name.partition(".")[0] for name in sys.modules}}
print(sorted(loaded & {{"rich", "pygments", "markdown_it", "mdurl"}}))
print(sorted(loaded & {{"_pyrepl", "sqlite3", "unittest", "pydoc", "xmlrpc"}}))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]


def test_the_page_stands_on_what_the_wheel_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {r.name: r for r in map(Requirement, project["dependencies"])}
    lock = dict(re.findall(r"^(\S+)==(\S+) \\$", (HERE / "requirements.lock").read_text(), re.MULTILINE))
    pinned = dict(re.findall(r"^(\S+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE))

    def names(table: dict[str, str]) -> dict[str, str]:
        return {name.lower().replace("_", "-"): version for name, version in table.items()}

    assert wanted.keys() - names(lock).keys() == {"rich"}
    assert all(wanted[name].specifier.contains(version) for name, version in names(lock).items() if name in wanted)
    differing = {name for name, version in names(lock).items() if names(pinned)[name] != version}
    assert differing == {"z3-solver"}  # the newest that is built for Pyodide


def test_what_the_page_is_made_of_is_pinned_and_names_no_host() -> None:
    package = json.loads((HERE / "package.json").read_text())
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]

    assert all(re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", version) for version in versions)
    for file in (HERE / "package-lock.json", *(HERE / "page").iterdir()):
        assert not re.search(r"https?:", file.read_text()), file


@pytest.mark.skipif(layout() is None, reason="there is no dagre here (make web-assets)")
def test_the_policy_of_the_page_lets_nothing_in_but_its_own_files() -> None:
    from playground.build import policy

    directives = dict(part.split(" ", 1) for part in policy().split("; "))

    assert directives["default-src"] == "'none'"
    assert directives["connect-src"] == "'self'"
    assert "'unsafe" not in policy().replace("'wasm-unsafe-eval'", "")
    assert directives["script-src"].startswith("'self' 'wasm-unsafe-eval' 'sha256-")
    assert not re.search(r"\*|https?:", policy())
