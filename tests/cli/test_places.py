"""Where a violation is shown that no line lets through: the Namespace, else the workload, else the property."""

import json
from pathlib import Path

import pytest

from tests.cli.process import netpol

UNRELATED = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: unrelated, namespace: shop}
spec: {podSelector: {matchLabels: {app: other}}}
"""
POD = """\
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: x}]}
"""
NAMESPACE = """\
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
"""
CLAIM = """\
apiVersion: netpol-verifier/v1
kind: Properties
metadata: {name: p}
spec:
  properties:
  - name: db-is-closed
    never:
      from: [{namespaces: [elsewhere]}]
      to: [{namespaces: [shop], podSelector: {matchLabels: {app: db}}}]
"""


@pytest.mark.parametrize(
    ("manifests", "place", "shown"),
    [
        (UNRELATED, ("claim.yaml", 6), None),
        (UNRELATED + POD, ("p.yaml", 8), "no policy selects these labels for ingress"),
        (UNRELATED + POD + NAMESPACE, ("p.yaml", 13), "no policy in this namespace selects the pod for ingress"),
    ],
    ids=["property", "workload", "namespace"],
)
def test_a_missing_policy_is_shown_where_one_looks_for_it(
    tmp_path: Path, manifests: str, place: tuple[str, int], shown: str | None
) -> None:
    (tmp_path / "p.yaml").write_text(manifests)
    (tmp_path / "claim.yaml").write_text(CLAIM)
    formats = ("-o", "text", "-o", "sarif=r.sarif", "-o", "github=r.txt", "-o", "gitlab=r.json")

    done = netpol("check", "p.yaml", "-p", "claim.yaml", *formats, cwd=tmp_path)

    assert done.returncode == 1, done.stderr
    file, line = place
    assert "p.yaml:3" not in done.stdout
    assert ("^ " in done.stdout) is (shown is not None)
    assert (shown or "") in done.stdout
    [run] = json.loads((tmp_path / "r.sarif").read_text())["runs"]
    where = run["results"][0]["locations"][0]["physicalLocation"]
    assert (where["artifactLocation"]["uri"], where["region"]["startLine"]) == place
    assert f"::error file={file},line={line}," in (tmp_path / "r.txt").read_text()
    location = json.loads((tmp_path / "r.json").read_text())[0]["location"]
    assert (location["path"], location["lines"]["begin"]) == place
