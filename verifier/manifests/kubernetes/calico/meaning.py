"""Calico's selectors as formulas (docs/semantics.md 5.2, 5.3): of pods by their labels, of sets of networks and host
endpoints by their addresses.

A selector of namespaces or service accounts is one of pods whose keys have `pcns.` or `pcsa.` in front. What is known
by address has labels that the input gives, so that it is chosen here, once and for all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import assert_never

from msgspec import Struct

from verifier.ir.endpoint import Kind, Namespace
from verifier.ir.labels import (
    NAMESPACE_NAME,
    SERVICE_ACCOUNT,
    Operator,
    Requirement,
    Selector,
    is_dns_label,
    is_dns_subdomain,
    is_label_key,
    is_label_value,
    opposite,
)
from verifier.ir.network import AddressSet
from verifier.ir.policy import (
    FALSE,
    TRUE,
    AddressIn,
    And,
    Direction,
    Formula,
    Havoc,
    KindIn,
    NamespaceIn,
    NamespaceLabels,
    Not,
    Or,
    PodLabels,
    Role,
)
from verifier.manifests.kubernetes.calico.selector import (
    All,
    Any,
    Compared,
    Everything,
    Has,
    Nowhere,
    Opposite,
    Sort,
    Tree,
    compares,
    keys,
    selects,
    written,
)
from verifier.manifests.kubernetes.calico.spec import CalicoPolicy, NetworkSet, ServiceAccount
from verifier.manifests.kubernetes.facts.behind import NOTHING_BEHIND, Behind
from verifier.manifests.kubernetes.fields import told

HOME = "projectcalico.org/namespace"
ACCOUNT = "projectcalico.org/serviceaccount"
_ORCHESTRATOR, _OF_KUBERNETES = "projectcalico.org/orchestrator", "k8s"
_NAMESPACE, _OF_ACCOUNT, _NAME = "pcns.", "pcsa.", "projectcalico.org/name"
_OPERATORS = {
    Sort.IN: Operator.IN,
    Sort.CONTAINS: Operator.CONTAINS,
    Sort.STARTS_WITH: Operator.STARTS_WITH,
    Sort.ENDS_WITH: Operator.ENDS_WITH,
}
_POD = frozenset({Kind.POD})


def of_namespaces(tree: Tree) -> Tree:
    """The selector of pods that says of their namespaces what `tree` says."""
    return _prefixed(tree, _NAMESPACE, HOME)


def of_accounts(tree: Tree) -> Tree:
    """The selector of pods that says of their service accounts what `tree` says."""
    return _prefixed(tree, _OF_ACCOUNT, ACCOUNT)


def in_namespace(name: str) -> Tree:
    return Compared(HOME, Sort.IN, frozenset({name}))


def by_account(names: Iterable[str]) -> Tree:
    return Compared(ACCOUNT, Sort.IN, frozenset(names))


def joined(trees: Sequence[Tree]) -> Tree:
    """The selector that holds iff all do; there is one at least."""
    return trees[0] if len(trees) == 1 else All(tuple(trees))


def _prefixed(tree: Tree, prefix: str, everybody: str) -> Tree:
    match tree:
        case Any(items):
            return Any(tuple(_prefixed(item, prefix, everybody) for item in items))
        case All(items):
            return All(tuple(_prefixed(item, prefix, everybody) for item in items))
        case Opposite(item):
            return Opposite(_prefixed(item, prefix, everybody))
        case Everything():
            return Has(everybody)
        case Nowhere():
            return Opposite(Has(everybody))
        case Has(key):
            return Has(prefix + key)
        case Compared(key, sort, values):
            return Compared(prefix + key, sort, values)
        case _:
            assert_never(tree)


def asks_accounts(policy: CalicoPolicy) -> bool:
    """True iff it asks for the service account of a pod, by its name or its labels."""
    spec = policy.spec
    rules = [rule for direction in Direction for rule in spec.rules(direction) or ()]
    entities = [entity for rule in rules for entity in (rule.source, rule.destination)]
    if spec.accounts is not None or any(entity.accounts is not None for entity in entities):
        return True
    trees = [spec.selector, *(tree for e in entities for tree in (e.selector, e.not_selector) if tree is not None)]
    return any(key == ACCOUNT or key.startswith(_OF_ACCOUNT) for tree in trees for key in keys(tree))


class Facts(Struct, frozen=True):
    """What the input says of whom selectors can mean. namespaces: the labels of those that have an object. behind: what
    Services lead to."""

    sets: tuple[NetworkSet, ...] = ()
    accounts: tuple[ServiceAccount, ...] = ()
    namespaces: Mapping[str, Mapping[str, str]] = {}
    behind: Behind = NOTHING_BEHIND

    @classmethod
    def of(
        cls,
        sets: Iterable[NetworkSet],
        accounts: Iterable[ServiceAccount],
        namespaces: Iterable[Namespace],
        behind: Behind,
    ) -> "Facts":
        said = {n.name: n.labels for n in namespaces if n.labels is not None}
        ordered = sorted(sets, key=lambda s: (s.kind, s.namespace or "", s.name))
        return cls(tuple(ordered), tuple(sorted(accounts, key=lambda a: (a.namespace, a.name))), said, behind)


class Meaning:
    """Formulas of selectors. Equal ones are one object."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._pods = lru_cache(maxsize=1 << 14)(self._formula)
        self._sets = lru_cache(maxsize=1 << 14)(self._of_sets)
        self._any = lru_cache(maxsize=1 << 14)(self._anybody)

    def pods(self, tree: Tree, role: Role, end: str) -> Formula:
        """Iff the end is a pod whose labels meet the selector. end: `source` or `destination`."""
        return self._pods(tree, role, end)

    def anybody(self, tree: Tree, role: Role, end: str) -> Formula:
        """Iff the address of the end is one of a pod, a set of networks or a host endpoint that meets it (5.3)."""
        return self._any(tree, role, end)

    def _formula(self, tree: Tree, role: Role, end: str) -> Formula:
        inside = self._inside(tree, role, end, True)
        pod = KindIn(role, _POD)
        if inside == TRUE:
            return pod
        return And((pod, *(inside.items if isinstance(inside, And) else (inside,))))

    def _anybody(self, tree: Tree, role: Role, end: str) -> Formula:
        pods = self._formula(tree, role, end)
        known = self._sets(tree, role)
        return _either([formula for formula in (pods, *known) if not _is_nobody(formula)])

    # Pods

    def _inside(self, tree: Tree, role: Role, end: str, positive: bool) -> Formula:
        """What the selector, or its opposite, says of a pod."""
        match tree:
            case Any(items) | All(items):
                parts = [self._inside(item, role, end, positive) for item in items]
                return _either(parts) if isinstance(tree, Any) is positive else _both(parts)
            case Opposite(item):
                return self._inside(item, role, end, not positive)
            case Everything() | Nowhere():
                return TRUE if isinstance(tree, Everything) is positive else FALSE
            case Has(key):
                return self._label(key, Operator.EXISTS, frozenset(), role, end, positive)
            case Compared(key, sort, values):
                return self._label(key, _OPERATORS[sort], values, role, end, positive)
            case _:
                assert_never(tree)

    def _label(
        self, key: str, operator: Operator, values: frozenset[str], role: Role, end: str, positive: bool
    ) -> Formula:
        if key == _ORCHESTRATOR:
            held = operator is Operator.EXISTS or compares(_OF_KUBERNETES, _sort(operator), values)
            return TRUE if held is positive else FALSE
        if key in (HOME, _NAMESPACE + _NAME, _NAMESPACE + NAMESPACE_NAME):
            wanted = _requirement(NAMESPACE_NAME, operator, values, is_dns_label, positive, always=True)
            return wanted if isinstance(wanted, And | Or) else NamespaceLabels(role, Selector(frozenset({wanted})))
        if key in (ACCOUNT, _OF_ACCOUNT + _NAME):
            wanted = _requirement(SERVICE_ACCOUNT, operator, values, is_dns_subdomain, positive, always=True)
            return wanted if isinstance(wanted, And | Or) else PodLabels(role, Selector(frozenset({wanted})))
        if key.startswith(_OF_ACCOUNT):
            return self._of_account(key.removeprefix(_OF_ACCOUNT), operator, values, role, end, positive)
        own = key.removeprefix(_NAMESPACE)
        if not is_label_key(own):
            return FALSE if positive else TRUE
        wanted = _requirement(own, operator, values, is_label_value, positive)
        if isinstance(wanted, And | Or):
            return wanted
        selector = Selector(frozenset({wanted}))
        return NamespaceLabels(role, selector) if own != key else PodLabels(role, selector)

    def _of_account(
        self, key: str, operator: Operator, values: frozenset[str], role: Role, end: str, positive: bool
    ) -> Formula:
        """What a label of its service account says of a pod; of an account without an object nobody knows."""
        told: list[Formula] = []
        known: list[Formula] = []
        for account in self._facts.accounts:
            who = And(
                (
                    NamespaceIn(role, frozenset({account.namespace})),
                    PodLabels(role, Selector.of({SERVICE_ACCOUNT: account.name})),
                )
            )
            known.append(who)
            value = account.labels.get(key)
            held = value is not None and (operator is Operator.EXISTS or compares(value, _sort(operator), values))
            told += [who] if held is positive else []
        asked = written(Has(key) if operator is Operator.EXISTS else Compared(key, _sort(operator), values))
        unknown = Havoc(f"the pods at the {end} whose service account has `{asked}`")
        stranger = Not(_either(known)) if known else TRUE
        return _either([*told, _both([stranger, unknown if positive else Not(unknown)])])

    # What is known by address

    def _of_sets(self, tree: Tree, role: Role) -> tuple[Formula, ...]:
        sure, doubtful = AddressSet(), []
        for each in self._facts.sets:
            labels = dict(self._labels_of(each))
            met = selects(tree, labels, lambda key, each=each: self._is_unknown(key, each))  # type: ignore[misc]
            if met:
                sure = sure.union(each.addresses)
            elif met is None and not each.addresses.is_empty():
                own = told(dict(each.labels))
                about = f"what {each.kind} `{each.namespace}/{each.name}` with labels `{own}` is to `{written(tree)}`"
                doubtful.append(And((AddressIn(role, each.addresses), Havoc(about))))
        return (*([] if sure.is_empty() else [AddressIn(role, sure)]), *doubtful)

    def _labels_of(self, each: NetworkSet) -> Iterator[tuple[str, str]]:
        """Those of its namespace stand for its own, where it has one."""
        yield from ((k, v) for k, v in each.labels.items() if each.namespace is None or not k.startswith(_NAMESPACE))
        if each.namespace is not None:
            yield HOME, each.namespace
            for key, value in self._facts.namespaces.get(each.namespace, {}).items():
                yield _NAMESPACE + key, value
            yield _NAMESPACE + _NAME, each.namespace
            yield _NAMESPACE + NAMESPACE_NAME, each.namespace

    def _is_unknown(self, key: str, each: NetworkSet) -> bool:
        """True iff it is a label of a namespace of which nobody has said the labels."""
        if each.namespace is None or each.namespace in self._facts.namespaces:
            return False
        return key.startswith(_NAMESPACE) and key not in (_NAMESPACE + _NAME, _NAMESPACE + NAMESPACE_NAME)


def _sort(operator: Operator) -> Sort:
    return next(sort for sort, found in _OPERATORS.items() if found is operator)


def _requirement(
    key: str, operator: Operator, values: frozenset[str], is_value: object, positive: bool, always: bool = False
) -> Requirement | And | Or:
    """The requirement, or its opposite; TRUE or FALSE where no label can meet it, or every one does. always: the label
    is always there."""
    if operator is Operator.IN:
        values = frozenset(filter(is_value, values))  # type: ignore[call-overload]
    nobody = operator is not Operator.EXISTS and not values
    if nobody:
        return FALSE if positive else TRUE
    if operator not in (Operator.IN, Operator.EXISTS) and "" in values:
        operator, values = Operator.EXISTS, frozenset()
    if always and operator is Operator.EXISTS:
        return TRUE if positive else FALSE
    wanted = Requirement(key, operator, values)
    return wanted if positive else opposite(wanted)


def _is_nobody(formula: Formula) -> bool:
    return formula == FALSE or (isinstance(formula, And) and FALSE in formula.items)


def _either(parts: Sequence[Formula]) -> Formula:
    flat: list[Formula] = []
    for part in parts:
        flat += part.items if isinstance(part, Or) else (part,)
    if TRUE in flat:
        return TRUE
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def _both(parts: Sequence[Formula]) -> Formula:
    """The conjunction, in which the requirements on the labels of one sort stand in one selector."""
    flat: list[Formula] = []
    own: list[Requirement] = []
    of_namespace: list[Requirement] = []
    role = Role.SUBJECT
    for part in parts:
        for item in part.items if isinstance(part, And) else (part,):
            if not isinstance(item, PodLabels | NamespaceLabels):
                flat.append(item)
                continue
            role = item.role
            (own if isinstance(item, PodLabels) else of_namespace).extend(item.selector.requirements)
    if FALSE in flat:
        return FALSE
    if of_namespace:
        flat.insert(0, NamespaceLabels(role, Selector(frozenset(of_namespace))))
    if own:
        flat.append(PodLabels(role, Selector(frozenset(own))))
    return flat[0] if len(flat) == 1 else And(tuple(flat))
