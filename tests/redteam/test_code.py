"""Nobody runs code in the job by what they put into the tree: no library, no program and no module of the working
directory is loaded, however the environment is set."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipeline import ACTION, HOLE, REFACTORED, Project, project_at, runner_of

ROOT = Path(__file__).parent.parent.parent

LIBRARIES = ("libz3.so", "libz3.so.5.4", "libz3.so.4.15", "libz3.dylib", "libz3.dll", "z3.so", "lib/libz3.so")
LOG = """\
import os, sys

def log(event, arguments):
    if event in ("ctypes.dlopen", "subprocess.Popen", "os.posix_spawn", "os.exec"):
        with open(os.environ["LOG"], "a") as file:
            file.write(f"{event} {os.path.realpath(arguments[0]) if arguments[0] else None}\\n")

sys.addaudithook(log)
"""
"""A module that each Python process loads when it starts: tells which libraries and programs it is about to load."""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_at(tmp_path)


def loaded(project: Project, command: str, **environ: str) -> list[str]:
    """The libraries and programs that a command loads, and those it starts, in a tree with libraries and programs."""
    spy = project.root.parent / "spy"
    spy.mkdir()
    (spy / "sitecustomize.py").write_text(LOG)
    for name in LIBRARIES:
        (project.root / name).parent.mkdir(exist_ok=True)
        (project.root / name).write_bytes(b"a library of somebody else's")
    for name in ("git", "git.exe", "python3"):
        (project.root / name).write_text('#!/bin/sh\ntouch "$HOME/hacked"\nexit 0\n')
        (project.root / name).chmod(0o755)
    log = project.root.parent / "log"
    paths = {"PYTHONPATH": f"{spy}:{ROOT}"}
    environ = {name: text.format(**paths, **project.environ) for name, text in environ.items()}
    program = f"{sys.executable} -P -m verifier"
    done = subprocess.run(
        ["/bin/sh", "-c", command.replace("netpol ", f"{program} ")],
        cwd=project.root,
        env={**project.environ, **paths, "LOG": str(log), **environ},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (project.root.parent / "hacked").exists()
    return log.read_text().splitlines()


COMMANDS = {
    "check": "netpol check k8s",
    "workers": "netpol check k8s -e 'always x/* -> y/*' -e 'always y/* -> x/*' --jobs 2",
    "gate": "netpol gate --base HEAD k8s",
    "diff": "netpol diff HEAD:k8s k8s",
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"PATH": "{PATH}:", "PYTHONPATH": "{PYTHONPATH}:"},
        {"PATH": ".:{PATH}", "Z3_LIBRARY_PATH": "."},
        {"PATH": "lib::{PATH}", "Z3_LIBRARY_PATH": ""},
    ],
    ids=["as it is", "empty entries at the end", "dots", "folders of the tree"],
)
def test_no_library_and_no_program_of_the_tree_is_loaded(
    project: Project, command: str, environ: dict[str, str]
) -> None:
    found = loaded(project, command, **environ)

    assert any("libz3" in line for line in found)
    assert [line for line in found if str(project.root) in line] == []


def test_the_solver_is_loaded_from_its_package_alone() -> None:
    """z3 is imported at one place: any other import would look for its library as z3 likes to."""
    program = (
        "import os, sys\n"
        "os.environ.update(PATH='.:', PYTHONPATH='')\n"
        "tried = []\n"
        "sys.addaudithook(lambda event, given: tried.append(str(given[0])) if event == 'ctypes.dlopen' else None)\n"
        "before = dict(os.environ)\n"
        "import verifier.smt.solver\n"
        "import z3\n"
        "assert dict(os.environ) == before\n"
        "home = os.path.realpath(os.path.dirname(z3.__file__))\n"
        "[library] = [name for name in tried if 'libz3' in name]\n"
        "assert library.startswith(home), library\n"
    )

    subprocess.run([sys.executable, "-P", "-c", program], check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})


MODULES = ("json.py", "venv.py", "sys.py", "os.py", "pip.py", "ensurepip.py", "verifier.py", "z3.py", "click.py")
TAKEOVER = """\
import os
open(os.path.join(os.environ["HOME"], "hacked"), "w").close()
file = os.environ.get("GITHUB_OUTPUT")
if file:
    with open(file, "a") as outputs:
        outputs.write("exit-code=0\\nverdict=passed\\n")
    os._exit(0)
"""


def test_the_action_runs_no_module_of_the_checkout(project: Project, tmp_path: Path) -> None:
    project.branch({}, {"k8s/api.yaml": HOLE, **dict.fromkeys(MODULES, TAKEOVER)})
    runner = runner_of(project, tmp_path / "runner", path="k8s")

    assert runner.run() == 1, runner.log

    assert not (tmp_path / "hacked").exists()
    assert (runner.outputs["exit-code"], runner.outputs["verdict"]) == ("1", "failed")


def test_the_action_judges_an_honest_change_beside_such_modules_right(project: Project, tmp_path: Path) -> None:
    modules = dict.fromkeys(MODULES, TAKEOVER)
    project.branch({}, {"k8s/api.yaml": None, "k8s/shop/web.yaml": REFACTORED, **modules})
    runner = runner_of(project, tmp_path / "runner", path="k8s")

    assert runner.run() == 0, runner.log

    assert not (tmp_path / "hacked").exists()
    assert runner.outputs["verdict"] == "passed"


def test_the_action_installs_by_no_module_of_the_checkout(project: Project, tmp_path: Path) -> None:
    """The first steps, in a checkout with a `venv.py`; that pip is not given the network makes them fail later."""
    project.branch({}, dict.fromkeys(MODULES, TAKEOVER))
    steps = {step["name"]: step["run"] for step in ACTION["runs"]["steps"] if "run" in step}
    temp = tmp_path / "temp"
    temp.mkdir()
    path = f"{Path(shutil.which('python3') or sys.executable).parent}:{os.environ['PATH']}"
    found = project.shell(
        steps["Find Python"],
        TOOLS=str(tmp_path / "none"),
        GITHUB_ACTION_PATH=str(Path(__file__).parents[2]),
        GITHUB_OUTPUT=str(temp / "found"),
        PATH=path,
    )
    assert found.returncode == 0, found.stderr
    outputs = dict(line.split("=", 1) for line in (temp / "found").read_text().splitlines())

    done = project.shell(
        steps["Install netpol"],
        PYTHON=outputs["path"],
        RUNNER_TEMP=str(temp),
        GITHUB_PATH=str(temp / "path"),
        GITHUB_ACTION_PATH=str(tmp_path / "nowhere"),
        GITHUB_OUTPUT=str(temp / "output"),
        VERSION="",
        PIP_NO_INDEX="1",
        PATH=path,
    )

    assert (temp / "netpol" / "bin" / "pip").exists(), done.stderr
    assert done.returncode != 0
    assert not (tmp_path / "hacked").exists()
    assert not (temp / "output").exists()


def test_what_the_change_writes_among_the_outputs_does_not_count(project: Project, tmp_path: Path) -> None:
    """Whatever wrote to the outputs before, netpol's code is written last, and the last one counts."""
    project.branch({}, {"k8s/api.yaml": HOLE})
    runner = runner_of(project, tmp_path / "runner", path="k8s")
    (runner.folder / "output").write_text("exit-code=0\nverdict=passed\nviolated=0\ngrew=false\n")

    assert runner.run() == 1, runner.log

    report = json.loads(Path(runner.outputs["json"]).read_text())
    assert runner.outputs["verdict"] == "failed"
    assert (runner.outputs["violated"], runner.outputs["grew"]) == (str(len(report["newlyViolated"])), "true")
