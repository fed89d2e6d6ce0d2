"""A policy that a change brings, and that no API server creates, isolates nothing."""

import subprocess
from pathlib import Path

import pytest

from tests.pipeline import GOOD, Project, project_at

FILE = "k8s/db.yaml"
DENY = GOOD.replace("name: api,", "name: deny,").split("  ingress:")[0].replace("app: api", "app: db")
VERSIONED = DENY.replace("name: deny", "resourceVersion: '7', name: deny")
SHOP = "apiVersion: v1\nkind: Namespace\nmetadata: {resourceVersion: '7', name: %s}\n"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {resourceVersion: '7', name: a, namespace: shop}\nspec: {}\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_at(tmp_path)


def gate(project: Project, before: str, after: str) -> subprocess.CompletedProcess[str]:
    project.branch({FILE: before}, {FILE: after})
    return project.shell("netpol gate --base main k8s")


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (VERSIONED, VERSIONED.replace("name: deny", "name: other"), "NetworkPolicy"),
        (VERSIONED, VERSIONED.replace("namespace: shop", "namespace: other"), "NetworkPolicy"),
        (SHOP % "shop", SHOP % "other", "Namespace"),
    ],
)
def test_a_new_object_that_says_it_is_stored_does_not_count_as_there(
    project: Project, before: str, after: str, kind: str
) -> None:
    done = gate(project, before, after)

    assert done.returncode == 2, done.stdout
    assert f"a new {kind} with `resourceVersion` `7`, which the API server does not create" in done.stderr
    assert f"{FILE}:3:29: a new" in done.stderr
    assert "resourceVersion" not in project.shell("netpol check k8s").stderr


@pytest.mark.parametrize(
    "after",
    [VERSIONED.replace("'7'", "'8'"), DENY.replace("name: deny", "name: other"), f"{VERSIONED}---\n{POD}"],
    ids=["one that is there", "a new one that says nothing", "a Pod of a cluster"],
)
def test_what_was_read_from_a_cluster_is_there(project: Project, after: str) -> None:
    done = gate(project, VERSIONED, after)

    assert done.returncode == 0, done.stdout + done.stderr
