"""Nobody passes the gate by what the base is taken for."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.pipeline import CONFIG, GOOD, HOLE, REFACTORED, Project, project_at, runner_of

Files = Mapping[str, str | None]
HONEST: Files = {"k8s/api.yaml": None, "k8s/web.yaml": REFACTORED}
OTHER = GOOD.replace("app: api", "app: a").replace("name: api,", "name: a,")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_at(tmp_path)


def names_of_base(project: Project) -> list[str]:
    sha = project.repository.git("rev-parse", "main")
    return ["main", sha, sha[:7], "HEAD~1", "main~0"]


def opened(text: str) -> bool:
    return "Newly violated (1)" in text and "role=debug" in text


def test_a_directory_called_like_the_base_is_not_read_as_the_base(project: Project) -> None:
    """The head opens a hole, and holds a directory that is called like the base and has the same hole."""
    project.branch({}, {"k8s/api.yaml": HOLE})
    spoofs = names_of_base(project)
    for name in spoofs:
        beside = {f"{name}:./k8s/api.yaml": HOLE, f"{name}:k8s/api.yaml": HOLE, f"{name}:./netpol.yaml": CONFIG}
        project.repository.write(beside)
    project.repository.commit()

    for name in [*spoofs[:-2], "HEAD~2"]:
        done = project.shell(f"netpol gate --base '{name}' k8s")
        assert done.returncode == 1, (name, done.stdout, done.stderr)
        assert opened(done.stdout)


def test_an_honest_change_beside_such_a_directory_passes(project: Project) -> None:
    project.branch({}, {"k8s/api.yaml": None, "k8s/web.yaml": REFACTORED})
    for name in names_of_base(project):
        project.repository.write({f"{name}:./k8s/api.yaml": HOLE, f"{name}:k8s/api.yaml": HOLE})
    project.repository.commit()

    done = project.shell("netpol gate --base main k8s")

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("files", "code"), [({"k8s/api.yaml": HOLE}, 1), ({"k8s/api.yaml": REFACTORED}, 0)])
def test_the_action_is_not_spoofed_either(project: Project, tmp_path: Path, files: dict[str, str], code: int) -> None:
    sha = project.repository.git("rev-parse", "main")
    project.branch({}, {**files, f"{sha}:./k8s/api.yaml": HOLE, f"{sha}:k8s/api.yaml": HOLE})
    runner = runner_of(project, tmp_path / "runner", base=sha, path="k8s")

    assert runner.run() == code, runner.log

    assert runner.outputs["grew"] == str(code == 1).lower()


def test_a_directory_called_like_a_revision_is_not_compared_in_its_place(project: Project) -> None:
    project.branch({}, {"k8s/api.yaml": HOLE, "main:k8s/api.yaml": HOLE})

    by_path = project.shell("netpol diff main change --path k8s")
    by_name = project.shell("netpol diff main:k8s k8s")
    project.shell("git rm --quiet -r main:k8s")
    honest = project.shell("netpol diff main:k8s k8s")

    assert (by_path.returncode, by_name.returncode, honest.returncode) == (1, 2, 1)
    assert "WIDER" in by_path.stdout
    assert "both a file and a path at the revision `main`" in by_name.stderr
    assert honest.stdout == by_path.stdout.replace("change:k8s", "k8s")


def test_a_tag_does_not_stand_in_for_the_branch(project: Project) -> None:
    project.branch({}, {"k8s/api.yaml": HOLE})
    project.repository.git("tag", "main", "change")

    by_name, by_ref = (project.shell(f"netpol gate --base {name} k8s") for name in ("main", "refs/heads/main"))

    assert (by_name.returncode, by_ref.returncode) == (2, 1)
    assert "`main` is ambiguous: `refs/tags/main` and `refs/heads/main` are not the same" in by_name.stderr


def test_replaced_objects_count_for_nothing(project: Project) -> None:
    project.branch({}, {"k8s/api.yaml": HOLE})
    project.repository.git("replace", "main", "change")

    done = project.shell("netpol gate --base main k8s")

    assert done.returncode == 1, done.stdout + done.stderr


@pytest.mark.parametrize("honest", [False, True])
def test_a_repository_committed_into_the_tree_is_none(project: Project, tmp_path: Path, honest: bool) -> None:
    """A bare repository in a directory of the head, whose `main` has the hole already; found by who starts there."""
    project.repository.commit({"deploy/k8s/api.yaml": GOOD})
    project.repository.git("switch", "--quiet", "--create", "change")
    project.repository.commit({"deploy/k8s/api.yaml": REFACTORED if honest else HOLE})
    if not honest:
        other = project_at_deploy(tmp_path)
        project.shell(f"cp -r '{other}'/. deploy/ && mkdir -p deploy/refs/heads && touch deploy/refs/heads/.keep")
        assert project.shell("git -C deploy rev-parse --is-bare-repository").stdout == "true\n"

    done = project.shell("cd deploy && netpol gate --base main k8s")

    assert done.returncode == (0 if honest else 2), done.stdout + done.stderr


def project_at_deploy(folder: Path) -> Path:
    """A bare repository whose `main` holds the hole."""
    (folder / "other").mkdir()
    made = project_at(folder / "other")
    made.repository.commit({"k8s/api.yaml": HOLE})
    made.repository.git("clone", "--quiet", "--bare", str(made.root), str(folder / "bare"))
    return folder / "bare"


# What the base lacks


def test_manifests_that_were_moved_are_not_new(project: Project) -> None:
    """Of `deploy` the base has nothing, so that everything in it would look like closing."""
    project.branch({}, {"k8s/api.yaml": None, "deploy/api.yaml": HOLE})

    moved, said_to_be_new = (project.shell(f"netpol gate --base main {more} deploy") for more in ("", "--new deploy"))
    project.repository.git("switch", "--quiet", "main")
    project.branch_again({"fresh/api.yaml": GOOD.replace("namespace: shop", "namespace: fresh")})
    honest = project.shell("netpol gate --base main k8s fresh --new fresh")

    assert moved.returncode == 2
    assert "deploy: `main` has no manifests there" in moved.stderr
    assert "`--new deploy`" in moved.stderr
    assert said_to_be_new.returncode == 1  # the hole breaks a property all the same
    assert honest.returncode == 0, honest.stdout


@pytest.mark.parametrize("honest", [False, True])
def test_manifests_in_a_submodule_do_not_pass_the_action(project: Project, tmp_path: Path, honest: bool) -> None:
    """The base has them as a submodule, whose files git does not have; a bump of it could hold anything."""
    (tmp_path / "other").mkdir()
    other = project_at(tmp_path / "other")
    if not honest:
        add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.root), "k8s/vendor")
        project.repository.git(*add)
        project.repository.commit()
    project.branch({}, {})
    if not honest:
        vendored = project.root / "k8s" / "vendor"
        (vendored / "k8s" / "api.yaml").write_text(HOLE.replace("name: api,", "name: hole,"))
        project.shell("cd k8s/vendor && git commit --quiet --all --message bump")
    project.repository.commit(HONEST)
    runner = runner_of(project, tmp_path / "runner", path="k8s")

    assert runner.run() == (0 if honest else 2), runner.log

    assert ("main:k8s/vendor: a submodule" in runner.log) is not honest


@pytest.mark.parametrize("target", ["/etc", "../elsewhere", "../../outside"])
def test_links_at_the_base_that_are_not_followed_are_errors(project: Project, target: str) -> None:
    """What the base has by a link is not nothing, so that a head that holds files in its place may well open some."""
    project.repository.write({"elsewhere/api.yaml": GOOD})
    (project.root / "k8s" / "more").symlink_to(target)
    project.branch({}, {})
    (project.root / "k8s" / "more").unlink()
    project.repository.commit({"k8s/more/api.yaml": HOLE.replace("name: api,", "name: more,")})

    done, left_out = (project.shell(f"netpol gate --base main k8s {more}") for more in ("", "--exclude more"))

    assert done.returncode == 2, done.stdout
    assert "main:k8s/more: a symbolic link" in done.stderr
    assert left_out.returncode == 0


def test_what_the_base_cannot_read_is_an_error(project: Project) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    project.branch({"k8s/big.yaml": pointer}, {"k8s/big.yaml": GOOD.replace("name: api,", "name: big,"), **HONEST})

    done = project.shell("netpol gate --base main k8s")
    mended = project.shell("netpol check k8s")

    assert (done.returncode, mended.returncode) == (2, 0)
    assert "main:k8s/big.yaml: a pointer of Git LFS" in done.stderr


CHART = {"k8s/c/Chart.yaml": "name: c\n", "k8s/c/templates/t.yaml": GOOD.replace("name: api,", "name: t,")}
IN_A_CHART = HOLE.replace("name: api,", "name: t,")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CHART, {"k8s/c/Chart.yaml": None, "k8s/c/templates/t.yaml": IN_A_CHART}),
        (CHART, {"k8s/c/templates/t.yaml": IN_A_CHART}),
        (CHART, {"k8s/c/templates/more.yaml": IN_A_CHART}),
        (CHART, {"k8s/c/templates/t.yaml": None, **HONEST}),
        ({}, {**CHART, "k8s/c/templates/t.yaml": IN_A_CHART}),
        (CHART, {"k8s/c/values.yaml": "open: true\n"}),
        (CHART, {"k8s/c/charts/sub.tgz": "a package\n"}),
        (CHART, {"k8s/c/values-prod.yaml": "open: true\n"}),
        (CHART, {"k8s/c/files/p.tpl": "a part\n"}),
        (CHART, {"k8s/c/.helmignore": "templates/t.yaml\n"}),
    ],
    ids=[
        *("a chart taken away", "changed", "added", "removed", "a new chart", "other values", "another chart in it"),
        *("values of a stage", "a part of a template", "what is no part of it"),
    ],
)
def test_what_is_left_out_cannot_change_unseen(project: Project, before: Files, after: Files) -> None:
    """Of a chart the templates are not read, whoever applies them."""
    project.branch(before, after)

    done, on_purpose = (project.shell(f"netpol gate --base main {more} k8s") for more in ("", "--exclude templates"))

    assert (done.returncode, on_purpose.returncode) == (2, 0), done.stdout
    assert "k8s/c/templates: nothing in it is read, and the change changes it" in done.stderr


OF_OTHERS = {
    "k8s/u/Chart.yaml": "name: u\ndependencies: [{name: d, version: 1}]\n",
    "k8s/u/values.yaml": "open: false\n",
}


@pytest.mark.parametrize(
    ("after", "options", "code"),
    [
        ({"k8s/u/values.yaml": "open: true\n"}, "", 2),
        ({"k8s/u/Chart.lock": "digest: x\n"}, "", 2),
        ({"k8s/u/values.yaml": "open: true\n"}, "--exclude k8s/u/values.yaml", 0),
        ({"k8s/u/values.yaml": "open: true\n"}, "--exclude values.yaml", 0),
        ({"k8s/u/values.yaml": "open: true\n"}, "--exclude u", 0),
        ({"k8s/u/values.yaml": "open: true\n"}, "--exclude u/values.yaml", 2),
        ({"k8s/u/README.md": "words\n", "k8s/u/LICENSE": "words\n"}, "", 0),
        ({"k8s/u/files/README.md": "words\n"}, "", 2),
    ],
)
def test_a_chart_counts_as_a_whole_though_it_has_no_templates(
    project: Project, after: Files, options: str, code: int
) -> None:
    project.branch(OF_OTHERS, after)

    done = project.shell(f"netpol gate --base main {options} k8s")

    assert done.returncode == code, done.stdout + done.stderr


@pytest.mark.parametrize("merge", ["", "--merge"])
@pytest.mark.parametrize("folder", ["a\nb", "a\u2028b", "a:b", "main:a", "c"])
def test_no_name_hides_what_is_left_out(project: Project, folder: str, merge: str) -> None:
    chart = {f"k8s/{folder}/{name.removeprefix('k8s/c/')}": text for name, text in CHART.items()}
    project.branch({}, chart)

    done = project.shell(f"netpol gate --base main {merge} k8s")

    assert done.returncode == 2, done.stdout
    assert "nothing in it is read, and the change changes it" in done.stderr


@pytest.mark.parametrize("merge", ["", "--merge"])
@pytest.mark.parametrize("change", ["a new chart", "changed", "none"])
def test_what_is_left_out_is_found_behind_a_link_to_all_manifests(project: Project, change: str, merge: str) -> None:
    chart = {name.replace("k8s/", "deploy/"): text for name, text in CHART.items()}
    project.repository.git("mv", "k8s", "deploy")
    (project.root / "k8s").symlink_to("deploy")
    project.branch({} if change == "a new chart" else chart, {**chart, "deploy/more.yaml": OTHER})
    if change == "changed":
        project.repository.commit({"deploy/c/templates/t.yaml": IN_A_CHART})

    done = project.shell(f"netpol gate --base main {merge} k8s")

    assert done.returncode == (0 if change == "none" else 2), done.stdout + done.stderr


def test_what_is_left_out_on_purpose_may_change_whichever_way_the_glob_is_written(project: Project) -> None:
    project.branch(CHART, {"k8s/c/templates/t.yaml": IN_A_CHART})

    assert project.shell("netpol gate --base main --exclude 'k8s/c/templates' k8s").returncode == 0


@pytest.mark.parametrize("name", ["k8s", "k8s/api.yaml"])
@pytest.mark.parametrize("absolute", [False, True])
def test_manifests_that_are_named_lie_in_the_repository(
    project: Project, tmp_path: Path, name: str, absolute: bool
) -> None:
    """Behind such a link another machine shows something else, or nothing."""
    outside = tmp_path / "outside" / name.partition("/")[2]
    outside.parent.mkdir(exist_ok=True)
    project.branch({}, {})
    (project.root / name).rename(outside)
    (project.root / name).symlink_to(outside if absolute else os.path.relpath(outside, (project.root / name).parent))
    project.repository.commit({})

    done = project.shell(f"netpol gate --base main {name}")

    assert done.returncode == 2, done.stdout
    assert f"{name}: a symbolic link that is absolute or leads out of the repository" in done.stderr


@pytest.mark.parametrize("arguments", ["k8s", "k8s/api.yaml", "deploy -p k8s"])
def test_a_link_that_leads_in_a_circle_is_an_error(project: Project, arguments: str) -> None:
    project.branch({"deploy/api.yaml": GOOD}, {"k8s/api.yaml": None})
    (project.root / "k8s").rmdir()
    (project.root / "k8s").symlink_to("k8s")
    project.repository.commit({})

    assert project.shell(f"netpol gate --base main {arguments}").returncode == 2


def test_what_git_advises_does_not_hide_why_it_fails(project: Project) -> None:
    project.branch({}, HONEST)
    project.repository.git("clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{project.root}", "../clone")

    done = project.shell("cd ../clone && netpol gate --base origin/main --merge k8s")

    assert (done.returncode, done.stderr) == (2, "error: git: refusing to merge unrelated histories\n")


@pytest.mark.parametrize("honest", [False, True])
def test_a_path_means_what_its_letters_say(project: Project, honest: bool) -> None:
    """With `sub` a link, `sub/../k8s` is another directory to the file system than to git."""
    config = CONFIG.replace("[k8s]", "[../k8s]")
    project.branch({"netpol.yaml": None, "sub/netpol.yaml": config}, {})
    if honest:
        project.repository.commit(HONEST)
    else:
        project.repository.git("rm", "-rq", "sub")
        project.repository.write({"a/b/netpol.yaml": config, "a/k8s/api.yaml": GOOD, "k8s/api.yaml": HOLE})
        (project.root / "sub").symlink_to("a/b")
        project.repository.commit({})

    done = project.shell("netpol gate --base main --config sub/netpol.yaml")

    assert done.returncode == (0 if honest else 2), done.stdout + done.stderr


def test_manifests_behind_a_link_inside_of_the_repository_are_judged(project: Project) -> None:
    project.branch({}, {})
    (project.root / "k8s").rename(project.root / "deploy")
    (project.root / "k8s").symlink_to("deploy")
    project.repository.commit({})
    honest = project.shell("netpol gate --base main k8s")
    project.repository.commit({"deploy/api.yaml": HOLE})

    assert (honest.returncode, project.shell("netpol gate --base main k8s").returncode) == (0, 1)


def test_a_chart_made_of_plain_manifests_takes_them_away(project: Project) -> None:
    """Unchanged, and not read any more: what they closed as plain manifests nobody sees in a chart."""
    project.branch({"k8s/templates/t.yaml": OTHER}, {"k8s/Chart.yaml": "name: c\n"})

    assert project.shell("netpol gate --base main k8s").returncode == 2
    assert project.shell("netpol gate --base main --exclude templates k8s").returncode == 0


def test_a_chart_that_stays_as_it_is_stops_nobody(project: Project, tmp_path: Path) -> None:
    project.branch(CHART, HONEST)
    runner = runner_of(project, tmp_path / "runner", path="k8s")

    assert runner.run() == 0, runner.log


def test_a_base_without_policies_is_no_base(project: Project) -> None:
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
    project.branch({"k8s/api.yaml": namespace}, {"k8s/api.yaml": namespace + "---\n" + HOLE})

    done, new = (project.shell(f"netpol gate --base main k8s {more}") for more in ("", "--new k8s"))

    assert (done.returncode, new.returncode) == (2, 1)
    assert "neither a policy nor a workload in main:k8s" in done.stderr


# What a shell expands


def test_a_file_that_was_removed_is_noticed_where_a_shell_names_the_files(project: Project) -> None:
    """`k8s/*.yaml` cannot name what is gone."""
    project.branch({"k8s/a.yaml": OTHER}, {"k8s/a.yaml": None})

    expanded, directory = (project.shell(f"netpol gate --base main {path}") for path in ("k8s/*.yaml", "k8s"))
    project.repository.commit({"k8s/a.yaml": OTHER, "k8s/api.yaml": REFACTORED})
    honest = project.shell("netpol gate --base main k8s/*.yaml")

    assert (expanded.returncode, directory.returncode, honest.returncode) == (2, 1, 0), expanded.stderr
    assert "k8s/a.yaml: `main` has it, the change does not, and no argument names it" in expanded.stderr
    assert "hint: name the directory, as `netpol gate --base main k8s` does" in expanded.stderr


def test_a_file_that_was_renamed_is_noticed_by_the_action(project: Project, tmp_path: Path) -> None:
    project.branch({}, {"k8s/api.yaml": None, "k8s/b.yaml": HOLE})
    runner = runner_of(project, tmp_path / "runner", path="k8s/b.yaml")

    assert runner.run() == 2, runner.log

    assert "k8s/api.yaml: `main` has it" in runner.log


# Names


def test_an_empty_name_is_no_base(project: Project) -> None:
    project.branch({}, {"k8s/api.yaml": HOLE})

    done = project.shell('netpol gate --base "$NOT_SET" k8s')

    assert done.returncode == 2
    assert "`--base` is empty\nhint: is the variable set" in done.stderr


def test_a_base_that_is_the_head_is_warned_of_in_every_format(project: Project) -> None:
    project.branch({}, {"k8s/api.yaml": REFACTORED})
    said = "`change` is the commit that is checked out: only what is not committed is judged"

    same = project.shell("netpol gate --base change k8s")
    other, head = (project.shell(f"netpol gate --base {name} k8s") for name in ("main", "HEAD"))

    assert said in same.stderr
    assert "is the commit that is checked out" not in other.stderr + head.stderr


def test_reports_name_the_base_as_it_was_typed_and_its_commit(project: Project) -> None:
    project.branch({}, HONEST)
    sha = project.repository.git("rev-parse", "main")

    by_name, by_commit = (project.shell(f"netpol gate --base {name} k8s") for name in ("main", sha))

    assert f"compared with main ({sha[:12]})" in by_name.stdout
    assert f"compared with {sha[:12]}\n" in by_commit.stdout


# Merging


def test_what_others_changed_meanwhile_counts_in_a_merge(project: Project) -> None:
    """On `main` a label came that the change's policy lets in: only together they open."""
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop, labels: {role: %s}}\n"
    project.branch({"k8s/pod.yaml": pod % "db"}, {"k8s/api.yaml": GOOD.replace("role: web", "role: debug")})
    project.repository.git("switch", "--quiet", "main")
    project.repository.commit({"k8s/other.yaml": GOOD.replace("name: api,", "name: other,")})
    project.repository.git("switch", "--quiet", "change")
    options = "-u open -e 'never shop/role=x -> shop/app=api' k8s"

    tree, merge = (project.shell(f"netpol gate --base main {more} {options}") for more in ("", "--merge"))

    assert (tree.returncode, merge.returncode) == (1, 1)
    assert "Closed (1)" in tree.stdout  # what others added since is taken for removed
    assert "Closed" not in merge.stdout
    assert "merge:k8s/api.yaml" in merge.stdout


def test_an_honest_merge_passes_and_a_conflict_needs_a_person(project: Project) -> None:
    project.branch({}, {"k8s/more.yaml": GOOD.replace("name: api,", "name: more,")})
    project.repository.git("switch", "--quiet", "main")
    project.repository.commit({"k8s/other.yaml": GOOD.replace("name: api,", "name: other,")})
    project.repository.git("switch", "--quiet", "change")
    honest = project.shell("netpol gate --base main --merge k8s")
    project.repository.write({"k8s/more.yaml": HOLE})
    dirty = project.shell("netpol gate --base main --merge k8s")
    project.repository.commit({"k8s/other.yaml": HOLE})
    conflict = project.shell("netpol gate --base main --merge k8s")

    assert (honest.returncode, dirty.returncode, conflict.returncode) == (0, 0, 2), honest.stdout
    assert "what is not committed is not judged" in dirty.stderr
    assert "HEAD cannot be merged into `main`: `k8s/other.yaml`" in conflict.stderr


@pytest.mark.parametrize("name", ["templates/t.yaml", "values.yaml", "templates/more.yaml"])
def test_what_is_left_out_cannot_change_unseen_where_nobody_staged_it(project: Project, name: str) -> None:
    """The head is the work tree, of which the index says what it was."""
    project.branch({**CHART, "k8s/c/values.yaml": "open: false\n"}, HONEST)
    honest = project.shell("netpol gate --base main k8s")
    project.repository.write({f"k8s/c/{name}": IN_A_CHART if name.startswith("t") else "open: true\n"})
    unstaged = project.shell("netpol gate --base main k8s")

    assert (honest.returncode, unstaged.returncode) == (0, 2), honest.stderr + unstaged.stdout


def test_no_filter_of_git_runs_for_what_is_left_out_and_line_breaks_are_no_change(project: Project) -> None:
    project.branch({**CHART, ".gitattributes": "*.yaml filter=trick text\n"}, HONEST)
    project.repository.git("config", "filter.trick.clean", "touch ran; cat")
    chart = project.root / "k8s/c/templates/t.yaml"
    chart.write_bytes(chart.read_bytes().replace(b"\n", b"\r\n"))

    done = project.shell("netpol gate --base main k8s")

    assert done.returncode == 0, done.stderr
    assert not (project.root / "ran").exists()


@pytest.mark.parametrize("hostile", [False, True])
def test_a_link_that_is_left_out_cannot_come_to_lead_elsewhere(project: Project, hostile: bool) -> None:
    """At the base it leads to what is read anyway."""
    project.repository.write({"k8s/a/api.yaml": OTHER, "other/api.yaml": OTHER})
    (project.root / "k8s/more").symlink_to("a")
    project.branch({}, HONEST)
    if hostile:
        (project.root / "k8s/more").unlink()
        (project.root / "k8s/more").symlink_to("../other")
        project.repository.commit({})

    done = project.shell("netpol gate --base main k8s")

    assert done.returncode == (2 if hostile else 0), done.stdout + done.stderr
