"""A change that says another namespace is the root of a mesh gets no green gate by that: a policy there would count
for every pod, and the one of the real root would not be missed."""

import json
from pathlib import Path

import pytest

from tests.pipeline import GOOD, Project, project_at

CLOSED = """\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: nobody, namespace: %s}
spec: {}
"""
OTHERS = "".join(f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n---\n" for name in ("shop", "bank"))
USUAL = OTHERS + CLOSED % "istio-system"
MOVED = OTHERS + CLOSED % "shop"


def settings(home: str, root: str, name: str = "istio", api: str = "v1") -> str:
    text = f"data: {{mesh: 'rootNamespace: {root}'}}\n"
    return f"apiVersion: {api}\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {home}}}\n{text}"


def operator(api: str) -> str:
    spec = "spec: {meshConfig: {rootNamespace: shop}}"
    return f"apiVersion: {api}\nkind: IstioOperator\nmetadata: {{name: x}}\n{spec}\n"


ISTIOD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod, namespace: shop}
spec:
  selector: {matchLabels: {app: istiod}}
  template: {metadata: {labels: {app: istiod}}, spec: {containers: []}}
---
"""
DECOYS = {
    "in a namespace of its own": (settings("shop", "shop", "istio-notes"), 2),
    "beside a control plane that nobody runs": (ISTIOD + settings("shop", "shop"), 2),
    "in the usual namespace": (settings("istio-system", "shop", "istio-canary"), 2),
    "of an operator": (operator("install.istio.io/v1alpha1"), 2),
    "elsewhere": (settings("bank", "shop"), 1),
    "of another API": (settings("istio-system", "shop", api="example.org/v1"), 1),
    "of an operator of another group": (operator("example.org/v1"), 1),
    "none": (GOOD, 1),
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_at(tmp_path)


@pytest.mark.parametrize("how", DECOYS)
def test_settings_that_a_change_brings_move_no_root(project: Project, how: str) -> None:
    text, code = DECOYS[how]
    project.branch({"k8s/mesh.yaml": USUAL}, {"k8s/mesh.yaml": MOVED, "k8s/0.yaml": text})
    done = project.shell("netpol gate --base main k8s")

    assert done.returncode == code, done.stdout + done.stderr
    if code == 2:
        assert "`shop` here, and `istio-system` in main" in done.stderr


def test_a_decoy_that_is_read_first_does_not_count_before_the_settings(project: Project) -> None:
    real = {"k8s/settings.yaml": settings("istio-system", "istio-system")}
    decoy = {"k8s/0.yaml": settings("shop", "shop")}
    project.branch({"k8s/mesh.yaml": USUAL, **real}, {"k8s/mesh.yaml": MOVED, **decoy})

    assert project.shell("netpol gate --base main k8s").returncode == 1


def test_settings_that_are_taken_away_move_no_root_either(project: Project) -> None:
    named = settings("istio-system", "shop")
    project.branch({"k8s/mesh.yaml": MOVED, "k8s/settings.yaml": named}, {"k8s/settings.yaml": None})
    done = project.shell("netpol gate --base main k8s")

    assert done.returncode == 2
    assert "`istio-system` here, and `shop` in main" in done.stderr


def test_settings_come_before_the_policies_that_go_by_them(project: Project) -> None:
    project.branch({"k8s/other.yaml": OTHERS}, {"k8s/settings.yaml": settings("istio-system", "shop")})
    assert project.shell("netpol gate --base main k8s").returncode == 0
    project.shell("git switch -q main && git merge -q change")
    project.branch_again({"k8s/mesh.yaml": MOVED})
    assert project.shell("netpol gate --base main k8s").returncode == 0


def test_a_comparison_says_that_the_root_is_another_one(project: Project) -> None:
    project.repository.write({"old/mesh.yaml": USUAL, "new/mesh.yaml": MOVED, "new/0.yaml": settings("shop", "shop")})
    done = project.shell("netpol diff old new -o json")
    said = "the root namespace of the mesh is `shop` in NEW, and `istio-system` in OLD"

    assert f"warning: {said}" in done.stderr
    assert said in json.loads(done.stdout)["notes"]
    same = project.shell("netpol diff new new -o json")
    assert "root namespace of the mesh is `" not in same.stderr + same.stdout
