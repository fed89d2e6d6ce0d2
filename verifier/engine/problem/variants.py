"""The pods of a workload that a question can tell apart by labels that their controller adds (docs/semantics.md 1.6).

A StatefulSet numbers its pods. Each number that the question mentions is a variant of the workload, which is one pod;
one more variant, with the first number that is not mentioned, stands for all others.
"""

from collections.abc import Iterable, Iterator, Set

from msgspec.structs import replace

from verifier.encoding.question import places
from verifier.engine.problem.problem import Context
from verifier.engine.problem.scope import scope
from verifier.ir.acceptance import Flow
from verifier.ir.endpoint import Workload
from verifier.ir.labels import POD_INDEX, POD_NAME
from verifier.ir.policy import Formula
from verifier.ir.property import Claim
from verifier.ir.prose import listed
from verifier.vocabulary import Mentions

_KEYS = (POD_NAME, POD_INDEX)
_MOST_NAMED = 4
"""Workloads that are named before the rest is only counted."""


def for_claim(context: Context, claim: Claim, accepted: Iterable[Flow] = ()) -> Context:
    """The context with its workloads in the variants that the claim and the policies tell apart."""
    if not _has_numbered(context):
        return context
    formulas: list[Formula] = []
    for part in scope(claim, context.world, tuple(accepted)).obligations:
        mentioned = (part.source, part.destination, part.both, part.exempt, part.accepted)
        formulas += [formula for formula in mentioned if formula is not None]
    return for_formulas(context, formulas)[0]


def for_formulas(*sides: Context | Iterable[Formula]) -> tuple[Context, ...]:
    """The contexts, of one universe, with their workloads in the variants that their policies, their universe and the
    formulas given beside them tell apart."""
    contexts = tuple(side for side in sides if isinstance(side, Context))
    if not any(map(_has_numbered, contexts)):
        return contexts
    mentions = Mentions()
    for context in contexts:
        mentions.add_policies(context.policies)
    for formula in (formula for side in sides if not isinstance(side, Context) for formula in side):
        mentions.add(formula)
    universe = contexts[0].universe
    for place in places(universe):
        mentions.add(place)
    for key in universe.pod_labels.keys() & {*_KEYS}:
        mentions.pod_labels.setdefault(key, set()).update(universe.pod_labels[key].values)
    return tuple(_expanded(context, mentions) for context in contexts)


def _has_numbered(context: Context) -> bool:
    return any(workload.first is not None for workload in context.cluster.workloads)


def _expanded(context: Context, mentions: Mentions) -> Context:
    written: dict[str, list[Workload]] = {}
    for workload in context.cluster.workloads:
        if POD_NAME in workload.labels:
            written.setdefault(str(workload), []).append(workload)
    found = []
    for workload in context.cluster.workloads:
        known = written.get(str(workload), ())
        found += [v for v in variants(workload, mentions) if not any(_is_shown_by(v, other) for other in known)]
    return replace(context, cluster=replace(context.cluster, workloads=tuple(found)))


def _is_shown_by(variant: Workload, other: Workload) -> bool:
    """True iff `other` is the Pod of the input that the variant is."""
    return (
        variant.single
        and other is not variant
        and other.single
        and (other.named_ports, other.host_network) == (variant.named_ports, variant.host_network)
        and variant.labels.items() <= other.labels.items()
    )


def variants(workload: Workload, mentions: Mentions) -> Iterator[Workload]:
    """The workload, once for each way in which what is mentioned can tell its pods apart."""
    if workload.first is None or not mentions.pod_labels.keys() & {*_KEYS}:
        yield workload
        return
    numbers = sorted(_mentioned(workload, workload.first, mentions))
    for number in numbers:
        yield _numbered(workload, number, single=True, which=f"{POD_NAME}={workload.name}-{number}")
    others = (n for n in range(workload.first, workload.first + len(numbers) + 2) if n not in numbers)
    which = f"any other {POD_NAME}" if numbers else ""
    are_compared = any((key, False) in mentions.compared for key in _KEYS)
    for number, _ in zip(others, range(2 if are_compared else 1), strict=False):
        yield _numbered(workload, number, single=False, which=which)


def _mentioned(workload: Workload, first: int, mentions: Mentions) -> Set[int]:
    """The numbers of pods that are mentioned, by the pod's name or by its number."""
    stem = f"{workload.name}-"
    names = (v.removeprefix(stem) for v in mentions.pod_labels.get(POD_NAME, ()) if v.startswith(stem))
    found = (_number(text) for text in (*names, *mentions.pod_labels.get(POD_INDEX, ())))
    return {number for number in found if number is not None and number >= first}


def _number(text: str) -> int | None:
    """The number that is written so by a controller: in ASCII digits, without leading zeros."""
    is_plain = text.isascii() and text.isdigit() and (text == "0" or not text.startswith("0"))
    return int(text) if is_plain and len(text) <= _DIGITS else None


_DIGITS = 10
"""Digits of the largest number that `replicas` and `ordinals.start` can make."""


def _numbered(workload: Workload, number: int, *, single: bool, which: str) -> Workload:
    labels = {**workload.labels, POD_NAME: f"{workload.name}-{number}", POD_INDEX: str(number)}
    return replace(workload, labels=labels, single=single, first=None, which=which)


def foreign_labels(workloads: Iterable[Workload]) -> tuple[str, ...]:
    """That pods of kinds which are not known have labels that nobody has said."""
    names = dict.fromkeys(str(workload) for workload in workloads if workload.foreign)
    return (f"labels that controllers give to the pods of {listed(sorted(names), _MOST_NAMED)}",) if names else ()
