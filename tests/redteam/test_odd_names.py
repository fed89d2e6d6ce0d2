"""What a `netpol.yaml` names can be any text: none of it ends a run as a crash, which would hide what a change does."""

from pathlib import Path

import pytest

from tests.pipeline import CONFIG, GOOD, Project, project_at

LONG = "x" * 300
MANY = "9" * 5000


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_at(tmp_path)


def gate(project: Project, spec: str, more: str = "") -> tuple[int, str]:
    project.branch({"k8s/api.yaml": GOOD}, {"netpol.yaml": CONFIG.replace("spec: {", f"spec: {{{spec}, ")})
    done = project.shell(f"netpol gate --base main k8s {more}")
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "spec",
    [
        r'output: ["json=\0"]',
        r'output: "json=a\x00b"',
        r'universe: "main:\u0000"',
        r'exclude: ["\0"]',
        r'helmValues: ["a", "\U00000000"]',
        f"minVersion: '{MANY}'",
        f"minVersion: '1.{MANY}'",
        f"jobs: {MANY}",
        f"limit: {MANY}",
    ],
)
def test_what_is_no_name_and_no_number_is_refused_where_it_stands(project: Project, spec: str) -> None:
    code, said = gate(project, spec)

    assert code == 2, said
    assert "netpol.yaml:3:" in said


@pytest.mark.parametrize("spec", [f"universe: {LONG}", f"universe: {'d/' * 3000}x", f"universe: 'main:{LONG}'"])
def test_a_name_that_is_too_long_is_that_of_no_file(project: Project, spec: str) -> None:
    code, said = gate(project, spec)

    assert (code, "no such" in said) == (2, True), said


@pytest.mark.parametrize("name", [LONG, f"main:{LONG}", "d/" * 3000 + "x"])
@pytest.mark.parametrize("option", ["-u", "-p", "--config", "--accept", "-o json=", "--exclude", ""])
def test_so_it_is_on_the_command_line(project: Project, option: str, name: str) -> None:
    space = "" if option.endswith("=") else " "
    done = project.shell(f"netpol check k8s {option}{space}{name}")
    gated = project.shell(f"netpol gate --base main k8s {option}{space}{name}")

    assert (done.returncode in (0, 1, 2), gated.returncode in (0, 2)) == (True, True), done.stderr + gated.stderr


@pytest.mark.parametrize("form", ["github", "sarif", "gitlab", "junit", "json"])
def test_a_report_cites_a_name_that_is_too_long(project: Project, form: str) -> None:
    done = project.shell(f"netpol check k8s main:{LONG} -o {form}")

    assert done.returncode == 2, done.stderr


@pytest.mark.parametrize(
    "command",
    [
        f"netpol check k8s --jobs {MANY}",
        f"NETPOL_JOBS={MANY} netpol check k8s",
        "NETPOL_NAMESPACE=$'\\xff' netpol check k8s",
        f"netpol explain k8s 'shop/a -> shop/b : TCP/{MANY}'",
        f"netpol serve k8s --listen localhost:{MANY}",
    ],
)
def test_a_number_that_is_too_large_is_none(project: Project, command: str) -> None:
    done = project.shell(command)

    assert done.returncode == 2, done.stderr
