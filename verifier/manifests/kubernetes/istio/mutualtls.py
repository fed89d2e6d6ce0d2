"""PeerAuthentications as formulas: who takes nobody without an identity (docs/semantics.md 7).

That of a pod goes before that of its namespace, and that before the root namespace's; UNSET is what stands above. Of
equals the oldest counts, and where the input does not say which that is, any may.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from verifier.ir.labels import describe
from verifier.ir.network import Intervals, Protocol
from verifier.ir.policy import FALSE, TRUE, And, Formula, NamespaceIn, Not, Or, PodLabels, PortIn, Role
from verifier.manifests.kubernetes.istio.spec import Mode, PeerAuthentication
from verifier.manifests.kubernetes.istio.unsaid import unsaid


class _Said(Struct, frozen=True):
    """What one PeerAuthentication says: of whom, over SUBJECT, and that these are strict."""

    policy: PeerAuthentication
    whom: Formula
    strict: Formula


def in_force(policies: Iterable[PeerAuthentication]) -> tuple[PeerAuthentication, ...]:
    """Those that count: one of the root namespace that selects pods is passed over by Istio."""
    return tuple(p for p in policies if not (p.is_of_pods and p.in_root))


def strict(policies: Sequence[PeerAuthentication]) -> Formula:
    """True iff the subject takes nobody without an identity on the port of the connection."""
    counting = in_force(policies)
    whole = _level([p for p in counting if p.in_root], FALSE)
    homes = sorted({p.namespace for p in counting if not p.in_root})
    found: list[Formula] = []
    for home in homes:
        mine = [p for p in counting if p.namespace == home]
        by_namespace = _level([p for p in mine if not p.is_of_pods], whole)
        by_pod = _level([p for p in mine if p.is_of_pods], by_namespace)
        found.append(And((NamespaceIn(Role.SUBJECT, frozenset({home})), by_pod)))
    if homes:
        found.append(And((Not(NamespaceIn(Role.SUBJECT, frozenset(homes))), whole)))
    return Or(tuple(found)) if homes else whole


def says_strict(policy: PeerAuthentication) -> Formula:
    """True iff the policy itself says STRICT of the connection's port."""
    return _mode(policy, FALSE)


def _level(policies: Sequence[PeerAuthentication], above: Formula) -> Formula:
    """True iff those of one level make their subject strict; above: what holds where they say nothing."""
    if not policies:
        return above
    said = [_Said(p, PodLabels(Role.SUBJECT, p.selector) if p.is_of_pods else TRUE, _mode(p, above)) for p in policies]
    anybody = Or(tuple(each.whom for each in said))
    perhaps = Or(tuple(And((_first(each, said), each.strict)) for each in said))
    perhaps_not = Or(tuple(And((_first(each, said), Not(each.strict))) for each in said))
    decided = perhaps if len(said) == 1 else And((perhaps, Or((Not(perhaps_not), _order(policies)))))
    return Or((decided, And((Not(anybody), above))))


def _first(one: _Said, others: Sequence[_Said]) -> Formula:
    """True iff the policy is about the subject, and none that is surely older."""
    older = tuple(Not(other.whom) for other in others if _is_older(other.policy, one.policy))
    return And((one.whom, *older))


def _is_older(one: PeerAuthentication, other: PeerAuthentication) -> bool:
    return one.created is not None and other.created is not None and one.created < other.created


def _order(policies: Sequence[PeerAuthentication]) -> Formula:
    named = ", ".join(sorted(f"{p.namespace}/{p.name} {_content(p)}" for p in policies))
    return unsaid("which of the PeerAuthentications {} is the oldest", named)


def _content(policy: PeerAuthentication) -> str:
    """What it says: which of others is the oldest is another question."""
    ports = "".join(f" {port} {mode}" for port, mode in sorted(policy.ports))
    return f"({policy.mode}{ports}{f' of {describe(policy.selector)}' if policy.is_of_pods else ''})"


def _mode(policy: PeerAuthentication, above: Formula) -> Formula:
    """True iff the policy makes the connection's port strict."""
    whole = _of(policy.mode, above)
    apart = [(port, mode) for port, mode in policy.ports if mode is not Mode.UNSET]
    if not apart:
        return whole
    some = PortIn(Protocol.TCP, Intervals.of((port, port) for port, mode in apart if mode is Mode.STRICT))
    others = Not(PortIn(Protocol.TCP, Intervals.of((port, port) for port, _ in apart)))
    return Or((some, And((others, whole))))


def _of(mode: Mode, above: Formula) -> Formula:
    return above if mode is Mode.UNSET else TRUE if mode is Mode.STRICT else FALSE
