"""Whom an object belongs to is what it says (docs/semantics.md 1.6): an owner that a change writes down is as another
name, so that what the workload was is gone and something is new; which fails a gate that lets nothing new in."""

import subprocess
from pathlib import Path

import pytest

from tests.pipeline import Project, project_at

DENY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {matchLabels: {app: db}}}
"""
WORKLOAD = """\
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: %s, namespace: shop%s}
spec: {selector: {matchLabels: {t: %s}}, template: {metadata: {labels: {t: %s, app: %s}}, spec: {}}}
"""
OWNED = ", ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: %s, uid: u, controller: true}]"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_at(tmp_path)


def files(owner: str, app: str) -> str:
    owned = OWNED % owner if owner else ""
    others = "".join(WORKLOAD % (name, "", name, name, "web") for name in ("x", "z"))
    return DENY + others + WORKLOAD % ("db", owned, "db", "db", app)


def gate(project: Project, before: str, after: str) -> subprocess.CompletedProcess[str]:
    project.branch({"k8s/db.yaml": before}, {"k8s/db.yaml": after})
    return again(project)


def again(project: Project, *flags: str) -> subprocess.CompletedProcess[str]:
    asked = " ".join(("-u inventory --no-config -e 'always shop/app=web -> shop/app=web'", *flags))
    return project.shell(f"netpol gate --base main k8s {asked}")


def test_labels_that_open_something_open_it(project: Project) -> None:
    done = gate(project, files("", "db"), files("", "free"))

    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 region opened, 0 closed" in done.stdout


@pytest.mark.parametrize(("before", "after"), [("", "x"), ("x", "z"), ("x", "")])
def test_under_another_owner_a_workload_with_other_labels_is_new(project: Project, before: str, after: str) -> None:
    told = gate(project, files(before, "db"), files(after, "free"))
    failed = again(project, "--fail-on new-workloads")

    assert told.returncode == 0, told.stdout + told.stderr
    assert "New workloads and what they may reach" in told.stdout
    assert failed.returncode == 1, failed.stdout + failed.stderr


@pytest.mark.parametrize(("before", "after"), [("", "x"), ("x", ""), ("x", "z")])
def test_an_owner_alone_opens_nothing(project: Project, before: str, after: str) -> None:
    done = gate(project, files(before, "db"), files(after, "db"))

    assert done.returncode == 0, done.stdout + done.stderr
