"""A change that makes netpol read other policies than the cluster gets does not pass a gate: one case a kind, each with
the honest change beside it, which is judged."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from textwrap import indent

import pytest

from tests.pipeline import GOOD, HOLE, REFACTORED, Project, project_at, runner_of

Files = dict[str, str | None]

DENY = GOOD.replace("name: api,", "name: deny,").split("  ingress:")[0].replace("app: api", "app: db")
"""The policy that isolates the database: without it, everything may reach it."""
OPEN = DENY.replace("name: deny", "name: open") + "  ingress: [{}]\n"
LABELS = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: shop}}\n"
FILE = "k8s/db.yaml"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_at(tmp_path)


def gate(project: Project, before: Files, after: Files) -> subprocess.CompletedProcess[str]:
    project.branch(before, after)
    return project.shell("netpol gate --base main k8s")


def judged_in_ci(project: Project, before: Files, after: Files) -> int:
    """What the action ends with."""
    project.branch(before, after)
    return runner_of(project, project.root.parent / "runner").run()


def json(policy: str) -> str:
    """The policy as a document of JSON, which is YAML too."""
    name = "deny" if "name: deny" in policy else "open"
    spec = '{"podSelector": {"matchLabels": {"app": "db"}}' + (', "ingress": [{}]}' if name == "open" else "}")
    return (
        '{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", '
        f'"metadata": {{"name": "{name}", "namespace": "shop"}}, "spec": {spec}}}'
    )


SPLIT: dict[str, tuple[str, str]] = {
    "a line separator": (f"{LABELS}\u2028---\u2028{DENY}", f"{LABELS}---\n{DENY}"),
    "a next line": (f"{LABELS}\x85---\x85{DENY}", f"{LABELS}---\n{DENY}"),
    "a lone carriage return": (f"{LABELS}\r---\r{DENY}", f"{LABELS}---\n{DENY}".replace("\n", "\r\n")),
    "the end of a document": (f"{LABELS}...\n{DENY}", f"{LABELS}...\n---\n{DENY}"),
    "a separator with a tag": (f"{LABELS}--- !!map\n{DENY}", f"{LABELS}--- # the database\n{DENY}"),
    "a byte order mark": (f"{LABELS}\ufeff---\n{DENY}", f"{LABELS}---\n\ufeff{DENY}"),
    "JSON with JSON behind blanks": (f"{' ' * 5000}{json(DENY)}{json(DENY)}", f"{json(DENY)}\n"),
    "JSON that goes on as YAML": (f"{json(DENY)}\n{DENY}", f"{json(DENY)}\n---\n{LABELS}"),
    "a directive": (f"%YAML 1.1\n---\n{DENY}", f"# YAML 1.1\n---\n{DENY}"),
    "an escape that kubectl does not read": (
        DENY.replace("name: deny", 'annotations: {a: "\\/"}, name: deny'),
        DENY.replace("name: deny", "annotations: {a: '/'}, name: deny"),
    ),
}
"""What a change makes of the file with the isolating policy, and what an honest one makes of it."""


@pytest.mark.parametrize("how", SPLIT)
def test_an_isolating_policy_that_kubectl_drops_does_not_count_as_there(project: Project, how: str) -> None:
    done = gate(project, {FILE: DENY}, {FILE: SPLIT[how][0]})

    assert done.returncode == 2, done.stdout
    assert FILE in done.stderr


@pytest.mark.parametrize("how", SPLIT)
def test_the_same_policy_split_off_honestly_is_judged(project: Project, how: str) -> None:
    done = gate(project, {FILE: DENY}, {FILE: SPLIT[how][1]})

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("how", ["a line separator", "a separator with a tag", "JSON that goes on as YAML"])
def test_the_action_ends_in_the_same_way(project: Project, how: str) -> None:
    assert judged_in_ci(project, {FILE: DENY}, {FILE: SPLIT[how][0]}) == 2


@pytest.mark.parametrize("how", ["a line separator", "a separator with a tag", "JSON that goes on as YAML"])
def test_the_action_lets_the_honest_change_through(project: Project, how: str) -> None:
    assert judged_in_ci(project, {FILE: DENY}, {FILE: SPLIT[how][1]}) == 0


LIST = "apiVersion: v1\nkind: List\nitems:\n"
HIDDEN: dict[str, str] = {
    "behind a blank that only kubectl skips": f"\u00a0{json(OPEN)}".replace(": ", ":").replace(", ", ","),
    "in a list of a name that sounds like none": f"apiVersion: v1\nkind: Shop\nitems:\n- {json(OPEN)}\n",
    "in a list in a list": f"{LIST}- {{apiVersion: v1, kind: List, items: [{json(OPEN)}]}}\n",
    "behind a mark in front of JSON": f"\ufeff{json(OPEN)}",
}


@pytest.mark.parametrize("how", HIDDEN)
def test_a_policy_that_only_kubectl_sees_is_refused_or_seen(project: Project, how: str) -> None:
    done = gate(project, {FILE: DENY}, {"k8s/open.yaml": HIDDEN[how]})

    assert done.returncode in (1, 2), done.stdout


def test_a_policy_in_an_honest_list_is_seen(project: Project) -> None:
    assert gate(project, {FILE: DENY}, {FILE: f"{LIST}- {json(DENY)}\n"}).returncode == 0


NEVER_STORED: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "a label": (
        lambda p: p.replace("name:", "labels: {a b: x}, name:"),
        lambda p: p.replace("name:", "labels: {a: x}, name:"),
    ),
    "an annotation": (
        lambda p: p.replace("name:", "annotations: {a b: x}, name:"),
        lambda p: p.replace("name:", "annotations: {a: x y}, name:"),
    ),
    "a finalizer": (
        lambda p: p.replace("name:", "finalizers: [mine], name:"),
        lambda p: p.replace("name:", "finalizers: [my.org/x], name:"),
    ),
    "a time": (
        lambda p: p.replace("name:", "creationTimestamp: now, name:"),
        lambda p: p.replace("name:", "creationTimestamp: null, name:"),
    ),
    "an owner": (
        lambda p: p.replace("name:", "ownerReferences: [{apiVersion: v1, kind: Pod, name: a}], name:"),
        lambda p: p.replace("name:", "ownerReferences: [{apiVersion: v1, kind: Pod, name: a, uid: b}], name:", 1),
    ),
    "a field that makes a list of it": (lambda p: f"{p}items: []\n", lambda p: f"{p}status: {{}}\n"),
}


@pytest.mark.parametrize("how", NEVER_STORED)
def test_a_policy_that_the_api_server_refuses_does_not_count_as_there(project: Project, how: str) -> None:
    hostile, honest = NEVER_STORED[how]
    after = hostile(DENY)

    assert gate(project, {FILE: DENY}, {FILE: after}).returncode == 2
    assert project.shell("git checkout -q -- . && git clean -fdq").returncode == 0
    project.repository.commit({FILE: honest(DENY)})
    assert project.shell("netpol gate --base main k8s").returncode == 0


def test_a_namespace_whose_labels_are_never_stored_does_not_count_as_labelled(project: Project) -> None:
    bad = LABELS.replace("labels:", "annotations: {a b: c}, labels:")

    assert judged_in_ci(project, {"k8s/shop.yaml": LABELS}, {"k8s/shop.yaml": bad}) == 2


def test_a_namespace_with_a_good_annotation_passes(project: Project) -> None:
    good = LABELS.replace("labels:", "annotations: {a: b c}, labels:")

    assert judged_in_ci(project, {"k8s/shop.yaml": LABELS}, {"k8s/shop.yaml": good}) == 0


def test_a_hole_in_what_is_only_called_node_modules_is_found(project: Project) -> None:
    assert judged_in_ci(project, {FILE: DENY}, {"k8s/node_modules/open.yaml": OPEN}) == 1


def test_what_stands_beside_a_package_is_still_left_out(project: Project) -> None:
    files = {"k8s/package.json": "{}", "k8s/node_modules/module/broken.yaml": "a: [\n"}

    assert gate(project, {FILE: DENY}, files).returncode == 0


def test_an_isolating_policy_behind_an_absolute_link_does_not_count_as_there(project: Project, tmp_path: Path) -> None:
    (tmp_path / "deny.yaml").write_text(DENY)
    project.branch({FILE: DENY}, {FILE: None})
    (project.root / FILE).symlink_to(tmp_path / "deny.yaml")
    project.repository.commit()

    done = project.shell("netpol gate --base main k8s")

    assert (done.returncode, "a symbolic link that is absolute" in done.stderr) == (2, True)


def test_an_isolating_policy_behind_a_link_of_the_repository_counts(project: Project) -> None:
    project.branch({FILE: DENY}, {FILE: None, "shared/deny.yaml": DENY})
    (project.root / FILE).symlink_to("../shared/deny.yaml")
    project.repository.commit()

    assert project.shell("netpol gate --base main k8s").returncode == 0


@pytest.mark.parametrize(
    "annotation",
    ["config.kubernetes.io/local-config: 'true'", "helm.sh/hook: pre-install", "argocd.argoproj.io/hook: Skip"],
)
def test_a_policy_that_deploy_tools_pass_over_is_told_of(project: Project, annotation: str) -> None:
    after = DENY.replace("name:", f"annotations: {{{annotation}}}, name:")

    done = gate(project, {FILE: DENY}, {FILE: after})

    assert "deploy tools may not apply this object" in done.stdout + done.stderr
    assert "deploy tools" not in project.shell("netpol check main:k8s").stderr


def test_a_kustomization_without_a_suffix_is_told_of(project: Project) -> None:
    patched = "resources: [api.yaml]\npatches: [{path: open.json, target: {kind: Deployment}}]\n"

    done = gate(project, {}, {"k8s/Kustomization": patched})
    project.repository.git("branch", "--force", "main", "HEAD")
    project.repository.commit({"k8s/api.yaml": REFACTORED})
    honest = project.shell("netpol gate --base main k8s")

    assert (done.returncode, honest.returncode) == (2, 0), honest.stdout
    assert "k8s/Kustomization: the change changes this kustomization" in done.stderr
    assert "a kustomization with `patches`, which is not applied" in honest.stderr


def test_the_hole_of_the_other_tests_is_one(project: Project) -> None:
    """The control of all: what is written honestly and opens something is found."""
    assert gate(project, {FILE: DENY}, {FILE: OPEN, "k8s/api.yaml": HOLE}).returncode == 1


def test_an_isolating_policy_that_is_too_large_to_be_stored_does_not_count_as_there(project: Project) -> None:
    many = ", ".join(["{podSelector: {matchLabels: {app: nobody}}}"] * 40_000)

    done = gate(project, {FILE: DENY}, {FILE: f"{DENY}  ingress:\n  - from: [{many}]\n"})

    assert (done.returncode, "which no API server stores" in done.stderr) == (2, True)


def test_a_submodule_that_is_not_checked_out_is_told_of(project: Project) -> None:
    project.branch({FILE: DENY}, {".gitmodules": '[submodule "vendor"]\n'})
    (project.root / "k8s/vendor").mkdir()

    assert "a submodule that is not checked out?" in project.shell("netpol gate --base main k8s").stderr
    (project.root / ".gitmodules").unlink()
    assert "submodule" not in project.shell("netpol gate --base main k8s").stderr


NOTHING = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: nothing, namespace: shop}\n"
KUSTOMIZATION = "k8s/kustomization.yaml"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            {KUSTOMIZATION: "resources: [db.yaml]\n", "k8s/other.yaml": NOTHING},
            {FILE: NOTHING, "k8s/other.yaml": DENY},
        ),
        (
            {KUSTOMIZATION: "resources: [db.yaml]\n"},
            {
                KUSTOMIZATION: "resources: [db.yaml, './a:b']\n",
                "k8s/a:b/kustomization.yaml": "resources: [../../o/open.yaml]\n",
                "k8s/a:../o/open.yaml": NOTHING,
                "o/open.yaml": OPEN,
            },
        ),
    ],
    ids=["moved to where it is not taken in", "a colon taken for that of a revision"],
)
def test_what_a_kustomization_does_not_apply_does_not_count_as_there(
    project: Project, before: dict[str, str | None], after: dict[str, str | None]
) -> None:
    project.branch({FILE: DENY, **before}, {})
    project.repository.commit({"k8s/db.yaml": DENY + "# a comment\n"})
    honest = project.shell("netpol gate --base main k8s")
    project.repository.commit(after)

    assert (honest.returncode, project.shell("netpol gate --base main k8s").returncode) == (0, 2)


def test_kustomizations_cannot_trade_places(project: Project) -> None:
    """One renames what it takes in, the other removes it: which of them does which counts."""
    rename = "resources: [p.yaml]\nnamePrefix: x-\n"
    remove = "resources: [p.yaml]\npatches: [{target: {kind: NetworkPolicy}, patch: '$patch: delete'}]\n"
    other = DENY.replace("name: deny", "name: deny-b") if "name: deny" in DENY else DENY
    before = {"k8s/a/p.yaml": DENY, "k8s/a/kustomization.yaml": rename, "k8s/b/kustomization.yaml": remove}
    project.branch({**before, "k8s/b/p.yaml": other.replace("namespace: shop", "namespace: other")}, {})
    project.repository.commit({"k8s/a/kustomization.yaml": remove, "k8s/b/kustomization.yaml": rename})

    traded = project.shell("netpol gate --base main k8s")
    project.repository.commit({"k8s/a/kustomization.yaml": rename, "k8s/b/kustomization.yaml": remove})
    honest = project.shell("netpol gate --base main k8s")

    assert (traded.returncode, honest.returncode) == (2, 0), traded.stdout + traded.stderr


RENAMING = "resources: [api.yaml, db.yaml]\nnamePrefix: x-\n"
OPENING = "resources: [api.yaml, db.yaml]\npatches: [{target: {kind: NetworkPolicy}, patch: '$patch: delete'}]\n"


@pytest.mark.parametrize("merge", ["", "--merge"])
def test_a_directory_called_like_the_base_does_not_hide_a_kustomization(project: Project, merge: str) -> None:
    """What is called like the kustomization of the base, and says what that says, is not compared in its place."""
    decoy = "main:k8s/kustomization.yaml"
    project.branch({FILE: DENY, KUSTOMIZATION: RENAMING}, {KUSTOMIZATION: OPENING, decoy: RENAMING})

    hostile = project.shell(f"netpol gate --base main {merge} .")
    project.repository.commit({KUSTOMIZATION: RENAMING, "k8s/api.yaml": REFACTORED, decoy: None})
    honest = project.shell(f"netpol gate --base main {merge} .")

    assert (hostile.returncode, honest.returncode) == (2, 0), honest.stdout + honest.stderr
    assert all(f"\n{name}: the change changes this" in f"\n{hostile.stderr}" for name in (KUSTOMIZATION, decoy))


JSON_PATCH = "- {op: replace, path: /spec/%s, value: %s}\n"
CLOSING, OPENED = JSON_PATCH % ("podSelector", "{matchLabels: {app: db}}"), JSON_PATCH % ("ingress", "[{}]")
TARGET = "target: {kind: NetworkPolicy, name: deny}"
READ = "resources: [api.yaml, db.yaml%s]\n"
TRANSFORMER = f"apiVersion: builtin\nkind: PatchTransformer\nmetadata: {{name: t}}\npath: %s\n{TARGET}\n"
MORE = DENY.replace("name: deny", "name: more")
TAKEN_IN: dict[str, tuple[Files, str]] = {
    "a patch without a suffix that is read": (
        {KUSTOMIZATION: READ % "" + f"patches: [{{path: patch.txt, {TARGET}}}]\n"},
        "k8s/patch.txt",
    ),
    "a patch of a component": (
        {
            KUSTOMIZATION: READ % "" + "components: [comp]\n",
            "k8s/comp/kustomization.yaml": f"kind: Component\npatches: [{{path: p.txt, {TARGET}}}]\n",
        },
        "k8s/comp/p.txt",
    ),
    "a patch of a component above": (
        {
            KUSTOMIZATION: READ % "" + "components: [../comp]\n",
            "comp/Kustomization": f"kind: Component\npatches: [{{path: ../p/p.txt, {TARGET}}}]\n",
        },
        "p/p.txt",
    ),
    "a resource without a suffix that is read": ({KUSTOMIZATION: READ % ", x.txt"}, "k8s/x.txt"),
    "a resource beside the manifests": ({KUSTOMIZATION: READ % ", ../other/x.yaml"}, "other/x.yaml"),
    "a resource of a base beside the manifests": (
        {KUSTOMIZATION: READ % ", ../base", "base/kustomization.yml": "resources: [below/x.yaml]\n"},
        "base/below/x.yaml",
    ),
    "a patch of a transformer that is read": (
        {KUSTOMIZATION: READ % "" + "transformers: [t.yaml]\n", "k8s/t.yaml": TRANSFORMER % "p.txt"},
        "k8s/p.txt",
    ),
    "a patch of a transformer in a directory": (
        {
            KUSTOMIZATION: READ % "" + "transformers: [../t]\n",
            "t/kustomization.yaml": "resources: [t.yaml]\n",
            "t/t.yaml": TRANSFORMER % "p.txt",
        },
        "k8s/p.txt",
    ),
    "a patch of a transformer in a line": (
        {KUSTOMIZATION: READ % "" + "transformers:\n- |\n" + indent(TRANSFORMER % "p.txt", "  ")},
        "k8s/p.txt",
    ),
    "a directory": ({KUSTOMIZATION: READ % "" + "helmCharts: [{name: c}]\n"}, "k8s/charts/c/p.tpl"),
}


@pytest.mark.parametrize(("before", "file"), TAKEN_IN.values(), ids=TAKEN_IN)
def test_what_a_kustomization_takes_in_cannot_change_unseen(project: Project, before: Files, file: str) -> None:
    closed, opened = (MORE, OPEN.replace("open", "more")) if "x." in file else (CLOSING, OPENED)
    may_touch_all = "transformers" in (before.get(KUSTOMIZATION) or "")
    project.branch({FILE: DENY, file: closed, **before}, {} if may_touch_all else {"k8s/api.yaml": REFACTORED})
    honest = project.shell("netpol gate --base main k8s")
    project.repository.write({file: opened})
    unstaged = project.shell("netpol gate --base main k8s")
    project.repository.commit({})
    merged = project.shell("netpol gate --base main --merge k8s")

    assert honest.returncode == 0, honest.stdout + honest.stderr
    assert (unstaged.returncode, merged.returncode) == (2, 2), merged.stdout
    assert "the change changes this kustomization, or what it takes in" in unstaged.stderr


def test_a_patch_behind_a_link_cannot_change_unseen(project: Project) -> None:
    before = {KUSTOMIZATION: READ % "" + f"patches: [{{path: patch.txt, {TARGET}}}]\n", "shared/p.txt": CLOSING}
    project.repository.write(before)
    (project.root / "k8s/patch.txt").symlink_to("../shared/p.txt")
    project.branch({FILE: DENY}, {"k8s/api.yaml": REFACTORED})
    honest = project.shell("netpol gate --base main k8s")
    project.repository.commit({"shared/p.txt": OPENED})

    assert (honest.returncode, project.shell("netpol gate --base main k8s").returncode) == (0, 2), honest.stderr


@pytest.mark.parametrize("entry", ["https://example.org/x.yaml", "github.com/example/x?ref=v1", "../../x.yaml", "none"])
def test_what_a_kustomization_takes_in_from_elsewhere_leaves_nothing_equivalent(project: Project, entry: str) -> None:
    project.branch({FILE: DENY, KUSTOMIZATION: READ % f", '{entry}'"}, {"k8s/api.yaml": REFACTORED})

    done = project.shell("netpol gate --base main k8s -o text -o json=r.json")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "as far as was read: what kustomizations take in from elsewhere is not read" in done.stdout
    assert "for every pod that could exist" not in done.stdout.replace("(every pod that could exist, with", "")
    assert '"complete": false' in (project.root / "r.json").read_text()
