"""Changes that are so large, or so hard, that a limit is reached while they are judged."""

import json
import subprocess
from itertools import takewhile
from pathlib import Path

from tests.pipeline import CONFIG, GOOD, Project, project_at, runner_of

GATE = "netpol gate --base main k8s"
MILD = CONFIG.replace("name: only-web", "name: only-web\n    severity: warning")
"""What counts here is what was opened."""

MANY = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: many, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  policyTypes: [Ingress]
  ingress:
"""
RULE = "  - {from: [{podSelector: {matchLabels: {a%d: x}}}], ports: [{port: %d}]}\n"


def opening(regions: int) -> str:
    """Lets in so many kinds of pods, each with a label of its own on a port of its own."""
    return GOOD + MANY + "".join(RULE % (number, 1000 + 2 * number) for number in range(regions))


def honest(regions: int) -> str:
    """The same rules, for pods that are let in already."""
    return opening(regions).replace("{podSelector: {matchLabels: {a", "{podSelector: {matchLabels: {role: web, a")


TIER = """\
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: tier}
spec:
  priority: 5
  subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}
  ingress:
"""
DENY = "  - {action: Deny, from: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {a%d: x, b%d: x}}}}]}\n"
ALLOW = "  - {action: Allow, from: [{namespaces: {}}]}\n"


def exploding(rules: int) -> str:
    """Lets in whoever lacks, of each of so many pairs of labels, one at least: 2^rules conjunctions of labels."""
    return GOOD + TIER + "".join(DENY % (number, number) for number in range(rules)) + ALLOW


def told(done: "subprocess.CompletedProcess[str]") -> tuple[int, int, bool]:
    """The exit code, how many openings are listed, and whether these are all."""
    found = json.loads(done.stdout)["diff"]
    return done.returncode, len(found["added"]), found["complete"]


def changed(folder: Path, text: str) -> Project:
    project = project_at(folder)
    project.branch({"netpol.yaml": MILD}, {"k8s/api.yaml": text})
    return project


def test_an_opening_with_many_regions_is_listed_in_part_and_fails(tmp_path: Path) -> None:
    project = changed(tmp_path, opening(110))
    assert told(project.shell(f"{GATE} -o json")) == (1, 100, False)
    assert "The lists are not complete: there is more than what stands here" in project.shell(GATE).stdout
    assert runner_of(project, tmp_path / "runner").run() == 1

    project.repository.commit({"k8s/api.yaml": honest(110)})
    assert told(project.shell(f"{GATE} -o json")) == (0, 0, True)
    assert runner_of(project, tmp_path / "honest").run() == 0


def test_an_opening_of_exponentially_many_conjunctions_is_told_whole(tmp_path: Path) -> None:
    project = changed(tmp_path, exploding(7))
    assert told(project.shell(f"{GATE} -o json")) == (1, 1, True)
    assert runner_of(project, tmp_path / "runner").run() == 1

    project.repository.commit({"k8s/api.yaml": exploding(7).removesuffix(ALLOW)})
    assert told(project.shell(f"{GATE} -o json")) == (0, 0, True)


def test_a_limit_on_the_list_hides_no_opening(tmp_path: Path) -> None:
    project = changed(tmp_path, opening(16))
    assert told(project.shell(f"{GATE} -o json --limit 1")) == (1, 1, False)
    assert told(project.shell(f"{GATE} -o json --limit 16")) == (1, 16, True)

    project.repository.commit({"k8s/api.yaml": honest(16)})
    assert told(project.shell(f"{GATE} -o json --limit 1"))[:2] == (0, 0)


def test_an_opening_that_was_found_before_the_solver_gave_up_fails_the_gate(tmp_path: Path) -> None:
    """Whatever is allowed to a question: undecided where nothing was found, and never green."""
    project = changed(tmp_path, opening(16))
    sizes = takewhile(lambda size: size < 200_000, (int(64 * 1.6**n) for n in range(100)))
    found = [told(project.shell(f"{GATE} -o json --rlimit {size}")) for size in sizes]

    assert {(code, openings > 0) for code, openings, _ in found} <= {(1, True), (3, False), (3, True)}
    assert any(code == 1 and not complete for code, _, complete in found)
    assert found[-1] == (1, 16, True)

    project.repository.commit({"k8s/api.yaml": honest(16)})
    assert project.shell(f"{GATE} --rlimit 200000").returncode == 0
