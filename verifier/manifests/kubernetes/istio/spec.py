"""Istio's policies after reading (docs/semantics.md 7).

A rule is a conjunction of clauses: one for its sources, one for its operations, one for each condition. A clause is a
list of alternatives, an alternative a conjunction of tests: a field and the values that it is held against.
"""

from collections.abc import Iterable
from enum import Enum, StrEnum

from msgspec import Struct
from msgspec.structs import replace

from verifier.ir.labels import EVERYTHING, Selector
from verifier.ir.origin import Origin, Path
from verifier.ir.policy import Citation

GROUP = "security.istio.io"
POLICY = "AuthorizationPolicy"
PEERS = "PeerAuthentication"


class Attribute(Enum):
    """What a field of a rule asks of a connection."""

    PRINCIPAL = "principal"
    NAMESPACE = "namespace"
    ACCOUNT = "service account"
    TRUST_DOMAIN = "trust domain"
    SOURCE_ADDRESS = "source address"
    ADDRESS = "address"
    PORT = "port"
    UNSEEN = "unseen"
    """What plain TCP has too and no policy at layer 4 can see: the original client, SNI, what filters of Envoy say."""
    HTTP = "http"


OF_IDENTITY = frozenset({Attribute.PRINCIPAL, Attribute.NAMESPACE, Attribute.ACCOUNT, Attribute.TRUST_DOMAIN})
"""What reads the certificate of the source."""


class Test(Struct, frozen=True):
    """Iff what the connection has for `attribute` is one of `values`, or, where `negated`, none of them. name: the
    field, without its `not`."""

    attribute: Attribute
    name: str
    values: tuple[str, ...]
    negated: bool = False

    def __str__(self) -> str:
        return f"{self.name}: {', '.join(self.values)}"


Alternative = tuple[Test, ...]
Clause = tuple[Alternative, ...]
Rule = tuple[Clause, ...]


def tests_of(rule: Rule) -> list[Test]:
    return [test for clause in rule for alternative in clause for test in alternative]


class Action(StrEnum):
    ALLOW = "ALLOW"
    DENY = "DENY"
    CUSTOM = "CUSTOM"
    AUDIT = "AUDIT"


class Target(Struct, frozen=True):
    """What a waypoint enforces the policy for."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class AuthorizationPolicy(Struct, frozen=True):
    """targets: those of a policy that is a waypoint's. dry_run: it is only logged what it would do. provider: who
    decides, of one with action CUSTOM. in_root: its namespace is the root namespace."""

    namespace: str
    name: str
    selector: Selector
    action: Action
    rules: tuple[Rule, ...]
    origin: Origin
    targets: tuple[Target, ...] = ()
    dry_run: bool = False
    provider: str = ""
    in_root: bool = False

    @property
    def citation(self) -> Citation:
        return _cited(POLICY, self, None if self.action is Action.ALLOW else str(self.action))

    @property
    def decides(self) -> bool:
        """True iff it makes a difference to anybody."""
        return not self.dry_run and self.action is not Action.AUDIT

    @property
    def says(self) -> tuple[object, ...]:
        """Two that say the same are copies."""
        return self.selector, self.action, self.rules, self.targets, self.dry_run, self.provider


class Mode(StrEnum):
    """Of mutual TLS. UNSET: as what stands above says."""

    UNSET = "UNSET"
    DISABLE = "DISABLE"
    PERMISSIVE = "PERMISSIVE"
    STRICT = "STRICT"


class PeerAuthentication(Struct, frozen=True):
    """created: when, as the input says; texts of one form, so that the earlier is the smaller. in_root: its namespace
    is the root namespace."""

    namespace: str
    name: str
    selector: Selector
    mode: Mode
    ports: tuple[tuple[int, Mode], ...]
    origin: Origin
    created: str | None = None
    in_root: bool = False

    @property
    def citation(self) -> Citation:
        return _cited(PEERS, self, None)

    @property
    def is_of_pods(self) -> bool:
        """True iff it is about some pods of a namespace, not all."""
        return self.selector != EVERYTHING

    @property
    def says(self) -> tuple[object, ...]:
        """Two that say the same are copies."""
        return self.selector, self.mode, self.ports


MeshPolicy = AuthorizationPolicy | PeerAuthentication


def rooted(policies: Iterable[MeshPolicy], root: str) -> list[MeshPolicy]:
    """The policies, where that is the root namespace."""
    return [replace(policy, in_root=policy.namespace == root) for policy in policies]


def _cited(kind: str, policy: MeshPolicy, detail: str | None) -> Citation:
    path: Path = ("spec", "selector") if policy.selector != EVERYTHING else ("spec",)
    return Citation(kind, policy.namespace, policy.name, None, policy.origin.child(*path), detail)
