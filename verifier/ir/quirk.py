"""How something is written, where its meaning does not show it; and what its author wants to hear no more about."""

from enum import StrEnum

from msgspec import Struct

from verifier.ir.labels import Labels
from verifier.ir.origin import Origin
from verifier.ir.policy import Citation


class Writing(StrEnum):
    """What is peculiar about a stretch of a manifest."""

    NULL_SELECTOR = "null selector"
    """`podSelector`, `matchLabels` or the like is there and null: an empty selector, which selects everything."""
    NULL_RULE = "null rule"
    """An element of `ingress` or `egress` is null: an empty rule, which allows everything."""
    NULL_PORT = "null port"
    EMPTY_PORT = "empty port"
    """An entry of `ports` is `{}`: every TCP port, and no UDP."""
    UNLISTED_DIRECTION = "unlisted direction"
    """Rules of a direction that `policyTypes` does not list."""
    NO_NAMESPACE = "no namespace"
    """`metadata.namespace` is missing."""
    LEGACY_ANNOTATION = "legacy annotation"
    """A Namespace asks for isolation by the annotation of the beta, which no current cluster reads."""
    NULL_PEERS = "null peers"
    """`from` or `to` is there and null: anybody."""
    NO_SELECTOR = "no selector"
    """A policy has no `podSelector`: every pod of its namespace."""
    EGRESS_ONLY = "egress only"
    """A policy has egress rules, neither `ingress` nor `policyTypes`: it isolates for ingress, too."""
    ISOLATING_ENTRY = "isolating entry"
    """An entry says neither who nor where, in a dialect in which that allows nothing; the detail says how else."""
    EMPTY_PEERS = "empty peers"
    """A list of peers is there and empty; the detail says whom that means: nobody, or anybody."""
    DENY_ISOLATES = "deny isolates"
    """A section that denies stands alone, and so isolates; the detail says what keeps it from
    that."""
    DENY_WITHOUT_ENTRIES = "default deny without entries"
    """A default deny is asked for in a direction without entries, where it has no effect."""
    NAMES_WITHOUT_LOOKUP = "names without lookup"
    """Peers are names, and no entry lets them be looked up; the detail says how."""
    ONE_FAMILY = "one family"
    """A list holds all addresses of IPv4 and none of IPv6."""
    CONFINED_SELECTOR = "confined selector"
    """A selector of pods asks for their namespace, where the own one is implied all the same."""
    NOWHERE_TOO = "nowhere too"
    """A selector of namespaces also holds of what is in none."""
    FAMILY_OF_NOT_NETS = "family of what is excluded"
    """Only what is not meant says addresses, and with them the family; the detail says which."""
    STAGED = "staged"
    """A policy is not in force; the detail says since when it is there, where that is known."""
    DUPLICATE = "duplicate"
    """The object stands in the input twice."""
    HTTP_ONLY_ALLOW = "every rule that allows asks for http"
    """Each rule of a policy of a mesh that allows holds a field of HTTP (`detail`)."""
    HTTP_ONLY_DENY = "a rule that denies asks for nothing but http"
    """A clause of a rule that denies holds nothing but fields of HTTP (`detail`)."""
    TCP_DENY_ALL = "denies all tcp"
    """A policy of a mesh denies everything, which is TCP only; no NetworkPolicy isolates these pods."""
    NOT_AMONG_STRANGERS = "lets in who is none of these"
    """A rule that allows takes whoever is not among some (`detail`), who shows no identity included."""
    PRINCIPAL = "principal"
    """A rule names a service account, `namespace/name` (`detail`); the empty text: nobody that there can be."""
    PERMISSIVE = "permissive"
    """Who shows no identity is let in, beside rules that ask for one (`detail`: of which policy)."""


class Quirk(Struct, frozen=True):
    """Something about how an object is written. `place`: where, as Kubernetes writes paths (`spec.podSelector`).
    `detail`: further words, as the kind of quirk needs them."""

    writing: Writing
    object: Citation
    place: str
    detail: str = ""
    origin: Origin | None = None


class Suppression(Struct, frozen=True):
    """What an annotation of `object` says: nobody wants to hear of these rules here, and why."""

    object: Citation
    rules: frozenset[str]
    reason: str
    origin: Origin | None = None


class Written(Struct, frozen=True):
    """What `lint` is told of the writing of a set of manifests.

    named: how many policies and workloads name their namespace. labels: those of workloads that have a template for
    their pods, as objects: no policy looks at them.
    """

    quirks: tuple[Quirk, ...] = ()
    silences: tuple[Suppression, ...] = ()
    named: int = 0
    labels: tuple[tuple[Citation, Labels], ...] = ()


NOTHING_PECULIAR = Written()
