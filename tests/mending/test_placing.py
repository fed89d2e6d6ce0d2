"""A new policy is put where the same arguments read it, and nowhere else."""

from pathlib import Path

import pytest

from tests.mending.trial import SETTING
from verifier.engine.check.check import check
from verifier.engine.problem.switches import settle
from verifier.engine.results.check import Verdict
from verifier.manifests.documents.excludes import Excludes
from verifier.manifests.kubernetes.load import Options, find_texts, load_texts
from verifier.manifests.notation.expression import parse_expression
from verifier.mending.placing import takes
from verifier.mending.search import Setting, mend_all

CLAIM = parse_expression("never external -> shop/app=db")
POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, ingress: []}
"""
NEW = "h/shop-fix-ingress-db.yaml"
KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [%s]\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("h/x").mkdir(parents=True)
    Path("h/p.yaml").write_text(POLICY)


def mended(*paths: str, exclude: tuple[str, ...] = ()) -> list[str]:
    """The files that change; written, and proved by a reading of its own with the same arguments."""
    left_out = Excludes(exclude)
    texts = find_texts(paths, left_out)
    setting = Setting(SETTING.read, SETTING.universe, SETTING.switches, SETTING.limits, takes(paths, left_out))
    (outcome,), changes = mend_all(setting, texts.sources, [CLAIM])
    for change in changes:
        Path(change.file).write_text(change.after)
    cluster = load_texts(find_texts(paths, left_out), Options(exclude=exclude)).cluster
    (result,) = check(cluster, [CLAIM], switches=settle("calico"), limit=0)
    assert (result.verdict is Verdict.PROVED) == (outcome.repair is not None)
    assert not outcome.holds
    assert outcome.repair is not None or outcome.places
    return [change.file for change in changes]


@pytest.mark.parametrize(
    ("paths", "exclude", "files"),
    [
        (("h",), (), [NEW]),
        (("h/",), (), [NEW]),
        ((".",), (), [NEW]),
        (("h/p.yaml",), (), ["h/p.yaml"]),
        (("h/p.yaml", "h/x"), (), ["h/p.yaml"]),
        (("h",), ("h/shop-*",), ["h/p.yaml"]),
        (("h",), ("shop-fix*",), ["h/p.yaml"]),
        (("h",), ("*", "!h/p.yaml"), ["h/p.yaml"]),
    ],
)
def test_what_is_written_is_read(paths: tuple[str, ...], exclude: tuple[str, ...], files: list[str]) -> None:
    Path("h/x/q.yaml").write_text(POLICY.replace("web", "q"))

    assert mended(*paths, exclude=exclude) == files


@pytest.mark.parametrize(
    ("kustomization", "files"), [("p.yaml", ["h/p.yaml"]), ("./p.yaml", ["h/p.yaml"]), ("other.yaml", []), ("", [])]
)
@pytest.mark.parametrize("path", ["h", "h/p.yaml"])
def test_beside_a_kustomization_it_goes_where_that_looks(kustomization: str, files: list[str], path: str) -> None:
    Path("h/kustomization.yaml").write_text(KUSTOMIZATION % kustomization)

    assert mended(path) == files


@pytest.mark.parametrize("mark", ["kustomization.yml", "Kustomization", "Chart.yaml"])
def test_below_a_kustomization_or_a_chart_it_goes_nowhere(mark: str) -> None:
    Path("h/x/p.yaml").write_text(POLICY)
    Path("h", mark).write_text("resources: [x/p.yaml]\n")

    assert mended("h/x") == []


def test_a_directory_behind_a_link_is_not_written_to() -> None:
    Path("link").symlink_to("h")

    assert mended("link") == []
    assert mended("link/p.yaml") == []
    assert mended("link/../h/p.yaml") == ["link/../h/p.yaml"]


def test_it_is_added_to_a_file_of_policies_and_not_to_another() -> None:
    Path("h/a.json").write_text('{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}')
    Path("h/b.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")

    assert mended("h/a.json", "h/b.yaml", "h/p.yaml") == ["h/p.yaml"]


def test_where_there_is_no_policy_it_is_added_to_a_file_of_objects() -> None:
    Path("h/a.yaml").write_text("apiVersion: netpol-verifier/v1\nkind: Config\nspec: {manifests: [.]}\n")
    Path("h/b.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")

    assert mended("h/a.yaml", "h/b.yaml") == ["h/b.yaml"]
    assert mended("h/a.yaml") == []


def test_a_new_file_takes_no_name_that_is_there() -> None:
    Path(NEW).mkdir()

    assert mended("h") == ["h/p.yaml"]
