"""A gate renders nothing by itself, runs nothing that a change brings, and takes no base that a change may have
written: one pull request a way past that, each with the honest one beside it."""

import subprocess
from pathlib import Path

import pytest

from tests.pipeline import GOOD, HOLE, Project, project_at
from tests.programs import script

Files = dict[str, str | None]
OVERLAY = "resources: [../k8s]\n"
"""Beside the manifests: k8s has to be a kustomization, too."""
BASE: Files = {"k8s/kustomization.yaml": "resources: [api.yaml]\n", "prod/kustomization.yaml": OVERLAY}
OUT = "--render 'renders prod'"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """`renders` stands for a renderer: it writes what the file `DIR/../k8s/api.yaml` holds."""
    made = project_at(tmp_path)
    script(tmp_path / "tools", "renders", 'exec /bin/cat "$1/../k8s/api.yaml"')
    for name in ("kustomize", "kubectl", "helm"):
        script(tmp_path / "tools", name, f"echo run > '{tmp_path}/ran'")
    return made


def gate(
    project: Project, after: Files, arguments: str, before: Files | None = None
) -> subprocess.CompletedProcess[str]:
    project.branch(before or BASE, after)
    return project.shell(f"netpol gate --base main {arguments}")


def ran(project: Project) -> bool:
    return (project.root.parent / "ran").exists()


@pytest.mark.parametrize(("after", "code"), [({"k8s/api.yaml": HOLE}, 1), ({"README.md": "x"}, 0)])
def test_what_a_command_renders_of_either_side_is_compared(project: Project, after: Files, code: int) -> None:
    done = gate(project, after, OUT)

    assert done.returncode == code, done.stdout + done.stderr


def test_what_is_not_committed_is_rendered_too(project: Project) -> None:
    project.branch(BASE, {"README.md": "x"})
    project.repository.write({"k8s/api.yaml": HOLE})

    assert project.shell(f"netpol gate --base main {OUT}").returncode == 1


def test_the_merge_is_rendered(project: Project) -> None:
    project.branch(BASE, {"README.md": "x"})
    project.repository.git("switch", "--quiet", "main")
    project.repository.commit({"k8s/api.yaml": f"{GOOD}    ports: [{{port: 80}}]\n"})
    project.repository.git("switch", "--quiet", "change")

    assert project.shell(f"netpol gate --base main {OUT}").returncode == 1
    assert project.shell(f"netpol gate --base main --merge {OUT}").returncode == 0
    assert project.shell("cd k8s && netpol gate --base main --merge --render 'renders ../prod'").returncode == 0


@pytest.mark.parametrize(
    "overlay",
    [
        "resources: [../k8s]\nhelmCharts: [{name: x, repo: https://example.org}]\n",
        "resources: [https://example.org/x]\n",
        "resources: [../k8s]\ngenerators: [exec.yaml]\n",
        "resources: [../k8s]\npatches: [{path: open.yaml}]\n",
    ],
)
def test_a_gate_runs_no_renderer_by_itself(project: Project, overlay: str) -> None:
    done = gate(project, {"prod/kustomization.yaml": overlay}, "k8s prod")

    assert done.returncode == 2, done.stdout
    assert "prod/kustomization.yaml" in done.stderr
    assert not ran(project)


def test_a_chart_that_a_change_brings_is_not_rendered_in_a_gate(project: Project) -> None:
    chart: Files = {"k8s/c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n", "k8s/c/templates/a.yaml": HOLE}

    assert gate(project, chart, "k8s").returncode == 2
    assert not ran(project)


def test_kustomizations_that_stay_are_a_warning_in_every_report(project: Project) -> None:
    prefixed: Files = {**BASE, "prod/kustomization.yaml": f"{OVERLAY}namePrefix: a-\n"}

    done = gate(project, {"README.md": "x"}, "k8s prod -o json", prefixed)

    assert done.returncode == 0, done.stdout + done.stderr
    assert '"code": "kustomization"' in done.stdout
    assert not ran(project)


@pytest.mark.parametrize("name", ["./renders", "bin/renders", "$PWD/renders", "$PWD/k8s/../renders"])
def test_a_program_of_the_tree_is_not_run(project: Project, name: str) -> None:
    project.branch(BASE, {"README.md": "x"})
    for folder in (project.root, project.root / "bin"):
        script(folder, "renders", f"echo run > '{project.root.parent}/ran'; /bin/cat k8s/api.yaml")

    done = project.shell(f'netpol gate --base main --render "{name} prod"')

    assert done.returncode == 2
    assert not ran(project)


def test_a_program_of_the_working_directory_is_not_found(project: Project) -> None:
    project.branch(BASE, {"README.md": "x"})
    script(project.root, "mine", f"echo run > '{project.root.parent}/ran'; /bin/cat k8s/api.yaml")

    done = project.shell('PATH=".:$PWD:$PATH" netpol gate --base main --render "mine prod"')

    assert done.returncode == 2
    assert not ran(project)


def test_a_link_of_the_path_that_leads_into_the_tree_is_not_followed(project: Project) -> None:
    project.branch(BASE, {"README.md": "x"})
    script(project.root, "mine", f"echo run > '{project.root.parent}/ran'; /bin/cat k8s/api.yaml")
    (project.root.parent / "tools" / "mine").symlink_to(project.root / "mine")

    assert project.shell('netpol gate --base main --render "mine prod"').returncode == 2
    assert not ran(project)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("false", "`false` at main ended with code 1 and said nothing"),
        ("true", "neither a policy nor a workload in what was rendered of `main`"),
        ("echo a: [", "<rendered at main>"),
        ("nosuch", "`nosuch` is not on the PATH"),
        ("", "`--render` is empty"),
        ("'", "no closing quotation"),
    ],
)
def test_a_command_that_gives_no_manifests_ends_in_2(project: Project, command: str, message: str) -> None:
    project.branch(BASE, {"README.md": "x"})

    done = project.shell('netpol gate --base main -o json --render "$COMMAND"', COMMAND=command)

    assert done.returncode == 2
    assert message in done.stderr


def test_a_command_that_fails_for_the_head_alone_is_no_empty_head(project: Project) -> None:
    done = gate(project, {"prod/kustomization.yaml": None, "k8s/api.yaml": None}, OUT)

    assert done.returncode == 2
    assert "`renders prod` here failed" in done.stderr


def test_filters_and_hooks_of_git_are_not_run_for_the_base(project: Project) -> None:
    mark = project.root.parent / "ran"
    project.branch({**BASE, ".gitattributes": "* filter=evil\n"}, {"README.md": "x"})
    project.repository.git("config", "filter.evil.smudge", f"sh -c 'echo run > {mark}; cat'")
    script(project.root / ".git" / "hooks", "post-checkout", f"echo run > '{mark}'")

    assert project.shell(f"netpol gate --base main {OUT}").returncode == 0
    assert not ran(project)


@pytest.mark.parametrize("after", [{"k8s/api.yaml": HOLE}, {"README.md": "x"}])
def test_manifests_that_were_rendered_before_are_compared(project: Project, after: Files) -> None:
    project.branch(BASE, after)
    (project.root.parent / "base.yaml").write_text(GOOD)
    code = 1 if "k8s/api.yaml" in after else 0

    for script_ in (
        "renders prod | netpol gate --base main --base-manifests ../base.yaml -",
        "renders prod > ../head.yaml; netpol gate --base main --base-manifests ../base.yaml ../head.yaml",
        "netpol gate --base main --base-manifests - k8s/api.yaml < ../base.yaml",
        "netpol gate --base main --base-manifests main:k8s/api.yaml k8s/api.yaml",
        "netpol gate --base main --base-manifests <(cat ../base.yaml) <(renders prod)",
    ):
        done = project.shell(script_)
        assert done.returncode == code, script_ + done.stdout + done.stderr


@pytest.mark.parametrize("path", ["rendered/base.yaml", "rendered", ".", "link.yaml"])
def test_a_base_that_the_change_may_have_written_is_refused(project: Project, path: str) -> None:
    project.branch({**BASE, "rendered/base.yaml": GOOD}, {"rendered/base.yaml": HOLE, "k8s/api.yaml": HOLE})
    (project.root / "link.yaml").symlink_to("rendered/base.yaml")

    done = project.shell(f"netpol gate --base main --base-manifests {path} k8s/api.yaml")

    assert done.returncode == 2, done.stdout
    assert "which the change may have written" in done.stderr


def test_a_base_that_lies_in_the_tree_and_is_no_part_of_it_is_read(project: Project) -> None:
    project.branch({**BASE, ".gitignore": "base.yaml\n"}, {"README.md": "x"})
    (project.root / "base.yaml").write_text(GOOD)

    assert project.shell("netpol gate --base main --base-manifests base.yaml k8s/api.yaml").returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        f"{OUT} k8s",
        f"{OUT} --base-manifests ../base.yaml k8s",
        f"{OUT} --new k8s",
        "--base-manifests ../base.yaml",
        "--base-manifests - -",
        "--base-manifests ../base.yaml --merge k8s/api.yaml",
        "--base-manifests ../base.yaml k8s",
    ],
)
def test_what_goes_not_together_is_a_usage_error_or_refused(project: Project, arguments: str) -> None:
    project.branch({**BASE, "k8s/kustomization.yaml": "namePrefix: a-\nresources: [api.yaml]\n"}, {"README.md": "x"})
    (project.root.parent / "base.yaml").write_text(GOOD)

    done = project.shell(f"netpol gate --base main {arguments} </dev/null")

    assert done.returncode == 2, done.stdout
    assert not ran(project)


@pytest.mark.parametrize(
    "after",
    [
        {"k8s/b/kustomization.yaml": "POLICY", "k8s/kustomization.yaml": "resources: [api.yaml]\n"},
        {"k8s/kustomization.yaml": "resources: [api.yaml]\n---\nPOLICY"},
        {"k8s/github.com/x/y/b.yaml": "POLICY", "k8s/kustomization.yaml": "resources: [api.yaml, github.com/x/y]\n"},
        {
            "k8s/https:/x.org/b.yaml": "POLICY",
            "k8s/kustomization.yaml": "resources: [api.yaml, 'https://x.org/b.yaml']\n",
        },
    ],
)
def test_a_policy_may_not_move_to_where_it_is_read_and_not_built(project: Project, after: dict[str, str]) -> None:
    policy = GOOD.replace("name: api", "name: other")
    assert policy != GOOD
    before: Files = {"k8s/kustomization.yaml": "resources: [api.yaml, other.yaml]\n", "k8s/other.yaml": policy}
    moved: Files = {path: text.replace("POLICY", policy) for path, text in after.items()}

    done = gate(project, {"k8s/other.yaml": None, **moved}, "k8s", before)

    assert done.returncode == 2, done.stdout
    assert "k8s/kustomization.yaml" in done.stderr
