"""Rules of AuthorizationPolicies as formulas (docs/semantics.md 7).

What is HTTP nobody can say at layer 4: beside a field of HTTP stands the unknown that the connection carries any. Where
it does not, a sidecar leaves out a whole rule of an ALLOW or CUSTOM policy, and of a DENY policy the field alone.
ztunnel never looks at HTTP, and to it a clause of which nothing is left matches nothing.
"""

from collections.abc import Iterable

from msgspec import Struct

from verifier.ir.labels import SERVICE_ACCOUNT, Operator, Requirement, Selector
from verifier.ir.network import Intervals, Protocol
from verifier.ir.policy import (
    FALSE,
    TRUE,
    AddressIn,
    And,
    Formula,
    Havoc,
    NamespaceIn,
    Not,
    Or,
    PodLabels,
    PortIn,
    Role,
    SwitchIs,
)
from verifier.manifests.kubernetes.istio.names import meets, parse_principal
from verifier.manifests.kubernetes.istio.proxies import in_mesh
from verifier.manifests.kubernetes.istio.spec import Action, Alternative, Attribute, Clause, Rule, Test, tests_of
from verifier.manifests.kubernetes.istio.unsaid import unsaid
from verifier.manifests.kubernetes.istio.values import addresses_of

SHOWN = Havoc("whether the source shows an identity by mutual TLS", shared=True)
"""One unknown of the connection, whichever rule asks."""
_IS_HTTP = Havoc("whether the connection carries HTTP")
SIDECAR, AMBIENT = SwitchIs("istio_dataplane", "sidecar"), SwitchIs("istio_dataplane", "ambient")


class Known(Struct, frozen=True):
    """What the input knows by name. annotated: some pod says by annotation whether it has a proxy."""

    namespaces: frozenset[str]
    accounts: frozenset[str]
    annotated: bool = False


class Matcher:
    """Gives formulas, equal ones as one object."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._formulas: dict[Formula, Formula] = {}
        self._identity = self.one(And((in_mesh(Role.PEER, known.annotated), SHOWN)))

    @property
    def identity(self) -> Formula:
        """True iff the source, a pod with a proxy, shows who it is."""
        return self._identity

    def one(self, formula: Formula) -> Formula:
        """The first of equal formulas."""
        return self._formulas.setdefault(formula, formula)

    def rule(self, rule: Rule, action: Action, home: str) -> Formula:
        """True iff the rule matches. home: the namespace of its policy."""
        if not any(test.attribute is Attribute.HTTP for test in tests_of(rule)):
            return self._clauses(rule, action, home)
        whole = self._clauses(rule, action, home)
        if action is not Action.DENY:
            return self.one(And((SIDECAR, _IS_HTTP, whole)))
        rest = tuple(tuple(left for a in clause if (left := _without_http(a))) for clause in rule)
        return self.one(Or((And((SIDECAR, whole)), And((AMBIENT, self._clauses(rest, action, home))))))

    def _clauses(self, rule: Iterable[Clause], action: Action, home: str) -> Formula:
        return self._all(self._any(self._alternative(a, action, home) for a in clause) for clause in rule)

    def _alternative(self, tests: Alternative, action: Action, home: str) -> Formula:
        return self._all(self._test(test, action, home) for test in tests)

    def _test(self, test: Test, action: Action, home: str) -> Formula:
        found = self._any(self._value(test, value, home) for value in test.values)
        if test.attribute in (Attribute.SOURCE_ADDRESS, Attribute.ADDRESS, Attribute.PORT):
            found = _plain(test)
        if test.negated:
            found = Not(found)
        if test.attribute is Attribute.HTTP and action is Action.DENY:
            found = Or((Not(_IS_HTTP), found))
        return self.one(found)

    def _value(self, test: Test, value: str, home: str) -> Formula:
        match test.attribute:
            case Attribute.NAMESPACE:
                return self._shown(self._namespace(value))
            case Attribute.ACCOUNT:
                namespace, slash, name = value.rpartition("/")
                return self._shown(self._namespace(namespace if slash else home), self._account(name))
            case Attribute.PRINCIPAL:
                parts = parse_principal(value)
                if parts is None:
                    return FALSE
                domain = TRUE if parts.domain == "*" else _domain(parts.domain)
                return self._shown(domain, self._namespace(parts.namespace), self._account(parts.account))
            case Attribute.TRUST_DOMAIN:
                return self._shown(TRUE if value == "*" else _domain(value))
            case Attribute.HTTP:
                return unsaid("whether the request has {}", f"{test.name}: {value}")
            case Attribute.UNSEEN:
                return unsaid("whether the connection has {}", f"{test.name}: {value}")
            case Attribute.SOURCE_ADDRESS | Attribute.ADDRESS | Attribute.PORT:
                return TRUE

    def _shown(self, *parts: Formula) -> Formula:
        """True iff the source shows an identity of which all parts hold."""
        return self._all((self._identity, *parts))

    def _namespace(self, pattern: str) -> Formula:
        return meets(pattern, self._known.namespaces, _in_namespaces, "the namespace of the source")

    def _account(self, pattern: str) -> Formula:
        return meets(pattern, self._known.accounts, _of_accounts, "the service account of the source")

    def _all(self, formulas: Iterable[Formula]) -> Formula:
        items = tuple(f for f in formulas if f != TRUE)
        return self.one(items[0] if len(items) == 1 else And(items))

    def _any(self, formulas: Iterable[Formula]) -> Formula:
        items = tuple(formulas)
        return TRUE if TRUE in items else self.one(items[0] if len(items) == 1 else Or(items))


def _without_http(alternative: Alternative) -> Alternative:
    return tuple(test for test in alternative if test.attribute is not Attribute.HTTP)


def _plain(test: Test) -> Formula:
    """What addresses and ports say together: values of one list are alternatives."""
    if test.attribute is Attribute.PORT:
        return PortIn(Protocol.TCP, Intervals.of((int(value), int(value)) for value in test.values))
    role = Role.PEER if test.attribute is Attribute.SOURCE_ADDRESS else Role.SUBJECT
    return AddressIn(role, addresses_of(test.values))


def _domain(pattern: str) -> Formula:
    return unsaid("whether the trust domain of the source is {}", pattern)


def _in_namespaces(names: frozenset[str]) -> Formula:
    return NamespaceIn(Role.PEER, names)


def _of_accounts(names: frozenset[str]) -> Formula:
    return PodLabels(Role.PEER, Selector(frozenset({Requirement(SERVICE_ACCOUNT, Operator.IN, names)})))
