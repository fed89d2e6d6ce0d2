"""How something is written, where its meaning does not show it; and what its author wants to hear no more about."""

from enum import StrEnum

from msgspec import Struct

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

    named: how many policies and workloads name their namespace.
    """

    quirks: tuple[Quirk, ...] = ()
    silences: tuple[Suppression, ...] = ()
    named: int = 0


NOTHING_PECULIAR = Written()
