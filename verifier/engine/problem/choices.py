"""The pods of a workload by labels whose values controllers choose (docs/semantics.md 1.6).

Each value that a question mentions is a variant of the workload, and one more stands for all that it does not mention.
That one surely can be, as a controller takes new values over time; the others may be what it takes, or not.
"""

from collections.abc import Iterator, Mapping
from itertools import chain, islice, product
from math import prod
from string import ascii_lowercase

from msgspec import Struct
from msgspec.structs import replace

from verifier.errors import Undecided
from verifier.ir.endpoint import Workload
from verifier.ir.freelabels import MAY_ADD, Choice
from verifier.ir.labels import compares
from verifier.ir.universe import LabelDomain
from verifier.vocabulary import Mentions

MOST = 256
"""Variants of one workload."""


class _Value(Struct, frozen=True):
    """A value of a label (None: absent). `told`: the pods that have it, as against the others. `is_supposed`: nobody
    can say whether there are any."""

    value: str | None
    told: str
    is_supposed: bool


def chosen(
    workload: Workload, mentions: Mentions, domains: Mapping[str, LabelDomain], *, foreign: bool
) -> Iterator[Workload]:
    """The workload, once for each way in which what is mentioned can tell its pods apart by labels that its controller
    chooses. foreign: those that controllers of kinds which are not known may add are told apart, too. domains: the
    values that the universe admits. Raises Undecided where there are too many, or where something is looked for inside
    of a value that is free only in part."""
    keys = _keys(workload, mentions, foreign=foreign)
    if not keys:
        yield workload
        return
    for key, choice in keys.items():
        if is_looked_into(key, mentions) and not choice.is_plain:
            raise Undecided(inside(key, workload))
    values = [list(_values(key, choice, mentions, domains.get(key))) for key, choice in keys.items()]
    if prod(map(len, values)) > MOST:
        raise Undecided(f"more than {MOST} ways in which the controller of {workload} may label its pods")
    for some in product(*values):
        made = {key: value.value for key, value in zip(keys, some, strict=True)}
        told = ",".join(value.told for value in some if value.told)
        yield replace(
            workload,
            labels={**workload.labels, **{key: value for key, value in made.items() if value is not None}},
            which=", ".join(part for part in (workload.which, told) if part),
            foreign=workload.foreign and not foreign,
            chosen=made,
            supposed={k: v.value for k, v in zip(keys, some, strict=True) if v.is_supposed and v.value is not None},
        )


def _keys(workload: Workload, mentions: Mentions, *, foreign: bool) -> Mapping[str, Choice]:
    """The labels that are free, of those that are mentioned."""
    others = dict.fromkeys(sorted(mentions.pod_labels), MAY_ADD) if foreign and workload.foreign else {}
    free = {**others, **workload.free}
    return {k: free[k] for k in sorted(free) if k in mentions.pod_labels and k not in workload.labels}


def _values(key: str, choice: Choice, mentions: Mentions, limits: LabelDomain | None) -> Iterator[_Value]:
    """The values to try for a label: first what surely can be, if anything."""
    named = sorted(v for v in mentions.pod_labels[key] if choice.admits(v))
    others: list[str] = []
    if limits is None or limits.others:
        apart = (key, False) in mentions.compared
        others = list(islice(_others(key, choice, mentions), 2 if apart else 1))
    else:
        named = [v for v in named if v in limits.values]
    may_lack = choice.admits(None) and not (limits is not None and limits.required)
    if not (named or others or may_lack):  # the universe forbids it, which is for others to say
        others = list(islice(_others(key, choice, mentions), 1))
    only = len(named) + len(others) + may_lack == 1
    if may_lack:
        yield _Value(None, "" if only else f"no {key}", is_supposed=False)
    for value in others:
        told = "" if only or not (named or may_lack) else f"any other {key}"
        yield _Value(value, told, is_supposed=choice.may_be_none(value) and not only)
    for value in named:
        yield _Value(value, f"{key}={value}", is_supposed=not only)


def is_looked_into(key: str, mentions: Mentions) -> bool:
    """True iff something asks what the values of a label of pods hold, begin or end with."""
    return (key, False) in mentions.texts


def inside(key: str, workload: Workload) -> str:
    """Why nobody knows, where that is asked of a value of which the controller chooses a part."""
    return f"policies look inside of `{key}`, of which the controller of {workload} chooses a part"


def _others(key: str, choice: Choice, mentions: Mentions) -> Iterator[str]:
    """Values that nobody mentions, nor by what they hold, begin or end with. Raises Undecided where none is found."""
    taken, texts = mentions.pod_labels[key], mentions.texts.get((key, False), frozenset())
    if not texts:
        yield from choice.others(taken)
        return
    short = (f"{letter}{number}" for number in range(10) for letter in ascii_lowercase)
    tried = (v for v in chain(islice(choice.others(taken), _TRIED), short) if v not in taken)
    found = [v for v in tried if not any(compares(v, operator, frozenset({text})) for operator, text in texts)]
    if not found:
        raise Undecided(f"policies look inside of `{key}` for what any value may hold")
    yield from found


_TRIED = 100
