"""What documents show of a terminal: every block of commands, or of what netpol prints, and what is done about it.

A block in the language `console` has commands behind `$` and what they print; all of it is run and compared. Any other
block of commands is typed as it stands, in a project like that of a reader, and has to be understood. What cannot be
run says so in a line above the block, which no reader sees:

    <!-- not run: it needs a scheduler and workers -->
    <!-- run by tests/test_ci.py -->
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml
from msgspec import Struct

from tests.cluster import FakeKubectl
from tests.repository import SETTINGS, Repository

ROOT = Path(__file__).parent.parent
PAGES = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")})

DATA = frozenset({"json", "pycon", "smt2", "yaml"})
"""Languages of blocks that nobody types into a terminal."""

_COMMAND = re.compile(r"\s*(?:\$ )?(?:netpol|kubectl|make|pipx?|python3?|git|z3|dask|podman|docker|helm|kustomize) ")
_REPORT = re.compile(
    r"\s*(?:PROVED|VIOLATED|UNKNOWN|VACUOUS|ACCEPTED|REPAIRED|EQUIVALENT|WIDER|NARROWER|INCOMPARABLE"
    r"|error:|Error |(?:Ingress|Egress|example) {2})"
)
_FENCE = re.compile(r"(?P<indent> *)```(?P<language>\w*)$")
_MARK = re.compile(r"<!-- (?P<how>not run: |run by )(?P<what>.+) -->")


class Block(Struct, frozen=True):
    """A block of a page: the line that it begins in, its language (`indented` where it has no fence), its lines, and
    what the mark above it says."""

    page: str
    line: int
    language: str
    lines: tuple[str, ...]
    mark: str | None

    @property
    def shows_commands(self) -> bool:
        return any(_COMMAND.match(line) for line in self.lines)

    @property
    def shows_a_terminal(self) -> bool:
        """True iff somebody types it, or a program prints it."""
        if self.language in DATA or (self.page.startswith("docs/lint/") and self.language == "text"):
            return False  # of rules of lint: tests/engine/lint/test_pages.py
        return self.language == "console" or self.shows_commands or any(_REPORT.match(line) for line in self.lines)

    def typed(self) -> list[str]:
        """Its lines as one types them."""
        return [line.strip() for line in self.lines if line.strip() and not line.strip().startswith("#")]


def blocks(page: Path) -> list[Block]:
    """The blocks of a page that show a terminal."""
    return blocks_of(page.relative_to(ROOT).as_posix(), page.read_text(encoding="utf-8"))


def blocks_of(page: str, text: str) -> list[Block]:
    """The same of the text of a page."""
    return [block for block in _blocks(page, text.splitlines()) if block.shows_a_terminal]


def _blocks(page: str, lines: list[str]) -> Iterator[Block]:
    number, mark = 0, None
    while number < len(lines):
        line, before = lines[number], lines[number - 1].strip() if number else ""
        first = number
        if fence := _FENCE.match(line):
            while lines[number := number + 1].strip() != "```":
                pass
            yield Block(page, first + 1, fence["language"], tuple(lines[first + 1 : number]), mark)
            mark = None
        elif line.startswith("    ") and not before:
            while number + 1 < len(lines) and (lines[number + 1].startswith("    ") or not lines[number + 1].strip()):
                number += 1
            yield Block(page, first + 1, "indented", tuple(lines[first : number + 1]), mark)
            mark = None
        elif line.strip():
            found = _MARK.fullmatch(line.strip())
            mark = found[0] if found else None
        number += 1


WORKLOAD = """\
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: c, image: i}}]}}}}
"""
SHOP = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: shop}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 5432}]
"""
SHOP += WORKLOAD.format(name="web") + WORKLOAD.format(name="db")
CLAIMS = """\
apiVersion: netpol-verifier/v1
kind: Properties
metadata: {name: shop}
spec:
  properties:
  - name: only-web-reaches-the-database
    only:
      from: [{namespaces: [shop], podSelector: {matchLabels: {app: web}}}]
      to: [{namespaces: [shop], podSelector: {matchLabels: {app: db}}}]
"""
CONFIG = """\
apiVersion: netpol-verifier/v1
kind: Config
spec: {manifests: [k8s]}
---
apiVersion: netpol-verifier/v1
kind: Properties
metadata: {name: project}
spec:
  properties:
  - name: only-monitoring-reaches-5000
    only:
      from: [{podSelector: {matchLabels: {role: monitoring}}}]
      to: [{podSelector: {matchLabels: {app: apiserver}}}]
      ports: [{port: 5000}]
"""
FLEET = """\
apiVersion: netpol-verifier/v1
kind: Fleet
metadata: {name: all}
spec:
  properties: ['never external -> shop/app=db']
  clusters: [{name: prod, manifests: k8s}]
"""


_PATIENCE = 300
"""Seconds after which a line that somebody types has no end."""


class Reader:
    """Somebody who read a page, in a project that has what the documents call `k8s/`, `properties/` and `main`, and a
    kubectl. Life cycle: set up once in a folder, then types lines, each in the project as it was."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.repository = Repository.at(self.root)
        examples = self.root / "examples"
        shutil.copytree(ROOT / "examples", examples)
        shutil.copytree(examples / "monitoring-5000/broken", self.root / "k8s")
        shutil.copytree(examples / "monitoring-5000/good", self.root / "np")
        shutil.copytree(examples / "cilium/good", self.root / "cilium")
        files = {"k8s/shop.yaml": SHOP, "properties/shop.yaml": CLAIMS, "fleet.yaml": FLEET, "netpol.yaml": CONFIG}
        self.repository.commit(files)
        self.repository.git("update-ref", "refs/remotes/origin/main", "HEAD")
        self._programs = folder / "bin"
        self._cluster(FakeKubectl(self._programs))
        program(self._programs)

    def types(self, line: str) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=self.root,
            env={"PATH": f"{self._programs}{os.pathsep}{os.environ['PATH']}", **SETTINGS, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
        self.repository.git("reset", "--quiet", "--hard")
        self.repository.git("clean", "--quiet", "-fdx")
        return done

    def _cluster(self, kubectl: FakeKubectl) -> None:
        """The clusters hold what the project does."""
        texts = [path.read_text(encoding="utf-8") for path in (self.root / "k8s").glob("*.yaml")]
        kinds: dict[str, list[dict[str, object]]] = {}
        for each in (each for text in texts for each in yaml.safe_load_all(text)):
            group, _, version = each["apiVersion"].rpartition("/")
            plural = f"{each['kind'].lower()}s".replace("policys", "policies")
            kinds.setdefault(f"{plural}.{version}.{group}", []).append(each)
        for resource, objects in kinds.items():
            kubectl.holds(resource, *objects)


def program(folder: Path) -> None:
    """Puts `netpol` into a folder: the program under test."""
    netpol = folder / "netpol"
    netpol.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m verifier "$@"\n')
    netpol.chmod(0o755)
