"""Directories that have to be rendered, at the command line: what is run, what is said where nothing can be, and what
is never run. The programs are such as say what a test wants; the real ones are in tests/live."""

import json
import os
import shutil
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.cli.process import netpol
from tests.programs import script, writes
from tests.report.test_json_schema import mistakes
from tests.repository import Repository

CLOSED = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: []
"""
OPEN = CLOSED.replace("ingress: []", "ingress: [{}]")
CLAIM = "never * -> shop/app=db"
OVERLAY = "resources: [../base]\npatches: [{path: open.yaml}]\n"
CHART = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"
RENDERED = f"---\n# Source: shop/templates/db.yaml\n{OPEN}"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository whose base closes what the overlay opens."""
    made = Repository.at(tmp_path / "tree")
    made.commit(
        {
            "base/kustomization.yaml": "resources: [db.yaml]\n",
            "base/db.yaml": CLOSED,
            "prod/kustomization.yaml": OVERLAY,
            "prod/open.yaml": OPEN.replace(", namespace: shop", ""),
        }
    )
    return made.root


def tools(tree: Path) -> Path:
    return tree.parent / "tools"


def run(tree: Path, *arguments: str, stdin: str = "") -> CompletedProcess[str]:
    """netpol with the programs of a test, git and unshare on its PATH, and no others."""
    folder = tools(tree)
    folder.mkdir(exist_ok=True)
    for name in ("git", "unshare"):
        found = shutil.which(name)
        if found is not None and not (folder / name).exists():
            (folder / name).symlink_to(found)
    return netpol(*arguments, cwd=tree, stdin=stdin, PATH=str(folder))


def test_what_is_judged_is_what_the_overlay_makes_of_the_base(tree: Path) -> None:
    writes(tools(tree), "kustomize", OPEN)

    for paths in (["."], ["prod"], ["base", "prod"], ["prod/kustomization.yaml"], [str(tree)]):
        done = run(tree, "check", *paths, "-e", CLAIM)
        assert done.returncode == 1, done.stderr
        assert "rendered by `kustomize build" in done.stderr
    assert run(tree, "check", "base", "-e", CLAIM).returncode == 0


def test_the_json_says_what_was_rendered_and_fits_its_schema(tree: Path) -> None:
    writes(tools(tree), "kustomize", OPEN)

    document = json.loads(run(tree, "check", ".", "-e", CLAIM, "-o", "json").stdout)

    [step] = document["results"][0]["trace"]["ingress"]
    assert step["origin"] == {"file": "prod/kustomization.yaml", "line": 1, "column": 1, "renderedBy": "prod"}
    assert mistakes(document) == []


@pytest.mark.parametrize(
    "arguments",
    [("explain", ".", "shop/app=x -> shop/app=db : TCP/1"), ("map", "."), ("lint", "."), ("diff", "base", ".")],
)
def test_every_command_renders(tree: Path, arguments: tuple[str, ...]) -> None:
    writes(tools(tree), "kustomize", OPEN)

    assert "rendered by `kustomize build prod`" in run(tree, *arguments).stderr


def test_kubectl_builds_where_kustomize_is_missing(tree: Path) -> None:
    script(tools(tree), "kubectl", f'test "$1" = kustomize && exec /bin/cat "{tree}/base/db.yaml"')

    done = run(tree, "check", ".", "-e", CLAIM)

    assert done.returncode == 0, done.stderr
    assert "rendered by `kubectl kustomize prod`" in done.stderr


def test_where_no_program_is_there_it_says_what_to_install(tree: Path) -> None:
    done = run(tree, "check", ".", "-e", CLAIM)

    assert done.returncode == 2
    assert done.stdout == ""
    assert "prod: it has to be rendered, and neither `kustomize` nor `kubectl` is on the PATH" in done.stderr
    assert "`kustomize build prod | netpol check -`" in done.stderr


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("echo 'Error: no such base' >&2; exit 1", "`kustomize build prod` failed: no such base"),
        ("exit 3", "`kustomize build prod` ended with code 3 and said nothing"),
        ("echo 'a: [b'", "what `kustomize build prod` writes cannot be read: line"),
        ("echo '- a'; printf 'b\\377'", "what `kustomize build prod` writes cannot be read"),
        ("printf 'a: \\0'", "what `kustomize build prod` writes cannot be read"),
        ("echo 'a: &a [1]'; for i in 1 2 3 4 5 6 7 8 9; do echo \"k$i: &k$i [*a,*a,*a,*a,*a,*a,*a,*a,*a]\"; done", ""),
    ],
)
def test_a_renderer_that_fails_ends_in_one_message_and_no_report(tree: Path, body: str, message: str) -> None:
    script(tools(tree), "kustomize", body)

    done = run(tree, "check", ".", "-e", CLAIM, "-o", "json")

    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads(done.stdout)["results"] == []


def test_the_program_gets_no_environment_and_no_path(tree: Path) -> None:
    report = tree.parent / "environment"
    script(
        tools(tree), "kustomize", f"/usr/bin/env > '{report}'; pwd >> '{report}'; exec /bin/cat '{tree}/base/db.yaml'"
    )
    env = {"HTTPS_PROXY": "http://localhost:1", "AWS_SECRET": "x", "KUBECONFIG": "/x", "PATH": str(tools(tree))}

    run(tree, "check", ".", "-e", CLAIM)
    done = netpol("check", ".", "-e", CLAIM, cwd=tree, **env)

    assert done.returncode == 0, done.stderr
    said = dict(line.partition("=")[::2] for line in report.read_text().splitlines())
    assert not {"HTTPS_PROXY", "AWS_SECRET"} & said.keys()
    assert said["KUBECONFIG"] == os.devnull
    assert not Path(said["PATH"]).exists()  # it was empty, and is gone
    assert said["HOME"] != os.environ["HOME"]


def test_the_network_is_out_of_reach_where_the_system_lets_it_be(tree: Path) -> None:
    unshare = shutil.which("unshare")
    links = tree.parent / "links"
    script(tools(tree), "kustomize", f"/bin/cat /proc/net/dev > '{links}'; exec /bin/cat '{tree}/base/db.yaml'")

    assert run(tree, "check", ".", "-e", CLAIM).returncode == 0
    interfaces = {line.partition(":")[0].strip() for line in links.read_text().splitlines()[2:]}
    if unshare is None or os.system(f"{unshare} --net --map-root-user true") != 0:
        pytest.skip("this system lets nobody take the network away")
    assert interfaces == {"lo"}


def test_a_program_of_the_working_directory_is_not_run(tree: Path) -> None:
    script(tree, "kustomize", "echo run > ran")

    done = netpol("check", ".", "-e", CLAIM, cwd=tree, PATH=f":.:{tree}")

    assert done.returncode == 2
    assert not (tree / "ran").exists()


@pytest.mark.parametrize("entry", ["https://example.org/x.yaml", "github.com/a/b", "../../outside", "none.yaml"])
def test_nothing_is_run_where_an_entry_is_no_path_of_the_repository(tree: Path, entry: str) -> None:
    script(tools(tree), "kustomize", f"echo run > '{tree}/ran'")
    (tree / "base" / "kustomization.yaml").write_text(f"resources: [db.yaml, '{entry}']\n")
    (tree.parent / "outside").mkdir()
    (tree.parent / "outside" / "kustomization.yaml").write_text("resources: []\n")

    done = run(tree, "check", "prod", "-e", CLAIM)

    assert done.returncode == 2
    assert "base/kustomization.yaml:1:22" in done.stderr
    assert not (tree / "ran").exists()


def test_without_rendering_base_and_overlay_are_not_read_together(tree: Path) -> None:
    script(tools(tree), "kustomize", f"echo run > '{tree}/ran'")

    done = run(tree, "check", ".", "-e", CLAIM, "--render-with", "never")

    assert done.returncode == 2
    assert "prod: a kustomization that is not built" in done.stderr
    assert "`kustomize build prod | netpol check -`" in done.stderr
    assert "`netpol check prod`" in done.stderr
    assert not (tree / "ran").exists()


def test_a_kustomization_on_standard_input_is_refused(tree: Path) -> None:
    text = f"{CLOSED}---\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: x\n"

    done = run(tree, "check", "-", "-e", CLAIM, stdin=text)

    assert done.returncode == 2
    assert "would be read together" in done.stderr


def test_a_plain_kustomization_needs_no_program(tree: Path) -> None:
    done = run(tree, "check", "base", "-e", CLAIM)

    assert done.returncode == 0
    assert "its files are read as they stand" in done.stderr


def test_one_that_is_left_out_on_purpose_is_said_in_every_report(tree: Path) -> None:
    done = run(
        tree, "check", ".", "--exclude", "kustomization.yaml", "--exclude", "open.yaml", "-e", CLAIM, "-o", "json"
    )

    assert done.returncode == 0
    assert [warning["code"] for warning in json.loads(done.stdout)["warnings"]] == ["kustomization-left-out"]


def test_files_that_no_kustomization_takes_in_are_named_and_not_read(tree: Path) -> None:
    writes(tools(tree), "kustomize", CLOSED)
    (tree / "prod" / "extra.yaml").write_text(OPEN.replace("name: db", "name: extra"))
    (tree / "prod" / "values.yaml").write_text("a: b\n")

    done = run(tree, "check", ".", "-e", CLAIM, "-o", "json")

    assert done.returncode == 0, done.stderr
    [warning] = json.loads(done.stdout)["warnings"]
    assert warning["code"] == "not-taken-in"
    assert "`prod/extra.yaml`" in warning["message"]
    assert "values" not in warning["message"]
    assert run(tree, "check", ".", "prod/extra.yaml", "-e", CLAIM).returncode == 1


def test_a_file_that_is_named_is_read_or_it_is_an_error(tree: Path) -> None:
    writes(tools(tree), "kustomize", CLOSED)
    generator = "configMapGenerator: [{name: x, files: [held.yaml]}]\n"
    Repository(tree).write({"prod/kustomization.yaml": OVERLAY + generator, "prod/held.yaml": OPEN})

    for paths in (
        [".", "base/db.yaml"],
        ["prod", "prod/open.yaml", "prod/kustomization.yaml"],
        [".", "prod/held.yaml"],
    ):
        done = run(tree, "check", *paths, "-e", CLAIM)
        assert done.returncode == 2, done.stderr
        assert f"{paths[1]}: named beside a kustomization that it is a part of, and that is built" in done.stderr
        assert run(tree, "check", paths[1], "-n", "shop", "-e", CLAIM).returncode != 2


def test_what_only_such_a_component_takes_in_is_built_by_itself(tree: Path) -> None:
    writes(tools(tree), "kustomize", OPEN)
    made = Repository(tree)
    made.write(
        {
            "prod/kustomization.yaml": None,
            "part/kustomization.yaml": "kind: Component\nresources: [../base]\nnamespace: other\n",
            "part/part/kustomization.yaml": "kind: Component\nresources: [../../base]\n",
        }
    )

    done = run(tree, "check", ".", "-e", CLAIM)

    assert done.returncode == 1, done.stderr
    assert "base: note: rendered by" in done.stderr
    assert "part: warning: a component that no kustomization here takes in" in done.stderr


def test_a_component_that_nothing_takes_in_is_said(tree: Path) -> None:
    writes(tools(tree), "kustomize", CLOSED)
    (tree / "part").mkdir()
    (tree / "part" / "kustomization.yaml").write_text("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n")

    done = run(tree, "check", ".", "-e", CLAIM)

    assert done.returncode == 0
    assert "part: warning: a component that no kustomization here takes in" in done.stderr


def test_two_roots_that_give_one_object_differently_are_refused(tree: Path) -> None:
    (tree / "dev").mkdir()
    (tree / "dev" / "kustomization.yaml").write_text("resources: [../base]\nnamePrefix: ''\n")
    (tree.parent / "closed.yaml").write_text(CLOSED)
    (tree.parent / "open.yaml").write_text(OPEN)
    script(
        tools(tree),
        "kustomize",
        f'case "$2" in */dev) f=closed;; *) f=open;; esac; exec /bin/cat "{tree.parent}/$f.yaml"',
    )

    done = run(tree, "check", "dev", "prod", "-e", CLAIM)

    assert done.returncode == 2
    assert "`dev` and `prod` both give NetworkPolicy shop/db, and not alike" in done.stderr
    assert "--exclude 'prod/'" in done.stderr
    assert run(tree, "check", ".", "-e", CLAIM, "--exclude", "prod/").returncode == 0


def test_a_revision_is_rendered_as_it_was(tree: Path) -> None:
    script(tools(tree), "kustomize", 'exec /bin/cat "$2/open.yaml"')
    (tree / "prod" / "open.yaml").write_text(CLOSED)
    (tree / "prod" / "kustomization.yaml").write_text(OVERLAY + "namespace: shop\n")
    Repository(tree).commit({"prod/open.yaml": OPEN})
    (tree / "prod" / "open.yaml").write_text(CLOSED)

    done = run(tree, "diff", "main:prod", "prod")

    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("NARROWER")
    assert "main:prod: note: rendered" in done.stderr


FLEET = """\
apiVersion: netpol-verifier/v1
kind: Fleet
metadata: {name: all}
spec:
  properties: ['%s']
  clusters: [{name: a, manifests: [%s]%s}]
"""


def test_a_fleet_renders_what_has_to_be_built(tree: Path) -> None:
    writes(tools(tree), "kustomize", OPEN)
    (tree / "fleet.yaml").write_text(FLEET % (CLAIM, "base, prod", ""))

    done = run(tree, "fleet", "fleet.yaml")
    never = run(tree, "fleet", "fleet.yaml", "--render-with", "never")

    assert done.returncode == 1, done.stderr
    assert "rendered by `kustomize build prod`" in done.stderr
    assert never.returncode == 2
    assert "a kustomization that is not built" in never.stdout + never.stderr


def test_what_a_fleet_cannot_build_is_wrong_in_that_cluster_alone(tree: Path) -> None:
    other = "\n  - {name: b, manifests: [base]}"
    (tree / "fleet.yaml").write_text(FLEET.replace("[{name: a", "\n  - {name: a").replace("}]", "}" + other) % (
        CLAIM, "prod", ""
    ))  # fmt: skip

    done = run(tree, "fleet", "fleet.yaml", "-o", "json")

    assert done.returncode == 2, done.stderr
    _, second = json.loads(done.stdout)["clusters"]
    assert "neither `kustomize` nor `kubectl` is on the PATH" in done.stdout
    assert "proved" in json.dumps(second)


@pytest.fixture
def chart(tree: Path) -> Path:
    Repository(tree).commit(
        {
            "chart/Chart.yaml": CHART,
            "chart/values.yaml": "open: false\n",
            "chart/templates/db.yaml": OPEN.replace("ingress: [{}]", "ingress: {{ .Values.open }}"),
            "plain/namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n",
            "values.yaml": "a: b\n",
        }
    )
    return tree


def test_a_chart_is_rendered_with_the_values_that_the_command_line_gives(chart: Path) -> None:
    made = writes(tools(chart), "output", RENDERED)
    script(tools(chart), "helm", f"echo \"$@\" > '{chart}/said'; exec '{made}'")

    done = run(
        chart, "check", "chart", "plain", "-e", CLAIM, "--helm-values", "values.yaml", "--helm-set", "a=b", "-n", "x"
    )

    assert done.returncode == 1, done.stderr
    values = chart / "values.yaml"
    assert (chart / "said").read_text().split() == [
        "template", str(chart / "chart"), "--namespace=x", f"--values={values}", "--set=a=b",
    ]  # fmt: skip
    assert "chart/templates/db.yaml:4  as rendered by chart" in done.stdout
    assert "rendered by `helm template chart --values values.yaml --set a=b`" in done.stderr
    for here in (".", str(chart)):  # nobody leaves its templates out on purpose
        done = run(chart, "check", here, "--exclude", "prod/", "--exclude", "base/", "-e", CLAIM)
        assert done.returncode == 1, done.stderr


CONFIG = "apiVersion: netpol-verifier/v1\nkind: Config\nspec: %s\n"


def test_a_chart_is_given_what_the_configuration_says(chart: Path) -> None:
    asked = chart.parent / "asked"
    writes(tools(chart), "told", RENDERED)
    script(tools(chart), "helm", f"echo \"$@\" > '{asked}'; exec /bin/cat '{tools(chart)}/told.out'")
    (chart / "netpol.yaml").write_text(CONFIG % "{manifests: chart, helmValues: values.yaml, helmSet: [a=b]}")
    (chart / "fleet.yaml").write_text(FLEET % (CLAIM, "chart", ", helmValues: values.yaml, helmSet: a=b"))

    for command in (["check", "-e", CLAIM], ["fleet", "fleet.yaml"]):
        asked.unlink(missing_ok=True)
        done = run(chart, *command)
        assert done.returncode == 1, done.stderr
        assert f"--values={chart}/values.yaml --set=a=b" in asked.read_text()
    assert run(chart, "check", "-e", CLAIM, "--helm-set", "c=d").returncode == 1
    assert "--set=c=d" in asked.read_text()
    assert "a=b" not in asked.read_text()


@pytest.mark.parametrize("name", ["../values.yaml", "link.yaml", ".git/config"])
def test_a_configuration_may_name_no_values_outside_of_its_repository(chart: Path, name: str) -> None:
    writes(tools(chart), "helm", RENDERED)
    (chart.parent / "values.yaml").write_text("secret: x\n")
    (chart / "link.yaml").symlink_to("../values.yaml")
    (chart / "netpol.yaml").write_text(CONFIG % f"{{manifests: chart, helmValues: {name}}}")
    (chart / "fleet.yaml").write_text(FLEET % (CLAIM, "chart", f", helmValues: {name}"))

    for command in (["check", "-e", CLAIM], ["fleet", "fleet.yaml"]):
        done = run(chart, *command)
        assert done.returncode == 2, done.stderr
        assert f"`{name}`, given as values for charts, lies outside of the repository" in done.stderr
    assert run(chart, "check", "chart", "-e", CLAIM, "--helm-values", name).returncode != 2


@pytest.mark.parametrize("command", [["check", "base", "-e", CLAIM], ["diff", "base", "base"]])
def test_values_that_no_chart_is_given_are_a_warning(chart: Path, command: list[str]) -> None:
    done = run(chart, *command, "--helm-set", "a=b", "--helm-values", "values.yaml")

    assert done.returncode == 0
    assert "values for charts, by --helm-values and --helm-set, and no chart is rendered here" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "chart: `helm` is not on the PATH"),
        (("--helm-values", "none.yaml"), "none.yaml: no such file or directory"),
        (("--helm-values", "chart"), "chart: no file"),
        (("--helm-values", "https://example.org/values.yaml"), "https:/example.org/values.yaml: no such file"),
    ],
)
def test_what_a_chart_lacks_is_said(chart: Path, arguments: tuple[str, ...], message: str) -> None:
    if arguments:
        script(tools(chart), "helm", f"echo run > '{chart}/ran'")

    done = run(chart, "check", "chart", "plain", "-e", CLAIM, *arguments)

    assert done.returncode == 2
    assert message in done.stderr
    assert not (chart / "ran").exists()


def test_a_chart_with_a_link_that_leads_out_is_not_rendered(chart: Path) -> None:
    script(tools(chart), "helm", f"echo run > '{chart}/ran'")
    (chart / "chart" / "templates" / "out.yaml").symlink_to("/etc/hostname")

    done = run(chart, "check", "chart", "plain", "-e", CLAIM)

    assert done.returncode == 2
    assert "chart/templates/out.yaml: a symbolic link that leads out" in done.stderr
    assert not (chart / "ran").exists()


def test_manifests_in_the_directory_of_a_chart_are_named_and_not_read(chart: Path) -> None:
    made = writes(tools(chart), "output", RENDERED.replace("[{}]", "[]"))
    script(tools(chart), "helm", f"exec '{made}'")
    Repository(chart).commit({"chart/k8s/extra.yaml": OPEN.replace("name: db", "name: extra")})

    done = run(chart, "check", "chart", "-e", CLAIM, "-o", "json")

    assert done.returncode == 0, done.stderr
    rendered, beside = json.loads(done.stdout)["warnings"]
    assert rendered["message"].startswith("rendered by `helm template chart`, with these values")
    assert "`chart/k8s/extra.yaml`" in beside["message"]


@pytest.mark.parametrize("arguments", [("--render-with", "never"), ("--exclude", "templates/")])
def test_a_chart_is_left_alone_where_somebody_says_so(chart: Path, arguments: tuple[str, ...]) -> None:
    script(tools(chart), "helm", f"echo run > '{chart}/ran'")

    done = run(chart, "check", "chart", "base", "-e", CLAIM, *arguments)

    assert done.returncode == 0, done.stderr
    assert not (chart / "ran").exists()


def test_charts_of_a_chart_and_libraries_are_not_rendered_by_themselves(chart: Path) -> None:
    Repository(chart).commit(
        {
            "chart/charts/sub/Chart.yaml": CHART,
            "chart/charts/sub/templates/x.yaml": "{{ x }}\n",
            "library/Chart.yaml": f"{CHART}type: library\n",
            "library/templates/_x.tpl": "",
        }
    )
    made = writes(tools(chart), "output", RENDERED)
    script(tools(chart), "helm", f"echo \"$2\" >> '{chart}/said'; exec '{made}'")

    assert run(chart, "check", "chart", "library", "plain", "-e", CLAIM).returncode == 1
    assert (chart / "said").read_text().split() == [str(chart / "chart")]


def test_what_deploys_from_elsewhere_is_listed(tree: Path) -> None:
    flux = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps/prod, sourceRef: {kind: GitRepository, name: x}}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec: {source: {repoURL: x, path: shop}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web}
spec: {chart: {spec: {chart: ./charts/web}}}
"""
    (tree / "base" / "flux.yaml").write_text(flux)
    (tree / "base" / "kustomization.yaml").unlink()

    done = run(tree, "check", "base", "-e", CLAIM)

    assert (
        "what deploys from elsewhere, and is not followed: Application argocd/shop `shop`, "
        "HelmRelease web `./charts/web`, Kustomization flux-system/apps `./apps/prod`"
    ) in done.stderr
    assert "`netpol check charts/web`" in done.stderr
