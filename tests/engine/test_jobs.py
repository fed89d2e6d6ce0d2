"""However many processes ask: the same results, with the same words and lines."""

import random
from collections import Counter

import pytest

from tests import test_session
from tests.cli.process import ROOT
from verifier.engine.check.check import check, report
from verifier.engine.results.check import CheckReport
from verifier.engine.solve.watcher import Watcher
from verifier.errors import InputError
from verifier.ir.universe import INVENTORY, OPEN, Universe
from verifier.manifests.kubernetes.load import load, load_text
from verifier.manifests.notation.expression import parse_expression
from verifier.manifests.specs.properties import load_properties
from verifier.report.formats import formats_of
from verifier.report.words.paint import PLAIN
from verifier.smt.solver import Limits

FORMS = [form for form in formats_of("check") if form != "github"]  # which has a random token


def rendered(found: CheckReport) -> dict[str, str]:
    return {form: formats_of("check")[form](found, PLAIN, False) for form in FORMS}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("universe", [OPEN, INVENTORY], ids=lambda universe: universe.name)
def test_random_clusters_are_judged_the_same(seed: int, universe: Universe) -> None:
    files = test_session.texts_of(test_session.cluster(random.Random(seed)))
    try:
        loaded = load_text("\n".join(files.values()))
        one, more = (
            report(
                loaded.cluster, test_session.PROPERTIES, universe, {"ipblock_pods": "open"},
                diagnostics=loaded.diagnostics, jobs=jobs,
            )
            for jobs in (1, 3)
        )  # fmt: skip
    except InputError:
        pytest.skip("an inventory without pods")

    assert rendered(one) == rendered(more)


@pytest.mark.parametrize("rlimit", [1000, 2000, 4000])
def test_what_a_limit_leaves_undecided_is_the_same(rlimit: int) -> None:
    """A question is answered within the limit or not, whatever else its process was asked."""
    loaded = load([str(ROOT / "examples/wordpress-mysql/broken")])
    properties = load_properties([str(ROOT / "properties")])
    one, more = (report(loaded.cluster, properties, limits=Limits(rlimit=rlimit), jobs=jobs) for jobs in (1, 3))

    assert rendered(one) == rendered(more)


def test_whoever_watches_is_told_the_verdicts() -> None:
    class Told(Watcher):
        def __init__(self) -> None:
            self.titles: list[str] = []
            self.verdicts: dict[int, str] = {}

        def asks(self, titles: object) -> None:
            self.titles = list(titles)  # type: ignore[call-overload]

        def finished(self, index: int, result: object) -> None:
            self.verdicts[index] = result.verdict  # type: ignore[attr-defined]

    loaded = load([str(ROOT / "examples/wordpress-mysql/broken")])
    claims = [parse_expression(text) for text in ("never */* -> */*", "never external -> */app=x", "only * -> */*")]
    told = Told()
    results = check(loaded.cluster, claims, jobs=2, watcher=told)

    assert told.titles == [claimed.name for claimed in claims]
    assert [told.verdicts[index] for index in range(3)] == [result.verdict for result in results]
    assert len(Counter(told.verdicts.values())) > 1
    assert all(result.property is claimed for result, claimed in zip(results, claims, strict=True))
