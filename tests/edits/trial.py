"""What `coverage` says of the edits of one example, held against the same asked from scratch."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests import oracle, packaged
from tests.edits.written import dumped, written
from tests.generators.calicostrategies import calico_example
from tests.generators.ciliumstrategies import cilium_example
from tests.generators.meshstrategies import mesh_example
from tests.generators.strategies import Draw, Example, example
from tests.generators.tierstrategies import tiered_example
from verifier.engine.coverage.coverage import coverage
from verifier.engine.problem.problem import Context
from verifier.engine.results.check import Verdict
from verifier.engine.results.coverage import Fate, Judged
from verifier.errors import InputError, UsageError
from verifier.manifests.kubernetes.load import load_text
from verifier.manifests.kubernetes.mutants.mutants import mutants_of

DRAWINGS: dict[str, Callable[[int], Example]] = {
    "kubernetes": example,
    "tiers": tiered_example,
    "cilium": cilium_example,
    "calico": calico_example,
    "mesh": mesh_example,
}
_CLAIMS = 3
"""Claims that are tried until one is proved."""
_VERDICTS = {Fate.NOTICED: "violated", Fate.UNDECIDED: "unknown", Fate.UNNOTICED: "proved", Fate.EQUIVALENT: "proved"}


class Trial(NamedTuple):
    """How often what was seen; and what is wrong, if anything."""

    tally: Counter[str]
    mistakes: list[str]


def tried(name: str, seed: int, folder: Path, most: int, *, enumerated: bool = True) -> Trial:
    """A few edits of an example, drawn at random. most: so many at most. enumerated: the enumeration is asked, too."""
    tally: Counter[str] = Counter()
    mistakes: list[str] = []
    given = DRAWINGS[name](seed)
    claim = _proved(given, seed, folder)
    if claim is None:
        return Trial(tally, mistakes)
    asked = (given.universe, given.switches, given.namespace)
    loaded = load_text(dumped(given.manifests), "cluster.yaml", packaged.options(given.switches))
    universe = packaged.universe_of(given.universe, folder)
    claimed = packaged.property_of(claim, given.namespace)
    report = coverage(loaded.cluster, list(mutants_of(loaded)), [claimed], universe, given.switches)
    assert report.properties[0].verdict is Verdict.PROVED
    for judged in _chosen(report.judged, Random(f"{name} {seed}"), most):
        edited = written(given.manifests, judged.edit)
        here = f"{name} {seed}: {judged.edit.policy} {judged.edit.text}: {judged.fate}"
        try:
            after = load_text(dumped(edited), "cluster.yaml", packaged.options(given.switches)).cluster
            if after.profile != loaded.cluster.profile:
                continue  # that was the last object from which the profile chose itself
            if universe.templates.objects:
                if (
                    Context(after, universe, {}).named_namespaces
                    != Context(loaded.cluster, universe, {}).named_namespaces
                ):
                    continue  # which namespaces are new hangs on what policies name, and that stays as it is
                if judged.fate is Fate.UNDECIDED:
                    tally["undecided beside templates"] += 1
                    continue
                tally["beside templates"] += 1
            verdict = packaged.verdict(edited, claim, *asked, folder=folder).verdict
        except (InputError, UsageError):
            tally["refused"] += 1
            continue
        tally[judged.fate] += 1
        tally[f"{judged.edit.sort.name}"] += 1
        if verdict != _VERDICTS[judged.fate]:
            mistakes.append(f"{here}, and from scratch it is {verdict}\n{given}\nclaim: {claim}")
        if enumerated:
            theirs = oracle.verdict(edited, claim, *asked).verdict
            if theirs != _VERDICTS[judged.fate]:
                mistakes.append(f"{here}, and the enumeration says {theirs}\n{given}\nclaim: {claim}")
        if judged.fate in (Fate.UNNOTICED, Fate.EQUIVALENT):
            found = packaged.difference(given.manifests, edited, given.universe, given.switches, folder=folder)
            if (found.relation == "equivalent") is not (judged.fate is Fate.EQUIVALENT):
                mistakes.append(f"{here}, and diff says {found.relation}\n{given}\nclaim: {claim}")
    return Trial(tally, mistakes)


def _proved(given: Example, seed: int, folder: Path) -> object | None:
    """A claim that is proved: the example's, or one drawn anew."""
    claims = [given.claim, *(Draw(Random(f"edits {seed} {n}")).claim(given.manifests) for n in range(_CLAIMS - 1))]
    for claim in claims:
        try:
            answer = packaged.verdict(
                given.manifests, claim, given.universe, given.switches, given.namespace, folder=folder
            )
        except (InputError, UsageError):
            return None
        if answer.verdict == "proved":
            return claim
    return None


def _chosen(judged: tuple[Judged, ...], random: Random, most: int) -> list[Judged]:
    """Some of each fate, so that none is missing because there are few of it."""
    found: list[Judged] = []
    by_fate = {fate: [each for each in judged if each.fate is fate] for fate in Fate}
    for some in by_fate.values():
        random.shuffle(some)
    while len(found) < most and any(by_fate.values()):
        for some in by_fate.values():
            found += some[:1]
            del some[:1]
    return found[:most]
