"""Names and text in a change that want to steer the runner that shows the report, or to hide from whoever reads it."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.pipeline import CONFIG, GOOD, HOLE, Project, project_at, runner_of

GATE = "netpol gate --base main k8s"
BROKEN = GOOD.replace("podSelector: {matchLabels: {app: api}}", "podSelecter: {}")
NAMED = CONFIG.replace("name: only-web", "name: '%s'")


def heard(log: str) -> list[str]:
    """The commands that a runner of GitHub hears in a log, but for those that stop and resume the others."""
    found, token = [], None
    for line in log.splitlines():
        match = re.match(r"\s*::([^ :]+)(?: [^:]*)?::(.*)", line) or re.search(r"##\[([^\] ]+)[^\]]*\](.*)", line)
        if match is None:
            continue
        if token is not None:
            token = None if match[1] == token else token
        elif match[1] == "stop-commands":
            token = match[2]
        else:
            found.append(match[1])
    assert token is None
    return found


def judged(project: Project, folder: Path, code: int) -> str:
    """What is said on both streams, in a shell and by the action, which end in `code`."""
    done = project.shell(GATE)
    assert done.returncode == code, done.stdout + done.stderr
    assert heard(done.stdout) == heard(done.stderr) == []
    runner = runner_of(project, folder)
    assert runner.run() == code, runner.log
    assert set(heard(runner.log)) <= {"error", "warning", "notice"}
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("::stop-commands::x.yaml", "k8s/::stop-commands::x.yaml:5:3"),
        ("##[add-mask]e.yaml", "k8s/#\\x23[add-mask]e.yaml:5:3"),
        ("a\n::debug::x.yaml", "k8s/a?::debug::x.yaml:5:3"),
        ("a\u3164\u2800\ufe0f.yaml", "k8s/a\\u3164\\u2800\\ufe0f.yaml:5:3"),
    ],
    ids=["stop", "mask", "line break", "invisible"],
)
def test_the_name_of_a_file_gives_no_command_and_hides_nothing(tmp_path: Path, name: str, shown: str) -> None:
    project = project_at(tmp_path)
    project.branch({}, {f"k8s/{name}": BROKEN.replace("name: api", "name: more")})
    assert shown in judged(project, tmp_path / "broken", 2)

    project.repository.commit({f"k8s/{name}": GOOD.replace("name: api", "name: more")})
    judged(project, tmp_path / "honest", 0)

    project.repository.commit({f"k8s/{name}": HOLE.replace("name: api", "name: more")})
    assert shown.removesuffix(":5:3") in judged(project, tmp_path / "hole", 1)


def test_a_file_that_stands_at_the_root_begins_no_line_with_its_name(tmp_path: Path) -> None:
    """A position comes first in a message, and the name of a file comes first in a position."""
    project = project_at(tmp_path)
    project.branch({}, {"::stop-commands::x.yaml": BROKEN})

    done = project.shell("netpol check ./::stop-commands::x.yaml")
    assert (done.returncode, heard(done.stderr)) == (2, [])
    assert done.stderr.startswith("\\x3a:stop-commands::x.yaml:")

    project.repository.commit({"::stop-commands::x.yaml": GOOD})
    done = project.shell("netpol check ./::stop-commands::x.yaml -e 'only shop/role=web -> shop/app=api'")
    assert (done.returncode, heard(done.stdout + done.stderr)) == (0, [])


def test_the_name_of_a_file_stays_itself_in_xml_and_begins_no_line_of_it(tmp_path: Path) -> None:
    project = project_at(tmp_path)
    again = "  - from: [{podSelector: {matchLabels: {role: web}}}]\n"
    project.branch({}, {"::stop-commands::x.yaml": GOOD + again, "plain.yaml": GOOD + again})
    said = {}
    for name in ("::stop-commands::x.yaml", "plain.yaml"):
        done = project.shell(f"netpol lint ./{name} -o junit --rule redundant-rule")
        assert (done.returncode, heard(done.stdout)) == (0, []), done.stderr
        said[name] = "".join(ElementTree.fromstring(done.stdout).itertext())

    assert said["::stop-commands::x.yaml"] == said["plain.yaml"].replace("plain.yaml", "::stop-commands::x.yaml")
    assert "\n::stop-commands::x.yaml:8\n" in said["::stop-commands::x.yaml"]


@pytest.mark.parametrize("name", ["##[add-mask]web", "::stop-commands::x", "##vso[task.complete result=Succeeded;]"])
def test_the_name_of_a_property_gives_no_command(tmp_path: Path, name: str) -> None:
    project = project_at(tmp_path)
    project.repository.commit({"netpol.yaml": NAMED % name})
    project.branch({}, {"k8s/api.yaml": HOLE})
    assert "##" not in judged(project, tmp_path / "hole", 1)

    project.repository.commit({"k8s/api.yaml": GOOD + "# reworded\n"})
    judged(project, tmp_path / "honest", 0)


@pytest.mark.parametrize("form", ["json", "sarif", "gitlab", "junit", "markdown", "html"])
def test_no_report_on_standard_output_gives_a_command(tmp_path: Path, form: str) -> None:
    project = project_at(tmp_path)
    project.repository.commit({"netpol.yaml": NAMED % "##[add-mask]web\u3164"})
    project.branch({}, {"k8s/api.yaml": HOLE})

    done = project.shell(f"{GATE} -o {form}")
    assert (done.returncode, heard(done.stdout)) == (1, [])
    assert "\u3164" not in done.stdout
    if form == "json":
        assert json.loads(done.stdout)["newlyViolated"] == ["##[add-mask]web\u3164"]

    project.repository.commit({"k8s/api.yaml": GOOD})
    assert project.shell(f"{GATE} -o {form}").returncode == 0


@pytest.mark.parametrize("folder", ["a\n:k8s", "main:a\u2028", "a\x0b:.."])
def test_no_name_moves_a_finding_to_another_file(tmp_path: Path, folder: str) -> None:
    """It is cited by a name that no file has, and that reads like a path at a revision."""
    project = project_at(tmp_path)
    project.branch({}, {f"k8s/{folder}/api.yaml": HOLE.replace("name: api", "name: more")})

    done = project.shell("netpol check k8s -o github -o sarif=r.sarif -o gitlab=r.json -o text=r.txt")

    assert done.returncode == 1, done.stderr
    assert "file=k8s/api.yaml" not in done.stdout
    [result] = json.loads((project.root / "r.sarif").read_text())["runs"][0]["results"]
    entry = json.loads((project.root / "r.json").read_text())[0]
    uris = [place["physicalLocation"]["artifactLocation"]["uri"] for place in result["locations"]]
    assert [*uris, entry["location"]["path"]] == ["netpol.yaml", "netpol.yaml"]


def test_a_finding_at_a_revision_is_shown_in_the_file(tmp_path: Path) -> None:
    project = project_at(tmp_path)
    project.branch({}, {"k8s/api.yaml": HOLE})

    done = project.shell("netpol check change:k8s -o github")

    assert done.returncode == 1, done.stderr
    assert "file=k8s/api.yaml" in done.stdout
