"""Same input, same bytes: every command in every format, in processes that hash and place things differently.

What is iterated in the order of a hash, or of addresses in memory, differs from process to process, and in these more
so than in two that happen to be alike.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.cli.process import netpol
from tests.repository import Repository
from verifier.cli.commands.schema import KINDS
from verifier.cli.group import COMMANDS
from verifier.report.formats import formats_of

PROCESSES: tuple[Mapping[str, str], ...] = (
    {"PYTHONHASHSEED": "1"},
    {"PYTHONHASHSEED": "2", "PYTHONMALLOC": "malloc"},
    {"PYTHONHASHSEED": "3", "PADDING": "x" * 5000},
)
"""Other hashes, and other places in memory: of two things that one process makes one after the other, the first has the
lower address in some of them only."""

NAMESPACES = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: a, tier: %s}}
---
apiVersion: v1
kind: Namespace
metadata: {name: ops, labels: {team: b, tier: v}}
---
apiVersion: v1
kind: Namespace
metadata: {name: old, labels: {tier: u}}
"""
POLICY = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p%(number)s, namespace: %(namespace)s}
spec:
  podSelector: {matchLabels: {app: a%(number)s}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - podSelector: {matchLabels: {role: r%(other)s}}
    - namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [c, b, a%(other)s]}]}
      podSelector: {matchExpressions: [{key: role, operator: In, values: [u, v, w]}]}
    ports: [{port: %(port)s}, {port: http, protocol: TCP}]
  egress:
  - to: [{ipBlock: {cidr: 10.%(other)s.0.0/16, except: [10.%(other)s.3.0/24]}}, {namespaceSelector: {}}]
"""
TIERS = """\
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: %(first)s}
spec:
  priority: 5
  subject: {namespaces: {matchLabels: {tier: v}}}
  ingress:
  - {action: Deny, from: [{namespaces: {matchLabels: {team: a}}}], ports: [{portNumber: {protocol: TCP, port: 80}}]}
  - {action: Pass, from: [{namespaces: {}}]}
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: %(second)s}
spec:
  priority: 5
  subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: a1}}}}
  ingress:
  - action: Allow
    from: [{pods: {namespaceSelector: {matchLabels: {team: %(team)s}}, podSelector: {matchLabels: {role: u}}}}]
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {name: default}
spec:
  subject: {namespaces: {matchExpressions: [{key: tier, operator: In, values: [u, v, w]}]}}
  ingress:
  - {action: Allow, from: [{namespaces: {matchLabels: {tier: u}}}]}
  - {action: Deny, from: [{namespaces: {}}]}
"""
WORKLOAD = """\
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: w%(number)s, namespace: %(namespace)s}
spec:
  selector: {matchLabels: {app: a%(number)s}}
  template:
    metadata: {labels: {app: a%(number)s, role: %(role)s}}
    spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: %(port)s}]}]}
"""
UNIVERSE = """\
apiVersion: netpol-verifier/v1
kind: Universe
metadata: {name: ours}
spec:
  namespaces: {labels: {team: {values: [a, b, c], others: false}}}
  pods: {labels: {role: {values: [u, v, r1, r2]}, app: {values: [a1, a2, a3, a4], others: true}}}
  invariants:
  - name: u-in-ops
    pods: {podSelector: {matchLabels: {role: u}}}
    onlyIn: {namespaceSelector: {matchExpressions: [{key: team, operator: In, values: [a, b]}]}}
  nodes: true
"""
CLAIMS = (
    "never role in (r1,r2,r9) -> shop/app in (a1,a2,a3) : TCP/80,TCP/8080",
    "only {team=a}/role=u -> {tier=v}/* : TCP/80",
    "always ops/role=u -> shop/app=a1 : TCP/81",
    "never 10.1.0.0/16 -> shop/*",
    "never nowhere/app=b -> gone/app=c",
)
ACCEPTANCES = """\
apiVersion: netpol-verifier/v1
kind: Acceptances
spec:
  acceptances:
  - {flows: ['shop/role=r7 -> shop/app=a3', 'ops/role=r1 -> ops/*'], reason: r, owner: '@o', expires: 2999-01-01}
"""
FLEET = """\
apiVersion: netpol-verifier/v1
kind: Fleet
spec:
  properties: ['never role=r1 -> app=a1 : TCP/80', 'only role=u -> {tier=v}/*']
  clusters:
  - {name: one, manifests: k8s, properties: ['never role=r2 -> app=a2']}
  - {name: two, manifests: k8s, universe: inventory}
"""
SPACES = ("shop", "ops", "old")


def written(namespaces: str, policies: Iterable[tuple[int, int, int]], tiers: Mapping[str, str], roles: str) -> str:
    """A file of manifests; policies: number, that of its peers, and port."""
    parts = [namespaces]
    for number, other, port in policies:
        told = {"number": number, "other": other, "port": port, "namespace": SPACES[number % 5 // 2]}
        parts.append(POLICY % told)
    parts.append(TIERS % tiers)
    for number, role in enumerate(roles):
        told = {"number": number, "namespace": SPACES[number % 3], "role": role, "port": 8080 + number}
        parts.append(WORKLOAD % told)
    return "".join(parts)


BEFORE = written(
    NAMESPACES % "u", [(n, n % 4, 80) for n in range(7)], {"first": "one", "second": "two", "team": "b"}, "uvwuu"
)
AFTER = written(
    NAMESPACES % "u",
    [(n, n % 3, 80 + n % 2) for n in range(8)],
    {"first": "one", "second": "two", "team": "b"},
    "uvwuu",
)
RELABELLED = written(
    NAMESPACES % "w", [(n, n % 4, 80) for n in range(7)], {"first": "two", "second": "one", "team": "c"}, "uvvuv"
)
"""The label of a namespace, those of a workload, and the tiers are others."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work tree whose `main` holds BEFORE and whose files hold AFTER; RELABELLED lies beside."""
    root = tmp_path_factory.mktemp("same") / "project"
    repository = Repository.at(root)
    repository.commit({"k8s/all.yaml": BEFORE, "netpol.accept.yaml": ACCEPTANCES})
    repository.write({"k8s/all.yaml": AFTER, "relabelled.yaml": RELABELLED, "universe.yaml": UNIVERSE})
    repository.write(
        {"mend.yaml": NAMESPACES % "u" + POLICY % {"number": 1, "other": 2, "port": 80, "namespace": "shop"}}
    )
    repository.write({"fleet.yaml": FLEET, "broken.yaml": AFTER.replace("port:", "prt:")})
    return root


def every(command: str) -> list[str]:
    """Standard output in text, and a file of each format of a command."""
    return ["-o", "text", *(part for name in formats_of(command) for part in ("-o", f"{name}=out/{name}"))]


OPEN = ("--set", "same_priority=open", "--set", "ipblock_pods=open", "--set", "np_finality=open")
CONNECTION = "shop/role=u,app=a1 -> ops/app=a3 : TCP/80"
DUMP = ("--dump-smt2", "out/scripts")
LIMIT = ("--limit", "8")
MENDED = "only ops/role=u -> shop/app=a1 : TCP/80"
ASK = tuple(part for claim in CLAIMS for part in ("-e", claim))

CASES: Mapping[str, tuple[str, ...]] = {
    "check": ("check", "k8s", *ASK, *DUMP, *every("check")),
    "check, switches open": ("check", "k8s", *ASK, "-u", "universe.yaml", *OPEN, *every("check")),
    "check of broken input": ("check", "broken.yaml", *every("check")),
    "diff": ("diff", "main:k8s", "k8s", *LIMIT, *DUMP, *every("diff")),
    "diff of labels": ("diff", "main:k8s", "relabelled.yaml", *LIMIT, *DUMP, *every("diff")),
    "diff of an inventory": ("diff", "main:k8s", "relabelled.yaml", "-u", "inventory", *DUMP, *every("diff")),
    "diff in a universe": (
        "diff", "main:k8s", "relabelled.yaml", "-u", "universe.yaml", "--set", "same_priority=open", *LIMIT,
        *every("diff"),
    ),
    "gate": ("gate", "--base", "main", "k8s", *ASK, *LIMIT, *DUMP, *every("gate")),
    "fix": ("fix", "mend.yaml", "-e", MENDED, *every("fix")),
    "explain": ("explain", "k8s", CONNECTION, *OPEN, *every("explain")),
    "map": ("map", "k8s", "-u", "inventory", *every("map")),
    "map of possible pods": ("map", "k8s", "-u", "open", "--to", "shop/app=a1", *every("map")),
    "lint": ("lint", "k8s", *every("lint")),
    "coverage": ("coverage", "k8s", *every("coverage")),
    "init": ("init", "k8s", "--file", "-"),
    "fleet": ("fleet", "fleet.yaml", *every("fleet")),
    "serve": ("serve", "k8s", "--cert", "none", "--key", "none"),
    "config": ("config", "show", "k8s", *OPEN),
    **{f"schema of {kind}": ("schema", kind) for kind in KINDS},
    "completion": ("completion", "bash"),
}  # fmt: skip


def told(root: Path, arguments: tuple[str, ...], environ: Mapping[str, str]) -> dict[str, bytes]:
    """All that a run leaves: its exit code, its streams, and its files."""
    shutil.rmtree(root / "out", ignore_errors=True)
    (root / "out").mkdir()
    done = netpol(*arguments, cwd=root, **environ)
    assert done.returncode in (0, 1, 2, 3), done.stderr
    files = {
        str(path.relative_to(root)): path.read_bytes() for path in sorted((root / "out").rglob("*")) if path.is_file()
    }
    return {
        "exit code": str(done.returncode).encode(),
        "standard output": done.stdout.encode(),
        "standard error": done.stderr.encode(),
        **files,
    }


@pytest.mark.parametrize("case", CASES)
def test_same_input_gives_the_same_bytes_in_every_process(project: Path, case: str) -> None:
    first, *others = (told(project, CASES[case], environ) for environ in PROCESSES)

    assert first["standard output"] or first["exit code"] == b"2", first["standard error"]
    for other in others:
        assert other.keys() == first.keys()
        assert [name for name in first if other[name] != first[name]] == []


def test_every_command_is_held_to_it() -> None:
    assert {arguments[0] for arguments in CASES.values()} == set(COMMANDS)
    assert all(os.environ.get(name) is None for name in ("PYTHONMALLOC", "PADDING"))
