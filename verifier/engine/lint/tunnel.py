"""mesh-port: TCP 15008, through which an ambient mesh (Istio's ztunnel, HBONE) carries what goes to any port.

In such a mesh a policy sees the tunnel, not what is inside. Whoever is let in to 15008 gets to every port as far as
NetworkPolicies go; and where rules name other ports alone, nobody of the mesh is let in.
"""

from collections.abc import Iterator, Sequence

from verifier.engine.lint.reading import Line, LintContext, Port, subject_of
from verifier.engine.results.lint import LintFinding
from verifier.errors import Severity
from verifier.ir.network import Intervals, Protocol
from verifier.ir.policy import Direction, PortIn

TUNNEL = 15008
_ONLY = PortIn(Protocol.TCP, Intervals(((TUNNEL, TUNNEL),)))
_MODE = "istio.io/dataplane-mode"
_AMBIENT = "ambient"
_RULES = "an AuthorizationPolicy of the mesh says who may reach which port"


def smells(look: LintContext) -> Iterator[LintFinding]:
    by_policy: dict[str, list[Line]] = {}
    for line in look.lines:
        if line.direction is Direction.INGRESS and not line.in_tier:
            by_policy.setdefault(str(line.policy), []).append(line)
    for lines in by_policy.values():
        opening = [line for line in lines if _ONLY in line.shape.ports]
        narrow = [line for line in lines if line.shape.ports and line not in opening]
        if opening and narrow:
            yield _opened(opening[0])
        elif _is_shut(look, lines):
            yield _shut(lines[0])


def _opened(line: Line) -> LintFinding:
    whom = "anybody" if line.shape.is_anybody else "whom it lets in"
    message = f"{line} opens TCP {TUNNEL}: in an ambient mesh {whom} gets to every port through it"
    why = "what the other rules say of ports holds for connections that do not come through the mesh"
    return LintFinding("mesh-port", Severity.NOTE, message, line.policy, line.rung.citation.origin, (why, _RULES))


def _is_shut(look: LintContext, lines: Sequence[Line]) -> bool:
    """True iff the policy lets in some ports, none of its pods is let in to the tunnel's by any policy, and they are in
    an ambient mesh."""
    who = lines[0].who
    if not isinstance(who.namespace, str) or not all(line.shape.ports for line in lines):
        return False
    namespace = look.namespaces.get(who.namespace)
    labels = (namespace.labels or {}) if namespace is not None else {}
    pods = look.subjects(who)
    ambient = [w for w in pods if w.labels.get(_MODE, labels.get(_MODE)) == _AMBIENT]
    if labels.get(_MODE) != _AMBIENT and not ambient:
        return False
    others = (
        line for line in look.lines if line.direction is Direction.INGRESS and line.who.namespace == who.namespace
    )
    mine = subject_of(who).requirements
    return not any(_reaches(line.shape.ports) and subject_of(line.who).requirements <= mine for line in others)


def _reaches(ports: Sequence[Port]) -> bool:
    return not ports or any(isinstance(p, PortIn) and p.protocol is Protocol.TCP and TUNNEL in p.ports for p in ports)


def _shut(line: Line) -> LintFinding:
    message = f"{line.policy} opens ports, and not TCP {TUNNEL}, through which the ambient mesh of its pods comes in"
    why = f"they have {_MODE}={_AMBIENT}, or their namespace has: what the mesh carries to these ports is blocked"
    return LintFinding("mesh-port", Severity.WARNING, message, line.policy, line.policy.origin, (why, _RULES))
