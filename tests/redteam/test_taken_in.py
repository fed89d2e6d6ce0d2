"""What a kustomization takes in decides what it makes of the manifests: one change a way past that, each with the
honest one beside it, which is judged."""

import subprocess
from pathlib import Path

import pytest

from tests.pipeline import GOOD, HOLE, Project, project_at

Files = dict[str, str | None]

RULES = GOOD.replace("role: web", "role: web, tier: front")
"""The policy with other rules: those of a change that closes something."""
DENY = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {podSelector: {}}\n"
NETS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: nets}\ndata: {role: %s}\n"
REPLACED = (
    "source: {kind: ConfigMap, name: nets, fieldPath: data.role}\n  targets:\n"
    "  - select: {kind: NetworkPolicy, name: %s}\n    fieldPaths: [spec.podSelector.matchLabels.role]\n"
)
OPEN = "patch: '[{op: replace, path: /spec/ingress, value: [{}]}]'"
CHART = "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: c}\nname: c\n"
TOUCHED = "the change changes this kustomization, or what it takes in"
ROOT = "k8s/kustomization.yaml"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_at(tmp_path)


def gate(project: Project, before: Files, after: Files, what: str = "k8s") -> subprocess.CompletedProcess[str]:
    project.branch(before, after)
    return project.shell(f"netpol gate --base main {what}")


def patched(target: str, more: str = "") -> str:
    return f"resources: [api.yaml, deny.yaml]\npatches:\n- {target}\n  {OPEN}\n{more}"


LABELLED = GOOD.replace("name: api,", "labels: {lockdown: 'yes'}, name: api,")
HOSTILE: dict[str, tuple[Files, Files]] = {
    "a value that is put into a policy": (
        {ROOT: "resources: [api.yaml, nets.yaml]\nreplacements:\n- " + REPLACED % "api", "k8s/nets.yaml": NETS % "web"},
        {"k8s/nets.yaml": NETS % "any"},
    ),
    "a value that is put into a policy, by a file": (
        {
            ROOT: "resources: [api.yaml, nets.yaml]\nreplacements: [{path: r.txt}]\n",
            "k8s/r.txt": "- " + REPLACED % "api",
            "k8s/nets.yaml": NETS % "web",
        },
        {"k8s/nets.yaml": NETS % "any"},
    ),
    "a value that another kustomization generates": (
        {
            "k8s/over/kustomization.yaml": "resources: [../below]\nreplacements:\n- " + REPLACED % "api",
            "k8s/below/kustomization.yaml": "resources: [x.yaml]\nconfigMapGenerator: [{name: nets, literals: [a=b]}]",
            "k8s/below/x.yaml": GOOD.replace("name: api", "name: x"),
        },
        {"k8s/below/kustomization.yaml": "resources: [x.yaml]\nconfigMapGenerator: [{name: nets, literals: [a=c]}]"},
    ),
    "a file that another kustomization makes a value of": (
        {
            "k8s/over/kustomization.yaml": "resources: [../below]\nreplacements:\n- " + REPLACED % "api",
            "k8s/below/kustomization.yaml": "resources: [x.yaml]\nconfigMapGenerator: [{name: nets, files: [v.txt]}]",
            "k8s/below/x.yaml": GOOD.replace("name: api", "name: x"),
            "k8s/below/v.txt": "web",
        },
        {"k8s/below/v.txt": "any"},
    ),
    "a variable": (
        {
            ROOT: "resources: [api.yaml, nets.yaml]\nvars: [{name: A, objref: {kind: ConfigMap, name: nets}}]\n",
            "k8s/nets.yaml": NETS % "web",
        },
        {"k8s/nets.yaml": NETS % "any"},
    ),
    "a label that a patch goes by": (
        {
            ROOT: patched("target: {kind: NetworkPolicy, labelSelector: lockdown=yes}"),
            "k8s/deny.yaml": DENY,
            "k8s/api.yaml": LABELLED,
        },
        {"k8s/api.yaml": GOOD},
    ),
    "a name that a patch goes by": (
        {ROOT: patched("target: {kind: NetworkPolicy, name: allow-.*}"), "k8s/deny.yaml": DENY},
        {"k8s/deny.yaml": DENY.replace("name: deny", "name: allow-deny")},
    ),
    "a name that comes to be one that a patch names": (
        {ROOT: patched("target: {kind: NetworkPolicy, name: other}"), "k8s/deny.yaml": DENY},
        {"k8s/deny.yaml": DENY.replace("name: deny", "name: other")},
    ),
    "a name without the prefix that a patch names it with": (
        {
            ROOT: "resources: [below]\npatches:\n- target: {kind: NetworkPolicy, name: x-deny}\n  " + OPEN,
            "k8s/below/kustomization.yaml": "resources: [deny.yaml]\nnamePrefix: x-\n",
            "k8s/below/deny.yaml": DENY,
        },
        {"k8s/below/deny.yaml": DENY.replace("name: deny", "labels: {a: b}, name: deny")},
    ),
    "rules that a patch counts": (
        {ROOT: patched("target: {kind: NetworkPolicy, name: api}"), "k8s/deny.yaml": DENY},
        {"k8s/api.yaml": RULES},
    ),
    "rules of what a merged patch names": (
        {ROOT: "resources: [api.yaml]\npatches: [{path: p.txt}]\n", "k8s/p.txt": GOOD},
        {"k8s/api.yaml": RULES},
    ),
    "rules under a component that patches": (
        {
            ROOT: "resources: [api.yaml]\ncomponents: [comp]\n",
            "k8s/comp/kustomization.yaml": f"kind: Component\npatches:\n- target: {{kind: NetworkPolicy}}\n  {OPEN}\n",
        },
        {"k8s/api.yaml": RULES},
    ),
    "a transformer behind two directories": (
        {
            "k8s/app/kustomization.yaml": "resources: [x.yaml]\ntransformers: [../t]\n",
            "k8s/app/x.yaml": GOOD.replace("name: api", "name: x"),
            "k8s/t/kustomization.yaml": "resources: [../other]\n",
            "k8s/other/kustomization.yaml": "resources: [p.yaml]\n",
            "k8s/other/p.yaml": "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: p}\npatch: '[]'\n",
        },
        {"k8s/other/p.yaml": f"apiVersion: builtin\nkind: PatchTransformer\nmetadata: {{name: p}}\n{OPEN}\n"},
    ),
    "a generator behind two directories": (
        {
            "k8s/app/kustomization.yaml": "resources: [x.yaml]\ngenerators: [../t]\n",
            "k8s/app/x.yaml": GOOD.replace("name: api", "name: x"),
            "k8s/t/kustomization.yaml": "resources: [../other]\n",
            "k8s/other/kustomization.yaml": "resources: [p.yaml]\n",
            "k8s/other/p.yaml": CHART + "valuesInline: {open: false}\n",
        },
        {"k8s/other/p.yaml": CHART + "valuesInline: {open: true}\n"},
    ),
}


@pytest.mark.parametrize(("before", "after"), HOSTILE.values(), ids=HOSTILE)
def test_an_object_that_a_kustomization_looks_into_or_changes_cannot_change_unseen(
    project: Project, before: Files, after: Files
) -> None:
    done = gate(project, before, after)

    assert (done.returncode, TOUCHED in done.stderr) == (2, True), done.stdout + done.stderr


HONEST: dict[str, Files] = {
    "other names and labels": {
        ROOT: "resources: [api.yaml]\nnamespace: shop\nnamePrefix: x-\ncommonLabels: {a: b}\nimages: [{name: a}]\n"
    },
    "a patch of another kind": {ROOT: patched("target: {kind: Deployment}"), "k8s/deny.yaml": DENY},
    "a patch of another policy": {ROOT: patched("target: {kind: NetworkPolicy, name: deny}"), "k8s/deny.yaml": DENY},
    "a merged patch of another policy": {
        ROOT: "resources: [api.yaml]\npatchesStrategicMerge: [p.txt]\n",
        "k8s/p.txt": DENY,
    },
    "a patch in another layer": {
        ROOT: "resources: [api.yaml, below]\nnamePrefix: x-\n",
        "k8s/below/kustomization.yaml": f"resources: [deny.yaml]\npatches: [{{target: {{name: '.*'}}, {OPEN}}}]",
        "k8s/below/deny.yaml": DENY,
    },
    "a value for another policy": {
        ROOT: "resources: [api.yaml, nets.yaml]\nreplacements:\n- " + REPLACED % "deny",
        "k8s/nets.yaml": NETS % "web",
    },
    "a file of another kustomization": {
        ROOT: "resources: [api.yaml, below]\nnamePrefix: x-\n",
        "k8s/below/kustomization.yaml": "configMapGenerator: [{name: nets, files: [v.txt]}]\n",
        "k8s/below/v.txt": "web",
    },
}


@pytest.mark.parametrize("before", HONEST.values(), ids=HONEST)
def test_rules_that_a_kustomization_leaves_as_they_are_are_judged(project: Project, before: Files) -> None:
    more: Files = {"k8s/below/v.txt": "any"} if "k8s/below/v.txt" in before else {}
    closed = gate(project, before, {"k8s/api.yaml": RULES, **more})
    project.repository.commit({"k8s/api.yaml": HOLE})
    opened = project.shell("netpol gate --base main k8s")

    assert (closed.returncode, opened.returncode) == (0, 1), closed.stdout + closed.stderr + opened.stderr


DELETING = "resources: [deny.yaml]\npatches: [{target: {kind: NetworkPolicy}, patch: '$patch: delete'}]\n"


def of(namespace: str) -> str:
    return DENY.replace("name: deny", f"name: deny, namespace: {namespace}")


def test_a_kustomization_that_moves_away_from_what_it_takes_in_is_told_of(project: Project) -> None:
    plain = "resources: [deny.yaml]\n"
    before: Files = {f"k8s/{name}/deny.yaml": of(name) for name in ("prod", "test")}
    before |= {"k8s/prod/kustomization.yaml": plain, "k8s/test/kustomization.yaml": DELETING}

    swapped = gate(project, before, {"k8s/prod/kustomization.yaml": DELETING, "k8s/test/kustomization.yaml": plain})

    assert swapped.returncode == 2, swapped.stdout
    assert "k8s/prod/kustomization.yaml" in swapped.stderr
    assert "k8s/test/kustomization.yaml" in swapped.stderr


@pytest.mark.parametrize(
    ("after", "code"),
    [
        ({"k8s/b/deny.yaml": of("shop"), "k8s/b/kustomization.yaml": "%s"}, 0),
        ({"k8s/b/deny.yaml": of("test"), "k8s/b/kustomization.yaml": "%s"}, 2),
        ({"k8s/b/deny.yaml": of("shop"), "k8s/b/kustomization.yaml": "%s", "k8s/a/Kustomization": "\n"}, 2),
    ],
    ids=["with all of it", "to other objects", "and leaves another in its place"],
)
@pytest.mark.parametrize("text", [DELETING, "resources: [deny.yaml]\nnamespace: shop\n"], ids=["patches", "namespace"])
def test_one_that_moves_takes_with_it_what_it_takes_in(project: Project, text: str, after: Files, code: int) -> None:
    before: Files = {"k8s/a/deny.yaml": of("shop"), "k8s/a/kustomization.yaml": text}
    gone: Files = dict.fromkeys(before)

    done = gate(project, before, gone | {name: said and said.replace("%s", text) for name, said in after.items()})

    assert (done.returncode, TOUCHED in done.stderr) == (code, code == 2), done.stdout + done.stderr


@pytest.mark.parametrize(
    "files",
    [
        {"base/kustomization.yaml": "generators: [helm.yaml]\n", "base/helm.yaml": CHART},
        {"base/kustomization.yaml": "generators:\n- |\n  " + CHART.replace("\n", "\n  ")},
        {
            "base/kustomization.yaml": "generators: [../g]\n",
            "g/kustomization.yaml": "resources: [helm.yaml]\n",
            "g/helm.yaml": CHART,
        },
    ],
    ids=["in a file", "in a line", "in a directory"],
)
def test_the_chart_of_a_generator_cannot_change_unseen(project: Project, files: Files) -> None:
    template = "base/charts/c/templates/deny.yaml"
    before: Files = {**files, "over/kustomization.yaml": "resources: [x.yaml, ../base]\n", "over/x.yaml": GOOD}

    done = gate(project, {**before, template: DENY}, {template: DENY + "# opened\n"}, "over")

    assert (done.returncode, TOUCHED in done.stderr) == (2, True), done.stdout + done.stderr


def test_a_chart_that_a_generator_fetches_leaves_nothing_equivalent(project: Project) -> None:
    before: Files = {ROOT: "resources: [api.yaml]\ngenerators: [h.txt]\n", "k8s/h.txt": CHART + "repo: https://h.io\n"}

    done = gate(project, before, {"README.md": "x"})

    assert done.returncode == 0, done.stdout + done.stderr
    assert "as far as was read: what kustomizations take in from elsewhere is not read" in done.stdout
