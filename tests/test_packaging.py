"""The package as users get it: from a wheel and from an editable install, each in an environment of its own.

Nothing is downloaded: the new environment borrows the libraries of the one that runs the tests.
"""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.xdist_group("packaging")


def run(*command: str | Path, cwd: Path) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "NETPOL", "PIP_"))}
    done = subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def environment(place: Path, *requirement: str | Path) -> Path:
    """A new environment at `place` with just this installed; gives its directory of commands."""
    venv.create(place, with_pip=False)
    paths = {"base": str(place), "platbase": str(place)}
    libraries = Path(sysconfig.get_path("purelib", "venv", paths))
    (libraries / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    commands = Path(sysconfig.get_path("scripts", "venv", paths))
    install = (
        "-m",
        "pip",
        "--python",
        commands / "python",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--no-build-isolation",
    )
    run(sys.executable, *install, *requirement, cwd=place)
    return commands


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module", params=["wheel", "editable"])
def commands(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    requirement = [request.getfixturevalue("wheel")] if request.param == "wheel" else ["--editable", ROOT]
    return environment(tmp_path_factory.mktemp(request.param), *requirement)


def test_a_wheel_holds_the_package_the_ready_made_properties_and_the_licence(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    assert {"verifier/py.typed", "verifier/semantics.py"} <= names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert {name for name in names if name.startswith("verifier/builtin/")} == {
        f"verifier/builtin/{path.name}" for path in (ROOT / "properties").iterdir()
    }
    assert {name for name in names if name.startswith("verifier/lintpages/")} == {
        f"verifier/lintpages/{path.name}" for path in (ROOT / "docs/lint").iterdir()
    }
    pages = "verifier/report/html/"
    assert {f"{pages}page.css", f"{pages}page.js"} <= names
    fetched = (ROOT / pages / "vendor/dagre.min.js").exists()
    assert (f"{pages}vendor/dagre.min.js" in names) is fetched, "git ignores it, and a wheel holds it"
    name = wheel.name.split("-py3")[0]
    assert {path.split("/")[0] for path in names} == {"verifier", f"{name}.dist-info", f"{name}.data"}


def test_the_page_of_a_wheel_has_no_link_that_needs_the_repository(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    text = archive.read(metadata).decode()

    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) > 10
    assert [link for link in links if not link.startswith(("https://", "#"))] == []


def test_the_man_page_and_completions_are_installed(wheel: Path, tmp_path: Path) -> None:
    environment(tmp_path / "env", wheel)

    there = {
        str(path.relative_to(ROOT / "release/share")) for path in (ROOT / "release/share").rglob("*") if path.is_file()
    }
    share = tmp_path / "env/share"
    assert {str(path.relative_to(share)) for path in share.rglob("*") if path.is_file()} == there


@pytest.mark.parametrize("command", ["netpol", "kubectl-netpol"])
def test_commands_tell_their_version(commands: Path, command: str, tmp_path: Path) -> None:
    assert "0.1.0" in run(commands / command, "--version", cwd=tmp_path)


def test_ready_made_properties_are_found_by_name(commands: Path, tmp_path: Path) -> None:
    manifest = ROOT / "examples/wordpress-mysql/good"

    report = run(commands / "netpol", "check", manifest, "-p", "builtin:default-deny", cwd=tmp_path)

    assert "default-deny" in report
    assert "1 proved" in report


def test_the_pages_of_lint_are_there(commands: Path, tmp_path: Path) -> None:
    page = run(commands / "netpol", "lint", "--explain", "near-miss", cwd=tmp_path)

    assert page == (ROOT / "docs/lint/near-miss.md").read_text(encoding="utf-8")


def test_kubectl_finds_candidates_and_a_directive(commands: Path, tmp_path: Path) -> None:
    *candidates, directive = run(commands / "kubectl_complete-netpol", "che", cwd=tmp_path).splitlines()

    assert [line.split("\t")[0] for line in candidates] == ["check"]
    assert directive == ":4"


def test_the_installed_package_is_the_one_that_runs(commands: Path, tmp_path: Path) -> None:
    where = run(commands / "python", "-c", "import verifier; print(verifier.__file__)", cwd=tmp_path)

    in_the_tree = Path(where.strip()).is_relative_to(ROOT)
    assert in_the_tree is ("editable" in commands.parent.name)


def test_every_dependency_is_pinned_within_its_bounds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [Requirement(text) for text in project["dependencies"] + project["optional-dependencies"]["dev"]]
    pins = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().lower().splitlines())

    assert [str(r) for r in wanted if pins.get(r.name.lower()) not in r.specifier] == []
