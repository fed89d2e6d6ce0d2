"""What a plugin does with an object that its profile cannot say, since no switch has that value (docs/semantics.md 1.7,
docs/plugins.md): refused, or a warning. Nothing that a plugin reads otherwise may be proved as if it did not.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from verifier.errors import Diagnostic, Severity
from verifier.ir.origin import Origin
from verifier.manifests.kubernetes.lowering import Policy
from verifier.manifests.kubernetes.tiers.spec import TierPolicy

_NUMBER = "write the number, or leave the profile out and fix switches with --set"
_OTHERWISE = "leave the profile out and fix switches with --set, or write it so that this is not needed"


class Rule(Struct, frozen=True):
    """A rule of a NetworkPolicy as it is written, with where it stands; `outward`: of egress; `of_space`: how many
    blocks the rules of its namespace hold in this direction."""

    policy: Policy
    origin: Origin
    outward: bool
    peers: Sequence[Mapping[str, Any]]
    ports: Sequence[Mapping[str, Any]]
    of_space: int = 0

    @property
    def blocks(self) -> Sequence[Mapping[str, Any]]:
        return [peer["ipBlock"] for peer in self.peers if isinstance(peer.get("ipBlock"), dict)]

    @property
    def is_named(self) -> bool:
        """True iff one of its ports is a name."""
        return any(isinstance(port.get("port"), str) for port in self.ports)

    @property
    def has_family_6(self) -> bool:
        return any(":" in str(block.get("cidr")) for block in self.blocks)

    @property
    def has_except(self) -> bool:
        return any(block.get("except") for block in self.blocks)


class Deviation(Struct, frozen=True):
    """Rules that a plugin takes for something else than the profile says: which, what becomes of them, and what to do.
    refused: nothing is answered where there is one; else a warning stands in the report."""

    of: Callable[[Rule], bool]
    message: str
    hint: str
    refused: bool = True


class Limits(Struct, frozen=True):
    """What a profile cannot say: of rules, and which kinds of cluster-scoped policies its plugin does not read."""

    deviations: tuple[Deviation, ...] = ()
    unread: frozenset[str] = frozenset()


_TIERS = frozenset({"AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"})

_LIMITS: Mapping[str, Limits] = {
    "aws-vpc-cni": Limits(
        (
            Deviation(
                lambda rule: rule.is_named,
                "a port name, which AWS VPC CNI resolves over all selected pods, and opens the union of what it finds "
                "on each of them (getIngressRulesPorts)",
                _NUMBER,
            ),
            Deviation(
                lambda rule: rule.has_except and rule.of_space > 1,
                "`except` where another block of the namespace may hold what is excepted: AWS VPC CNI denies it to the "
                "whole pod, and the other block does not reopen it",
                _OTHERWISE,
            ),
        ),
        _TIERS,
    ),
    "azure-npm": Limits(
        (
            Deviation(
                lambda rule: rule.has_family_6,
                "an IPv6 block, with which Azure NPM does not install the policy at all, so that it isolates nobody",
                "leave IPv6 blocks out",
            ),
        ),
        _TIERS,
    ),
    "kube-router": Limits(
        (
            Deviation(
                lambda rule: any(str(block.get("cidr")) == "::/0" for block in rule.blocks),
                "`::/0`, which kube-router takes for 2000::/3 and fd00::/8",
                "write the blocks that are meant",
            ),
            Deviation(
                lambda rule: rule.has_except and len(rule.blocks) > 1,
                "`except` beside another block of the same rule: kube-router keeps both in one set, so that it cuts "
                "the other block, too",
                "write a rule for each block",
            ),
            Deviation(
                lambda rule: rule.outward and rule.is_named and not rule.peers,
                "a port name without `to`, for which kube-router opens the number to any destination",
                _NUMBER,
            ),
        ),
        _TIERS,
    ),
    "ovn-kubernetes": Limits(
        (
            Deviation(
                lambda rule: rule.is_named,
                "a port name, which OVN-Kubernetes does not read: alone it opens every port of the protocol, beside a "
                "number it vanishes (ovn-kubernetes issue 2117)",
                _NUMBER,
            ),
            Deviation(
                lambda rule: any("namespaceSelector" in p and p.get("podSelector") is None for p in rule.peers),
                "a peer with a namespaceSelector alone, which OVN-Kubernetes does not take for hostNetwork pods, but "
                "for every node where it fits the namespace of the host network",
                "no claim about nodes or hostNetwork pods rests on firm ground here",
                refused=False,
            ),
        ),
        frozenset({"ClusterNetworkPolicy"}),
    ),
    "weave": Limits(
        (
            Deviation(
                lambda rule: rule.is_named,
                "a port name, for which Weave Net refuses the whole policy (npc/analyser.go)",
                _NUMBER,
            ),
            Deviation(
                lambda rule: rule.has_family_6, "an IPv6 block, and Weave Net knows no IPv6", "leave IPv6 blocks out"
            ),
        ),
        _TIERS,
    ),
}

_STATELESS = "k8s.ovn.org/acl-stateless"


def deviations(profile: str | None, policies: Sequence[Policy], tiers: Sequence[TierPolicy]) -> Iterator[Diagnostic]:
    """What the profile cannot say of these objects."""
    limits = _LIMITS.get(profile or "")
    if limits is None:
        return
    for tier in tiers:
        if tier.kind in limits.unread:
            hint = "leave it out with --exclude: nothing enforces it there"
            yield _told(profile, tier.origin, f"{tier.citation}, a kind that this plugin does not read", hint)
    rules = [list(_rules(policy)) for policy in policies]
    blocks: Counter[tuple[str, bool]] = Counter()
    for rule in chain.from_iterable(rules):
        blocks[str(rule.policy.namespace), rule.outward] += len(rule.blocks)
    for number, policy in enumerate(policies):
        if profile == "ovn-kubernetes" and _STATELESS in _annotations(policy):
            message = f"`{_STATELESS}`, with which replies need rules of their own"
            yield _told(profile, policy.origin.child("metadata", "annotations"), message, _OTHERWISE)
        for rule in rules[number]:
            for deviation in limits.deviations:
                if deviation.of(replace(rule, of_space=blocks[str(policy.namespace), rule.outward])):
                    severity = Severity.ERROR if deviation.refused else Severity.WARNING
                    yield _told(profile, rule.origin, deviation.message, deviation.hint, severity)


def _told(
    profile: str | None, origin: Origin, message: str, hint: str, severity: Severity = Severity.ERROR
) -> Diagnostic:
    place = origin.position
    text = f"profile `{profile}`: {message}"
    return Diagnostic("profile-limit", text, place.file, place.line, place.column, hint, severity)


def _rules(policy: Policy) -> Iterator[Rule]:
    """Its rules as they are written, in the directions in which it governs."""
    spec = _value(policy).get("spec")
    if not isinstance(spec, dict):
        return
    for word, peers, governs in (
        ("ingress", "from", policy.spec.ingress is not None),
        ("egress", "to", policy.spec.egress is not None),
    ):
        for number, rule in enumerate(spec.get(word) or () if governs else ()):
            some = rule if isinstance(rule, dict) else {}
            origin = policy.origin.child("spec", word, number)
            yield Rule(policy, origin, word == "egress", some.get(peers) or (), some.get("ports") or ())


def _annotations(policy: Policy) -> Mapping[str, Any]:
    metadata = _value(policy).get("metadata")
    found = metadata.get("annotations") if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}


def _value(policy: Policy) -> Mapping[str, Any]:
    """The object that the policy was read from."""
    value: Any = getattr(policy.origin.document, "value", None)
    for step in policy.origin.path:
        value = value[step]
    return value if isinstance(value, dict) else {}
