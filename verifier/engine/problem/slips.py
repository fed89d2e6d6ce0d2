"""near-miss: the one small change after which a selector would meet something that there is.

A label one edit away, the value under another key, or a label that the other sort of selector is for: labels of pods
and labels of namespaces are taken for each other, and so are a namespace's name and a label that says it.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum

from msgspec import Struct

from verifier.ir.endpoint import Namespace, Workload, namespace_labels
from verifier.ir.labels import NAMESPACE_NAME, Labels, Operator, Requirement, Selector, describe, matches
from verifier.ir.spelling import slip_between


class SlipKind(IntEnum):
    """What a slip is, the likeliest first."""

    EDIT = 0
    KEY_EDIT = 1
    OTHER_SORT = 2
    """A label of namespaces asked of pods, or the other way round."""
    OTHER_KEY = 3


class Slip(Struct, frozen=True):
    """One small change after which the selector meets something that there is. fix: the label that is there, as YAML.
    dearness: what the slip is, and who has the label."""

    text: str
    because: str
    fix: str
    dearness: tuple[SlipKind, str]

    @property
    def kind(self) -> SlipKind:
        return self.dearness[0]


def slips(selector: Selector, things: Iterable[Workload | Namespace]) -> list[Slip]:
    """Changes of one requirement after which the selector meets some of `things`; the likeliest first."""
    found: list[Slip] = []
    for thing in things:
        labels = labels_of(thing)
        name = str(thing) if isinstance(thing, Workload) else f"Namespace {thing.name}"
        for wanted in selector:
            rest = Selector(selector.requirements - {wanted})
            if wanted.operator is Operator.IN and len(wanted.values) == 1 and matches(labels, rest):
                found += _changes(wanted, labels, name)
    return sorted(found, key=lambda slip: slip.dearness)


def _changes(wanted: Requirement, labels: Labels, name: str) -> Iterator[Slip]:
    key, value = wanted.key, min(wanted.values)
    for other, found in sorted(labels.items()):
        if other == NAMESPACE_NAME and key != NAMESPACE_NAME and not _says_a_name(key):
            continue
        ways = (
            (other == key and slip_between(value, found) is not None, SlipKind.EDIT, "one edit away"),
            (found == value and slip_between(key, other) is not None, SlipKind.KEY_EDIT, "the key one edit away"),
            (found == value and other != key and key not in labels, SlipKind.OTHER_KEY, "the value under another key"),
        )
        for holds, order, how in ways:
            if holds:
                has = f"{other}={found}"
                yield Slip(
                    f"perhaps {has} is meant", f"{name} has {has}, {how} from {key}={value}", f"{other}: {found}",
                    (order, name),
                )  # fmt: skip
                break


def _says_a_name(key: str) -> bool:
    """True iff a label of that key, on a namespace, likely says what the namespace is called."""
    return "name" in key.rpartition("/")[2].lower() or key.lower() == "ns"


def labels_of(thing: Workload | Namespace) -> Labels:
    """The labels that are known: every namespace has its name (W2)."""
    return namespace_labels(thing) if isinstance(thing, Namespace) else thing.labels


def of_namespaces(selector: Selector, namespaces: Iterable[Namespace], pods: Iterable[Workload]) -> list[Slip]:
    """A podSelector that asks for labels of namespaces, and otherwise for what some pod has."""
    around = tuple(pods)
    found = []
    for namespace in namespaces:
        theirs = [r for r in selector if _is_had(r, namespace_labels(namespace))]
        rest = Selector(selector.requirements - set(theirs))
        if (
            theirs
            and all(not _is_key_of(r.key, around) for r in theirs)
            and any(matches(w.labels, rest) for w in around)
        ):
            said = describe(Selector(frozenset(theirs)))
            found.append(Slip(
                f"{said} is a label of namespaces, for a namespaceSelector",
                f"Namespace {namespace.name} has {said}, and no pod has", f"namespaceSelector: {said}",
                (SlipKind.OTHER_SORT, namespace.name),
            ))  # fmt: skip
    return found


def of_pods(selector: Selector, pods: Iterable[Workload]) -> list[Slip]:
    """A namespaceSelector all of whose labels some pod has."""
    said = describe(selector)
    return [
        Slip(
            f"{said} is a label of pods, for a podSelector", f"{workload} has {said}, and no namespace has",
            f"podSelector: {said}", (SlipKind.OTHER_SORT, str(workload)),
        )
        for workload in pods
        if selector.requirements and all(_is_had(r, workload.labels) for r in selector)
    ]  # fmt: skip


def likeliest(*found: Sequence[Slip]) -> Slip | None:
    return min((slip for some in found for slip in some), key=lambda slip: slip.dearness, default=None)


def _is_had(requirement: Requirement, labels: Labels) -> bool:
    """True iff a label that is there meets it."""
    return requirement.operator is Operator.IN and labels.get(requirement.key) in requirement.values


def _is_key_of(key: str, pods: Iterable[Workload]) -> bool:
    return any(key in workload.labels for workload in pods)
