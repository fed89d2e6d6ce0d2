"""A project under a gate: a throw-away repository, shells in which `netpol` is the one under test, and as much of a
runner of GitHub as action.yml needs."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.repository import SETTINGS, Repository

ROOT = Path(__file__).parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))

GOOD = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress:
  - from: [{podSelector: {matchLabels: {role: web}}}]
"""
HOLE = GOOD + "  - from: [{podSelector: {matchLabels: {role: debug}}}]\n"
REFACTORED = GOOD.replace("name: api,", "name: web-to-api,").replace(
    "{matchLabels: {app: api}}", "{matchLabels: {app: api}} "
)
ACCEPTED = """\
apiVersion: netpol-verifier/v1
kind: Acceptances
spec:
  acceptances:
  - {flows: [shop/role=debug -> shop/app=api], reason: debugging, owner: '@team', expires: %s}
  - {property: only-web, flows: [shop/role=debug -> shop/app=api], reason: debugging, owner: '@team', expires: %s}
"""
CONFIG = """\
apiVersion: netpol-verifier/v1
kind: Config
spec: {manifests: [k8s]}
---
apiVersion: netpol-verifier/v1
kind: Properties
spec:
  properties:
  - name: only-web
    only:
      from: [{namespaces: [shop], podSelector: {matchLabels: {role: web}}}]
      to: [{namespaces: [shop], podSelector: {matchLabels: {app: api}}}]
"""


@dataclass(frozen=True)
class Project:
    """A repository, and the environment of its shells, in which `netpol` is the one under test."""

    repository: Repository
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.repository.root

    def shell(self, script: str, *options: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", *options, "-c", script],
            cwd=self.root,
            env={**self.environ, **environ},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    def branch(self, before: Mapping[str, str | None], after: Mapping[str, str | None]) -> None:
        """`main` with `before`, and a branch from there with `after`."""
        self.repository.commit(before)
        self.branch_again(after, "change")

    def branch_again(self, files: Mapping[str, str | None], name: str = "again") -> None:
        """A branch from here with `files`."""
        self.repository.git("switch", "--quiet", "--create", name)
        self.repository.commit(files)


def project_at(folder: Path) -> Project:
    """A project whose `main` holds GOOD and CONFIG."""
    tools = folder / "tools"
    tools.mkdir()
    netpol = tools / "netpol"
    netpol.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -P -m verifier "$@"\n')
    netpol.chmod(0o755)
    repository = Repository.at(folder / "project")
    repository.commit({"k8s/api.yaml": GOOD, "netpol.yaml": CONFIG})
    environ = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(folder), **SETTINGS}
    return Project(repository, environ)


@dataclass
class Runner:
    """As much of a runner of GitHub as composite actions need."""

    project: Project
    folder: Path
    inputs: dict[str, str]
    number: str = "7"
    event: dict[str, str] = field(default_factory=lambda: {"event_name": "pull_request"})
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""

    def run(self) -> int:
        """Every step but the installation, until one fails; gives its code."""
        tool = self.folder / "netpol" / "bin" / "netpol"
        tool.parent.mkdir(parents=True, exist_ok=True)
        if not tool.exists():
            tool.symlink_to(Path(self.project.environ["PATH"].split(":")[0]) / "netpol")
        for step in ACTION["runs"]["steps"]:
            if "uses" in step or step["name"] in ("Find Python", "Install netpol"):
                continue
            if "if" in step and (self.inputs["comment"] == "false" or not self.number):
                continue
            environ = {name: self.evaluate(text) for name, text in step.get("env", {}).items()}
            done = self.project.shell(
                step["run"], "--noprofile", "--norc", "-eo", "pipefail", **self.files(), **environ
            )
            self.log += done.stdout + done.stderr
            if "id" in step and (self.folder / "output").exists():
                lines = (self.folder / "output").read_text().splitlines()
                self.outputs = dict(line.split("=", 1) for line in lines)
            if done.returncode:
                return done.returncode
        return 0

    def files(self) -> dict[str, str]:
        return {
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
        }

    def evaluate(self, text: str) -> str:
        """`text` with its expressions replaced by their values."""
        known = {
            **{f"inputs.{name}": value for name, value in self.inputs.items()},
            **{
                f"steps.{step}.outputs.{name}": text
                for step in ("judge", "base")
                for name, text in self.outputs.items()
            },
            "github.repository": "some/project",
            "github.event.pull_request.number": self.number,
            **{f"github.{name}": value for name, value in self.event.items()},
        }
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda match: known.get(match[1], ""), text)


def runner_of(project: Project, folder: Path, **inputs: str) -> Runner:
    """A runner with the action's defaults, but for `inputs`; the base is `main`."""
    folder.mkdir()
    defaults = {name: str(given.get("default", "")) for name, given in ACTION["inputs"].items()}
    assert inputs.keys() <= defaults.keys()
    return Runner(project, folder, {**defaults, "base": "main", "comment": "false", **inputs})
