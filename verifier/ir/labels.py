"""Labels and label selectors (docs/semantics.md 2)."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

Labels = Mapping[str, str]

NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""The label every namespace carries, always equal to its name (W2)."""

POD_NAME = "statefulset.kubernetes.io/pod-name"
"""The label of a StatefulSet's pod that carries the pod's name."""
POD_INDEX = "apps.kubernetes.io/pod-index"
"""The one that carries its number."""
SERVICE_ACCOUNT = "(service account)"
"""A reserved key, which no label of a manifest can have: where policies ask for the account of a pod, every pod carries
its name under this key."""
DEFAULT_ACCOUNT = "default"
"""The account of pods that name none."""
JOB_NAMES = ("job-name", "batch.kubernetes.io/job-name")
"""The labels of a Job's pods that carry the Job's name."""
JOB_UIDS = ("controller-uid", "batch.kubernetes.io/controller-uid")
"""Those that carry the uid of the Job."""
JOB_INDEX = "batch.kubernetes.io/job-completion-index"
"""The one that carries the number of a pod of an Indexed Job."""
TEMPLATE_HASH = "pod-template-hash"
REVISION_HASH = "controller-revision-hash"
TEMPLATE_GENERATION = "pod-template-generation"
"""Labels by which controllers know the revision that a pod is of."""


class Operator(StrEnum):
    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"
    CONTAINS = "Contains"
    NOT_CONTAINS = "NotContains"
    STARTS_WITH = "StartsWith"
    NOT_STARTS_WITH = "NotStartsWith"
    ENDS_WITH = "EndsWith"
    NOT_ENDS_WITH = "NotEndsWith"


OF_KUBERNETES = (Operator.IN, Operator.NOT_IN, Operator.EXISTS, Operator.DOES_NOT_EXIST)
"""The operators that selectors of Kubernetes know."""
TEXTUAL: Mapping[Operator, Operator] = {
    Operator.CONTAINS: Operator.CONTAINS,
    Operator.NOT_CONTAINS: Operator.CONTAINS,
    Operator.STARTS_WITH: Operator.STARTS_WITH,
    Operator.NOT_STARTS_WITH: Operator.STARTS_WITH,
    Operator.ENDS_WITH: Operator.ENDS_WITH,
    Operator.NOT_ENDS_WITH: Operator.ENDS_WITH,
}
"""Those that look inside of a value, each with the one of the same meaning in which no negation stands."""
WANTING = frozenset({Operator.IN, Operator.EXISTS, Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH})
"""Those that want the label to be there; the others hold where it is absent."""


class Requirement(Struct, frozen=True):
    """One line of a label selector: a key, an operator and the values it is held against."""

    key: str
    operator: Operator
    values: frozenset[str] = frozenset()


class Selector(Struct, frozen=True):
    """A conjunction of requirements; the empty one selects everything (2.1)."""

    requirements: frozenset[Requirement] = frozenset()

    def __iter__(self) -> Iterator[Requirement]:
        """The requirements in a fixed order."""
        return iter(sorted(self.requirements, key=lambda r: (r.key, r.operator, sorted(r.values))))

    @classmethod
    def of(cls, labels: Labels) -> "Selector":
        """The selector that holds iff every one of `labels` is present with that value."""
        return cls(frozenset(Requirement(k, Operator.IN, frozenset({v})) for k, v in labels.items()))


EVERYTHING = Selector()

_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\Z")
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z")
_DNS_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")


_PORT_NAME = re.compile(r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?\Z")


def is_port_name(text: str) -> bool:
    """True iff `text` is a name that a container port may have (V9 of docs/semantics.md 3.7)."""
    return _PORT_NAME.match(text) is not None


def is_dns_label(text: str) -> bool:
    """True iff `text` is an RFC 1123 label, as a namespace's name must be."""
    return _DNS_LABEL.match(text) is not None


def is_dns_subdomain(text: str) -> bool:
    """True iff `text` is an RFC 1123 subdomain: DNS labels of any length joined by dots, 253 characters at most."""
    return len(text) <= 253 and _DNS_SUBDOMAIN.match(text) is not None


@lru_cache(maxsize=1 << 14)
def is_label_key(text: str) -> bool:
    """True iff `text` is `[prefix/]name` as 2.4 wants it."""
    prefix, slash, name = text.rpartition("/")
    return _NAME.match(name) is not None and (not slash or is_dns_subdomain(prefix))


@lru_cache(maxsize=1 << 14)
def is_label_value(text: str) -> bool:
    """True iff `text` is empty or a name as 2.4 wants it."""
    return text == "" or _NAME.match(text) is not None


def matches(labels: Labels, selector: Selector) -> bool:
    """LS(s, L) of 2.1: True iff `labels` meet every requirement."""
    return all(satisfies(labels, requirement) for requirement in selector.requirements)


def satisfies(labels: Labels, requirement: Requirement) -> bool:
    """True iff `labels` meet `requirement`.

    A missing key satisfies NotIn, as it does in the Kubernetes API:

    >>> satisfies({}, Requirement("app", Operator.NOT_IN, frozenset({"db"})))
    True
    """
    present = requirement.key in labels
    match requirement.operator:
        case Operator.IN:
            return present and labels[requirement.key] in requirement.values
        case Operator.NOT_IN:
            return not present or labels[requirement.key] not in requirement.values
        case Operator.EXISTS:
            return present
        case Operator.DOES_NOT_EXIST:
            return not present
        case Operator.CONTAINS | Operator.STARTS_WITH | Operator.ENDS_WITH:
            return present and compares(labels[requirement.key], requirement.operator, requirement.values)
        case Operator.NOT_CONTAINS | Operator.NOT_STARTS_WITH | Operator.NOT_ENDS_WITH:
            operator = TEXTUAL[requirement.operator]
            return not present or not compares(labels[requirement.key], operator, requirement.values)


def compares(value: str, operator: Operator, texts: frozenset[str]) -> bool:
    """True iff `value` holds, begins or ends with one of `texts`, by the operator, in which no negation stands."""
    match operator:
        case Operator.STARTS_WITH:
            return value.startswith(tuple(texts))
        case Operator.ENDS_WITH:
            return value.endswith(tuple(texts))
        case _:
            return any(text in value for text in texts)


_OPPOSITES = {
    Operator.IN: Operator.NOT_IN,
    Operator.NOT_IN: Operator.IN,
    Operator.EXISTS: Operator.DOES_NOT_EXIST,
    Operator.DOES_NOT_EXIST: Operator.EXISTS,
    Operator.CONTAINS: Operator.NOT_CONTAINS,
    Operator.NOT_CONTAINS: Operator.CONTAINS,
    Operator.STARTS_WITH: Operator.NOT_STARTS_WITH,
    Operator.NOT_STARTS_WITH: Operator.STARTS_WITH,
    Operator.ENDS_WITH: Operator.NOT_ENDS_WITH,
    Operator.NOT_ENDS_WITH: Operator.ENDS_WITH,
}


def opposite(requirement: Requirement) -> Requirement:
    """The requirement that holds iff this one does not."""
    return Requirement(requirement.key, _OPPOSITES[requirement.operator], requirement.values)


def simplest(selector: Selector) -> Selector:
    """A selector that selects the same, with as few requirements as one key needs."""
    by_key: dict[str, list[Requirement]] = {}
    for requirement in selector:
        by_key.setdefault(requirement.key, []).append(requirement)
    return Selector(frozenset(r for requirements in by_key.values() for r in _of_one_key(requirements)))


def _of_one_key(requirements: list[Requirement]) -> list[Requirement]:
    """Requirements that hold iff all these do; of a contradiction a value that is one of none."""
    key = requirements[0].key
    listed = [r.values for r in requirements if r.operator is Operator.IN]
    barred = frozenset(v for r in requirements if r.operator is Operator.NOT_IN for v in r.values)
    operators = {r.operator for r in requirements}
    textual = [r for r in requirements if r.operator in TEXTUAL]
    if Operator.DOES_NOT_EXIST in operators:
        contradictory = bool(operators & WANTING)
        return [Requirement(key, Operator.IN if contradictory else Operator.DOES_NOT_EXIST)]
    if listed:
        values = (v for v in frozenset.intersection(*listed) - barred if all(satisfies({key: v}, r) for r in textual))
        return [Requirement(key, Operator.IN, frozenset(values))]
    if operators & WANTING & TEXTUAL.keys():
        operators -= {Operator.EXISTS}
    kept = [Requirement(key, Operator.EXISTS)] if Operator.EXISTS in operators else []
    return kept + ([Requirement(key, Operator.NOT_IN, barred)] if barred else []) + textual


def describe(selector: Selector) -> str:
    """The selector as kubectl writes it: `a=b,c!=d`; `*` for the empty one; what kubectl does not know, in words."""
    return ",".join(_describe(r) for r in selector) or "*"


def _describe(requirement: Requirement) -> str:
    key, values = requirement.key, sorted(requirement.values)
    match requirement.operator:
        case Operator.IN:
            return f"{key}={values[0]}" if len(values) == 1 else f"{key} in ({','.join(values)})"
        case Operator.NOT_IN:
            return f"{key}!={values[0]}" if len(values) == 1 else f"{key} notin ({','.join(values)})"
        case Operator.EXISTS:
            return key
        case Operator.DOES_NOT_EXIST:
            return f"!{key}"
        case _:
            words = f"{key} {_WORDS[TEXTUAL[requirement.operator]]} {' or '.join(values)}"
            return words if requirement.operator in WANTING else f"!({words})"


_WORDS = {Operator.CONTAINS: "contains", Operator.STARTS_WITH: "starts with", Operator.ENDS_WITH: "ends with"}
