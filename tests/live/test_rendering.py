"""Real kustomize and real Helm, on bases, overlays and charts of our own and of the corpus. `make test-live` builds
both; where neither it nor the PATH has one, its tests are skipped, which is said."""

import json
import os
import re
import shutil
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.cli.process import netpol
from tests.pipeline import Project, project_at
from tests.programs import ROOT, real, script
from tests.repository import Repository

Files = dict[str, str | None]
CLOSED = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: db
spec:
  podSelector:
    matchLabels:
      app: db
  ingress: []
"""
OPEN = """\
# prod needs it
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: db
spec:
  ingress:
  - {}
"""
WORKLOAD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: db}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: db}]}
"""
BASE: Files = {
    "base/kustomization.yaml": "resources: [db.yaml, workload.yaml]\n",
    "base/db.yaml": CLOSED,
    "base/workload.yaml": WORKLOAD,
    "overlays/prod/open.yaml": OPEN,
    "overlays/prod/kustomization.yaml": "resources: [../../base]\nnamespace: prod\npatches: [{path: open.yaml}]\n",
}
CLAIM = "never * -> prod/app=db"
MANAGED = "never {app.kubernetes.io/managed-by}/* -> *"


@pytest.fixture
def kustomize() -> str:
    return real("kustomize")


@pytest.fixture
def helm() -> str:
    return real("helm")


def tree(tmp_path: Path, files: Files) -> Path:
    tmp_path.mkdir(exist_ok=True)
    made = Repository.at(tmp_path / "tree")
    made.commit(files)
    return made.root


def run(root: Path, *arguments: str, programs: tuple[str, ...] = ()) -> CompletedProcess[str]:
    """netpol with these programs, git and unshare on its PATH, and no others."""
    folder = root.parent / "tools"
    folder.mkdir(exist_ok=True)
    for program in (*programs, *filter(None, map(shutil.which, ("git", "unshare")))):
        link = folder / Path(program).name
        if not link.exists():
            link.symlink_to(program)
    return netpol(*arguments, cwd=root, PATH=str(folder))


@pytest.mark.parametrize("paths", [("overlays/prod",), (".",), ("base", "overlays/prod")])
def test_an_overlay_that_opens_what_its_base_closes_is_violated(
    tmp_path: Path, kustomize: str, paths: tuple[str, ...]
) -> None:
    root = tree(tmp_path, BASE)

    done = run(root, "check", *paths, "-e", CLAIM, programs=(kustomize,))
    document = json.loads(run(root, "check", *paths, "-e", CLAIM, "-o", "json").stdout)

    assert done.returncode == 1, done.stderr
    assert "overlays/prod/open.yaml:8  as rendered by overlays/prod" in done.stdout
    assert "> 8 |   - {}" in done.stdout
    assert "base/workload.yaml:1" in done.stdout
    [step] = document["results"][0]["trace"]["ingress"]
    assert step["origin"] == {
        "file": "overlays/prod/open.yaml", "line": 8, "column": 5, "renderedBy": "overlays/prod",
    }  # fmt: skip
    assert run(root, "check", "base", "-e", CLAIM.replace("prod", "default")).returncode == 0


def test_kubectl_builds_the_same(tmp_path: Path, kustomize: str) -> None:
    root = tree(tmp_path, BASE)
    script(root.parent / "tools", "kubectl", f'test "$1" = kustomize && shift && exec {kustomize} build "$@"')

    done = run(root, "check", ".", "-e", CLAIM)

    assert done.returncode == 1, done.stderr
    assert "rendered by `kubectl kustomize overlays/prod`" in done.stderr
    assert "overlays/prod/open.yaml:8" in done.stdout


def test_nothing_is_written_into_the_tree(tmp_path: Path, kustomize: str) -> None:
    root = tree(tmp_path, BASE)

    run(root, "check", ".", "-e", CLAIM, programs=(kustomize,))

    assert Repository(root).git("status", "--porcelain", "--ignored") == ""


def test_labels_that_the_root_alone_adds_are_there(tmp_path: Path, kustomize: str) -> None:
    files: Files = {
        "k/kustomization.yaml": "resources: [ns.yaml, db.yaml]\nbuildMetadata: [managedByLabel]\nnamespace: prod\n",
        "k/ns.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: prod}\n",
        "k/db.yaml": WORKLOAD,
    }
    root = tree(tmp_path, files)

    # In an inventory nothing else could carry the label: without it the claim would be vacuous, which is 2.
    done = run(root, "check", "k", "-u", "inventory", "-e", MANAGED, programs=(kustomize,))

    assert done.returncode == 1, done.stdout + done.stderr
    assert "k/db.yaml:1" in done.stdout


def test_a_component_is_rendered_where_it_is_named(tmp_path: Path, kustomize: str) -> None:
    part = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [db.yaml]\n"
    root = tree(tmp_path, {"part/kustomization.yaml": part, "part/db.yaml": CLOSED})

    done = run(root, "check", "part", "-n", "prod", "-e", CLAIM, programs=(kustomize,))

    assert done.returncode == 0, done.stderr


def test_an_operation_of_json_patch_is_cited(tmp_path: Path, kustomize: str) -> None:
    patched = """\
resources: [../../base]
namespace: prod
patches:
- target: {kind: NetworkPolicy}
  patch: |-
    - op: add
      path: /spec/ingress/-
      value: {}
"""
    root = tree(tmp_path, {**BASE, "overlays/prod/kustomization.yaml": patched, "overlays/prod/open.yaml": "a: b\n"})

    done = run(root, "check", ".", "-e", CLAIM, programs=(kustomize,))

    assert done.returncode == 1, done.stderr
    assert "overlays/prod/kustomization.yaml:5  as rendered by overlays/prod" in done.stdout


PLUGIN = """\
apiVersion: x/v1
kind: Exec
metadata:
  name: x
  annotations:
    config.kubernetes.io/%s: |
      exec: {path: ./run}
"""


@pytest.mark.parametrize(
    "extra",
    [
        "generators: [g.yaml]\n",
        "transformers: [g.yaml]\n",
        "helmCharts: [{name: x, repo: https://example.org}]\n",
        "resources: [https://example.org/x.yaml]\n",
    ],
)
def test_nothing_of_a_kustomization_is_run_or_fetched(tmp_path: Path, kustomize: str, extra: str) -> None:
    for annotation in ("function", "local-config"):
        root = tree(tmp_path / annotation, {"k/kustomization.yaml": f"{extra}", "k/g.yaml": PLUGIN % annotation})
        script(root / "k", "run", f"echo run > '{tmp_path}/ran'")

        done = run(root, "check", "k", "-e", CLAIM, programs=(kustomize,))

        assert done.returncode == 2
        assert not (tmp_path / "ran").exists()


def test_what_kustomize_refuses_is_said_in_its_words(tmp_path: Path, kustomize: str) -> None:
    root = tree(tmp_path, {**BASE, "overlays/prod/kustomization.yaml": "resources: [../../base]\nnamespase: prod\n"})

    done = run(root, "check", ".", "-e", CLAIM, programs=(kustomize,))

    assert done.returncode == 2
    assert re.search(r"overlays/prod: `kustomize build overlays/prod` failed: .*namespase", done.stderr)
    assert "/netpol-" not in done.stderr


CHART: Files = {
    "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "chart/values.yaml": "open: false\n",
    "chart/templates/db.yaml": """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .Release.Name }}-db
  namespace: {{ .Release.Namespace }}
spec:
  podSelector:
    matchLabels:
      app: {{ required "set app" .Values.app }}
  policyTypes: [Ingress]
{{- if .Values.open }}
  ingress:
  - ports:
    - port: 5432
{{- end }}
""",
}


def test_a_chart_is_judged_with_its_values(tmp_path: Path, helm: str) -> None:
    root = tree(tmp_path, {**CHART, "prod.yaml": "app: db\nopen: true\n"})

    closed = run(root, "check", "chart", "-n", "prod", "--helm-set", "app=db", "-e", CLAIM, programs=(helm,))
    opened = run(root, "check", "chart", "-n", "prod", "--helm-values", "prod.yaml", "-e", CLAIM)

    assert closed.returncode == 0, closed.stderr
    assert opened.returncode == 1, opened.stderr
    assert "chart/templates/db.yaml:13  as rendered by chart" in opened.stdout
    assert "> 13 |   - ports:" in opened.stdout


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({}, "set app"),
        ({"chart/templates/bad.yaml": "{{ nosuch }}"}, 'function "nosuch" not defined'),
        (
            {
                "chart/Chart.yaml": f"{CHART['chart/Chart.yaml']}dependencies: [{{name: x, version: 1.0.0, repository: 'https://example.org'}}]\n"
            },
            "missing in charts/",
        ),
    ],
)
def test_what_a_chart_lacks_is_said_in_helms_words(tmp_path: Path, helm: str, more: Files, message: str) -> None:
    root = tree(tmp_path, {**CHART, **more})

    done = run(root, "check", "chart", "-e", CLAIM, programs=(helm,))

    assert done.returncode == 2
    assert "chart: `helm template chart` failed" in done.stderr
    assert message in done.stderr


def test_what_a_chart_writes_that_is_no_yaml_is_said(tmp_path: Path, helm: str) -> None:
    root = tree(tmp_path, {**CHART, "chart/templates/bad.txt.yaml": "a: [b\n"})

    done = run(root, "check", "chart", "--helm-set", "app=db", "-e", CLAIM, programs=(helm,))

    assert done.returncode == 2
    assert "helm template chart" in done.stderr


def test_two_revisions_are_compared_as_they_would_be_deployed(tmp_path: Path, kustomize: str, helm: str) -> None:
    root = tree(tmp_path, {**BASE, **CHART})
    kept = "resources: [../../base]\nnamespace: prod\n"
    Repository(root).commit({"overlays/prod/kustomization.yaml": kept, "chart/values.yaml": "app: db\nopen: true\n"})

    overlay = run(root, "diff", "HEAD~1:overlays/prod", "overlays/prod", programs=(kustomize, helm))
    chart = run(root, "diff", "HEAD~1:chart", "HEAD:chart", "--helm-set", "app=db")

    assert overlay.stdout.startswith("NARROWER"), overlay.stderr
    assert "HEAD~1:overlays/prod/open.yaml:8" in overlay.stdout
    assert chart.stdout.startswith("WIDER"), chart.stderr
    assert "HEAD:chart/templates/db.yaml:13" in chart.stdout


# What docs/ci.md tells those who render.

GUIDE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")


PROPERTIES = """\
apiVersion: netpol-verifier/v1
kind: Properties
spec:
  properties:
  - name: databases-are-isolated
    isolated: {pods: [{namespaces: [prod], podSelector: {matchLabels: {app: db}}}], directions: ingress}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = project_at(tmp_path)
    for name in ("kustomize", "helm"):
        (tmp_path / "tools" / name).symlink_to(real(name))
    made.repository.commit({"netpol.yaml": PROPERTIES})
    return made


def told(tool: str) -> str:
    """The lines that the guide has for a tool."""
    section = GUIDE.partition("## Rendered manifests\n")[2].partition("\n## ")[0]
    found = re.search(rf"^# {re.escape(tool)}\n(.*?)(?=^# |^```)", section, re.MULTILINE | re.DOTALL)
    assert found is not None, tool
    return found[1].replace("git fetch --quiet origin main\n", "").replace("origin/main", "main")


KEPT = BASE["overlays/prod/kustomization.yaml"].replace("patches: [{path: open.yaml}]\n", "")  # type: ignore[union-attr]
OVERLAY = (
    {**BASE, "overlays/prod/kustomization.yaml": KEPT},
    {"overlays/prod/kustomization.yaml": BASE["overlays/prod/kustomization.yaml"]},
)
VALUES = (
    {**{f"charts/shop/{name[6:]}": text for name, text in CHART.items()}, "values/prod.yaml": "app: db\n"},
    {"values/prod.yaml": "app: db\nopen: true\n"},
)
FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: prod, namespace: flux-system}
spec: {path: ./overlays/prod, prune: true, interval: 10m, sourceRef: {kind: GitRepository, name: x}}
"""
ARGO = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  project: default
  source: {repoURL: x, path: charts/shop, helm: {valueFiles: [../../values/prod.yaml]}}
  destination: {namespace: prod}
"""


@pytest.mark.parametrize(
    ("tool", "before", "after"),
    [
        ("kustomize", *OVERLAY),
        ("kustomize, rendered before", *OVERLAY),
        ("Helm", *VALUES),
        ("Flux", {**OVERLAY[0], "clusters/prod/apps.yaml": FLUX}, OVERLAY[1]),
        ("Argo CD", {**VALUES[0], "apps/shop.yaml": ARGO}, VALUES[1]),
    ],
)
def test_what_the_guide_says_for_a_tool_judges_a_change(
    project: Project, tool: str, before: Files, after: Files
) -> None:
    project.branch(before, {"README.md": "x"})

    harmless = project.shell(told(tool), "-eo", "pipefail", RUNNER_TEMP=str(project.root.parent))
    project.repository.commit(after)
    opens = project.shell(told(tool), "-eo", "pipefail", RUNNER_TEMP=str(project.root.parent))

    assert harmless.returncode == 0, harmless.stdout + harmless.stderr
    assert opens.returncode == 1, opens.stdout + opens.stderr
    assert "Opened (1)" in opens.stdout


# Real manifests.

CORPUS = os.environ.get("NETPOL_CORPUS")


@pytest.mark.skipif(not CORPUS, reason="needs real manifests, named by NETPOL_CORPUS")
@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("argo-cd/manifests/base", 2, "argocd-cm.yaml`: no such file or directory"),
        ("online-boutique/kustomize", 2, "`base`: no such file or directory"),
        (
            "online-boutique/kubernetes-manifests",
            1,
            "rendered by `kustomize build online-boutique/kubernetes-manifests`",
        ),
        ("online-boutique/kustomize/components/network-policies", 1, "rendered by `kustomize build"),
        ("kubeflow/common/kubeflow-namespace/base", 1, ""),
        ("cilium-home-ops/kubernetes/apps/kube-system/cilium/netpols", 0, "its files are read as they stand"),
    ],
)
def test_the_first_command_on_real_kustomizations(
    tmp_path: Path, kustomize: str, path: str, code: int, said: str
) -> None:
    """The slices of the corpus lack files that some kustomizations name: these are refused, and the way on is said."""
    assert CORPUS is not None
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / path.partition("/")[0]).symlink_to(Path(CORPUS, path.partition("/")[0]))

    done = run(tmp_path / "tree", "check", path, programs=(kustomize,))

    assert done.returncode == code, done.stderr
    assert said in done.stderr
