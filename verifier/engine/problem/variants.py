"""The pods of a workload that a question can tell apart by labels that their controller adds (docs/semantics.md 1.6).

A StatefulSet numbers its pods. Each number that the question mentions is a variant of the workload, which is one pod;
one more variant, with the first number that is not mentioned, stands for all others. Other labels are chosen by their
controllers (`choices`); so are all that those of kinds which are not known may add, but `check` keeps these symbolic.
"""

from collections.abc import Iterable, Iterator, Set

from msgspec.structs import replace

from verifier.encoding.question import places
from verifier.engine.problem.admission import can_keep
from verifier.engine.problem.choices import chosen, inside, is_looked_into
from verifier.engine.problem.problem import Context
from verifier.engine.problem.scope import scope
from verifier.errors import Undecided
from verifier.ir.acceptance import Flow
from verifier.ir.endpoint import Workload
from verifier.ir.labels import POD_INDEX, POD_NAME
from verifier.ir.policy import TRUE, Formula
from verifier.ir.property import Claim
from verifier.vocabulary import Mentions

_KEYS = (POD_NAME, POD_INDEX)


def for_claim(context: Context, claim: Claim, accepted: Iterable[Flow] = ()) -> Context:
    """The context with its workloads in the variants that the claim and the policies tell apart."""
    if not _has_variants(context, foreign=False):
        return context
    formulas: list[Formula] = []
    for part in scope(claim, context.world, tuple(accepted)).obligations:
        mentioned = (part.source, part.destination, part.both, part.exempt, part.accepted)
        formulas += [formula for formula in mentioned if formula is not None]
    return for_formulas(context, formulas, foreign=False)[0]


def for_formulas(*sides: Context | Iterable[Formula], foreign: bool = True) -> tuple[Context, ...]:
    """The contexts, of one universe, with their workloads in the variants that their policies, their universe, Services
    that may hide who asks, and the formulas given beside them tell apart. foreign: those of kinds that are not known,
    too. Raises Undecided where they are too many."""
    contexts = tuple(side for side in sides if isinstance(side, Context))
    if not any(_has_variants(context, foreign=foreign) for context in contexts):
        return contexts
    mentions = Mentions()
    for context in contexts:
        mentions.add_policies(context.policies)
        mentions.add(context.translated or TRUE)
    for formula in (formula for side in sides if not isinstance(side, Context) for formula in side):
        mentions.add(formula)
    universe = contexts[0].universe
    for place in places(universe):
        mentions.add(place)
    for key in universe.pod_labels:
        mentions.pod_labels.setdefault(key, set()).update(universe.pod_labels[key].values)
    return tuple(_expanded(context, mentions, foreign=foreign) for context in contexts)


def _has_variants(context: Context, *, foreign: bool) -> bool:
    return any(w.first is not None or w.free or (foreign and w.foreign) for w in context.cluster.workloads)


def _expanded(context: Context, mentions: Mentions, *, foreign: bool) -> Context:
    written: dict[str, list[Workload]] = {}
    for workload in context.cluster.workloads:
        if POD_NAME in workload.labels:
            written.setdefault(str(workload), []).append(workload)
    found = []
    for workload in context.cluster.workloads:
        known = written.get(str(workload), ())
        for numbered in variants(workload, mentions):
            if not any(_is_shown_by(numbered, other) for other in known):
                found += _admitted(chosen(numbered, mentions, context.universe.pod_labels, foreign=foreign), context)
    return replace(context, cluster=replace(context.cluster, workloads=tuple(found)))


def _admitted(variants: Iterable[Workload], context: Context) -> list[Workload]:
    """Those that keep the invariants of the universe; all of them where none does, which is for others to say."""
    listed = list(variants)
    if len(listed) == 1:
        return listed
    declared, invariants = context.world.declared, context.universe.invariants
    kept = [w for w in listed if all(can_keep(w.labels, declared[w.namespace], law) for law in invariants)]
    return kept or listed


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
    """The workload, once for each way in which what is mentioned can tell its pods apart. Raises Undecided where
    something is looked for inside of the names or numbers of its pods."""
    if workload.first is None or not mentions.pod_labels.keys() & {*_KEYS}:
        yield workload
        return
    looked = next((key for key in _KEYS if is_looked_into(key, mentions)), None)
    if looked is not None:
        raise Undecided(inside(looked, workload))
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
    return replace(workload, labels=labels, single=single, numbered=True, first=None, which=which)
