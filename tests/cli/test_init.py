"""`netpol init`: what it drafts, and that `netpol check` right after passes."""

import json
import os
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.cli.process import GOOD, POD, ROOT, netpol

CORPUS = os.environ.get("NETPOL_CORPUS")


def test_the_draft_holds_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s" / "good.yaml").write_text(GOOD)

    drafted = netpol("init", "k8s", cwd=tmp_path)
    checked = netpol("check", cwd=tmp_path)

    text = (tmp_path / "netpol.yaml").read_text()
    assert (drafted.returncode, checked.returncode) == (0, 0)
    assert "  manifests: [k8s]\n" in text
    assert (
        "  # Nobody else reaches pods app=api of shop on these ports, says NetworkPolicy shop/api.\n"
        "  - name: only-these-reach-shop-api\n"
        "    exactly:\n"
        "      from:\n"
        "      - {namespaces: [shop], podSelector: {matchLabels: {role: monitoring}}}\n"
        "      to:\n"
        "      - {namespaces: [shop], podSelector: {matchLabels: {app: api}}}\n"
        "      ports:\n"
        "      - {protocol: TCP, port: 5000}\n"
    ) in text
    assert "PROVED    only-these-reach-shop-api-at-all" in checked.stdout
    assert "default-deny: violated: " not in text
    assert "# Left out: 4 properties that could be suggested and do not hold. `netpol init -v` lists each" in text
    told = netpol("init", "k8s", "-v", "--file", "-", cwd=tmp_path).stdout
    assert "# Not held today, so not listed above:\n#   default-deny: violated: " in told
    assert "# Left out" not in told


MANY = "---\n".join(
    GOOD.partition("---\n")[2].replace("name: api,", f"name: api-{n},").replace("app: api", f"app: api-{n}")
    for n in range(20)
)


def test_a_draft_is_short_unless_all_of_it_is_wanted(tmp_path: Path) -> None:
    """What is said without ports comes first: it is what most changes break."""
    (tmp_path / "k8s.yaml").write_text(MANY)

    short = netpol("init", "k8s.yaml", "--file", "-", cwd=tmp_path).stdout
    whole = netpol("init", "k8s.yaml", "-v", "--file", "-", cwd=tmp_path).stdout

    names = re.findall(r"^  - name: (.*)$", short, re.MULTILINE)
    every = re.findall(r"^  - name: (.*)$", whole, re.MULTILINE)
    assert (len(names), len(every)) == (12, 41)
    assert names == every[:12]
    assert sum(name.endswith("-at-all") for name in names) >= 10
    assert f"# Left out: {len(every) - 12} properties more that hold. `netpol init -v` writes all." in short
    assert "endPort" not in whole


def test_the_settings_of_the_command_line_are_kept(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD + POD)

    netpol("init", "good.yaml", "-u", "inventory", "--profile", "cilium", "--set", "endport=open", cwd=tmp_path)

    text = (tmp_path / "netpol.yaml").read_text()
    assert "  universe: inventory\n  profile: cilium\n  switches: {endport: open}\n" in text


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD + POD)
    (tmp_path / "ci").mkdir()
    spec = "apiVersion: netpol-verifier/v1\nkind: Universe\nmetadata: {name: u}\nspec: {families: [4]}\n"
    (tmp_path / "universe.yaml").write_text(spec)

    netpol("init", "good.yaml", "-u", "universe.yaml", "--file", "ci/netpol.yaml", cwd=tmp_path)

    assert 'manifests: ["../good.yaml"]\n  universe: "../universe.yaml"' in (tmp_path / "ci/netpol.yaml").read_text()
    assert netpol("check", "--config", "ci/netpol.yaml", cwd=tmp_path).returncode == 0


METADATA_ONLY = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress: [{to: [{ipBlock: {cidr: 169.254.169.254/32}}]}]
"""


def test_a_draft_in_which_nothing_holds_has_settings_and_comments(tmp_path: Path) -> None:
    (tmp_path / "open.yaml").write_text(POD + METADATA_ONLY)

    drafted = netpol("init", "open.yaml", cwd=tmp_path)

    text = (tmp_path / "netpol.yaml").read_text()
    assert drafted.returncode == 0
    assert "# No property that could be suggested holds today" in text
    assert "kind: Properties" not in text
    assert "# Left out: 5 properties that could be suggested and do not hold." in text
    assert netpol("lint", cwd=tmp_path).returncode == 0
    assert netpol("check", cwd=tmp_path).returncode == 1


def test_a_file_that_exists_is_overwritten_only_by_force(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    assert netpol("init", "good.yaml", cwd=tmp_path).returncode == 0

    again = netpol("init", "good.yaml", cwd=tmp_path)

    assert (again.returncode, again.stdout) == (2, "")
    assert "`netpol.yaml` exists already" in again.stderr
    assert netpol("init", "good.yaml", "--force", cwd=tmp_path).returncode == 0


def test_the_draft_can_go_to_standard_output(tmp_path: Path) -> None:
    done = netpol("init", "-", "--file", "-", cwd=tmp_path)

    assert done.returncode == 0
    assert "\n# Drafted by `netpol init` from 1 policy and 0 workloads.\n" in done.stdout
    assert not (tmp_path / "netpol.yaml").exists()


SCHEMA = "# yaml-language-server: $schema=netpol.schema.json\n"


@pytest.mark.parametrize(("manifests", "documents"), [(GOOD, 2), (POD + METADATA_ONLY, 1)])
def test_each_document_says_by_which_schema_editors_check_it_and_meets_it(
    manifests: str, documents: int, tmp_path: Path
) -> None:
    (tmp_path / "good.yaml").write_text(manifests)
    netpol("init", "good.yaml", "--profile", "calico", cwd=tmp_path)
    text = (tmp_path / "netpol.yaml").read_text()

    [how_to] = re.findall(r"`netpol (schema config) > netpol\.schema\.json`", text)
    schema = json.loads(netpol(*how_to.split(), cwd=tmp_path).stdout)

    parts = text.split("---\n")
    assert len(parts) == documents
    for part in parts:
        assert part.startswith(SCHEMA), "editors look for it at the top of each document"
        found = yaml.safe_load(part)
        assert [error.message for error in Draft202012Validator(schema).iter_errors(found)] == []
        assert not Draft202012Validator(schema).is_valid({**found, "spec": {"manifest": "k8s"}})


def test_the_schema_beside_the_draft_is_no_manifest(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    netpol("init", ".", cwd=tmp_path)
    (tmp_path / "netpol.schema.json").write_text(netpol("schema", "config", cwd=tmp_path).stdout)

    done = netpol("check", cwd=tmp_path)

    assert done.returncode == 0
    assert done.stderr == "netpol.schema.json:1:1: note: no Kubernetes object, passed over\n"


def test_2_when_there_is_nothing_to_draft_from(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    done = netpol("init", "empty", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize(
    "folder",
    sorted(
        str(place)
        for place in (ROOT / "examples").glob("*/*/")
        if list(place.rglob("*.yaml")) and place.parent.name != "admission"  # which says how to run netpol
    ),
)
def test_check_passes_after_init_of_the_examples(folder: str, tmp_path: Path) -> None:
    drafted = netpol("init", folder, cwd=tmp_path)
    assert drafted.returncode == 0

    expected = 0 if "wrote netpol.yaml: 0 properties" not in drafted.stderr else 1  # else the starter set, which fails
    assert netpol("check", cwd=tmp_path).returncode == expected


@pytest.mark.skipif(CORPUS is None, reason="NETPOL_CORPUS is not set: the real manifests are not at hand")
@pytest.mark.parametrize(
    "paths",
    [
        ("sock-shop/deploy/kubernetes/manifests", "sock-shop/deploy/kubernetes/manifests-policy"),
        ("online-boutique/kubernetes-manifests", "online-boutique/kustomize/components/network-policies"),
        ("kube-prometheus",),
        ("eks-examples",),
    ],
)
def test_check_passes_after_init_of_real_manifests(paths: tuple[str, ...], tmp_path: Path) -> None:
    folders = [str(Path(CORPUS or "").resolve() / path) for path in paths]
    assert netpol("init", *folders, cwd=tmp_path).returncode == 0

    assert netpol("check", cwd=tmp_path).returncode == 0
