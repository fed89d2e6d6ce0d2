"""What `netpol init` proposes: claims that the policies suggest, as they would stand in netpol.yaml.

Takes the policies, gives candidates; which of them hold is for `check` to say.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from verifier.engine.lint.reading import Line, LintContext, Port, subject_of
from verifier.engine.precheck.prepare import Given, Pods, prepare
from verifier.ir.cluster import Cluster
from verifier.ir.labels import EVERYTHING, Operator, Selector, describe
from verifier.ir.network import PORTS, Intervals, Protocol, blocks
from verifier.ir.policy import Citation, Direction, PortIn
from verifier.ir.universe import OPEN, Universe
from verifier.smt.limits import Limits

Body = Mapping[str, object]

_NO_LIMITS = Limits()


class Candidate(Struct, frozen=True):
    """A property that may hold. `why`: what suggests it, in one sentence. `claims`: the claim, the strongest first; the
    first that holds is the one to keep. `policies`: what suggests it."""

    name: str
    why: str
    claims: tuple[Body, ...]
    policies: tuple[Citation, ...] = ()


def drafting(
    cluster: Cluster,
    universe: Universe = OPEN,
    switches: Mapping[str, str] | None = None,
    limits: Limits = _NO_LIMITS,
) -> LintContext:
    """What candidates are looked for in, and asked of. Raises what `check` raises."""
    [context] = prepare((Given(cluster),), universe, switches, limits, Pods.EACH, by_services=True)
    return LintContext(context, limits=limits)


def candidates(look: LintContext) -> Iterator[Candidate]:
    """For every selection of pods by ingress policies: who reaches them on whatever port, and who on which; first what
    is said without ports."""
    yield from sorted(_candidates(look), key=lambda each: any(map(_has_ports, each.claims)))


def _has_ports(claim: Body) -> bool:
    return any(isinstance(flow, Mapping) and "ports" in flow for flow in claim.values())


def _candidates(look: LintContext) -> Iterator[Candidate]:
    for (namespace, selector), policies in _subjects(look).items():
        lines = [line for line in look.lines if _speaks_of(line, namespace, selector)]
        if not any(line.shape.opaque or (line.shape.is_anybody and not line.shape.ports) for line in lines):
            yield from _about(namespace, selector, policies, lines)


def _speaks_of(line: Line, namespace: str, selector: Selector) -> bool:
    """True iff the line lets somebody in to all pods of this selection."""
    return (
        line.direction is Direction.INGRESS
        and line.who.namespace == namespace
        and subject_of(line.who).requirements <= selector.requirements
    )


def isolation(look: LintContext) -> Iterator[Candidate]:
    """For every namespace: a default deny for ingress is in force."""
    extent = ", as far as was read" if look.context.cluster.passed_over else ""
    for namespace in look.namespaces:
        claim = {"isolated": {"pods": [{"namespaces": [namespace]}], "directions": "ingress"}}
        why = f"Policies of {namespace} isolate every pod that could run there, for ingress{extent}."
        yield Candidate(f"default-deny-{namespace}", why, (claim,))


def _subjects(look: LintContext) -> Mapping[tuple[str, Selector], tuple[Citation, ...]]:
    """Selections of ingress policies with the policies that have them; where there are workloads at all, only those
    that select some."""
    found: dict[tuple[str, Selector], tuple[Citation, ...]] = {}
    for policy, by_direction in look.selections.items():
        who = by_direction.get(Direction.INGRESS)
        if who is None or not isinstance(who.namespace, str):
            continue
        if look.context.cluster.workloads and not look.subjects(who):
            continue
        key = (who.namespace, subject_of(who))
        found[key] = (*found.get(key, ()), policy)
    return found


def _about(
    namespace: str, selector: Selector, policies: Sequence[Citation], lines: Sequence[Line]
) -> Iterator[Candidate]:
    name = f"{namespace}-{policies[0].name}".replace("*", "")
    pods = f"pods {describe(selector)} of {namespace}" if selector != EVERYTHING else f"the pods of {namespace}"
    behind = tuple(dict.fromkeys((*policies, *(line.policy for line in lines))))
    said = " and ".join(map(str, behind))
    to = [_peer(namespace, selector)]
    everywhere = [line for line in lines if not line.shape.ports]
    narrow = _by_ports(line for line in lines if line.shape.ports)
    for number, (ports, group) in enumerate(narrow.items(), 1):
        if any(line.shape.is_anybody for line in group):
            continue
        flow = {"from": _all_peers((*group, *everywhere)), "to": to, **_listed(ports)}
        why = f"Nobody else reaches {pods} on these ports, says {said}."
        suffix = f"-{number}" if len(narrow) > 1 else ""
        yield Candidate(f"only-these-reach-{name}{suffix}", why, ({"exactly": flow}, {"only": flow}), behind)
    if not lines:
        why = f"Nothing reaches {pods}, says {said}."
        yield Candidate(f"nothing-reaches-{name}", why, ({"never": {"to": to}},), behind)
    elif not any(line.shape.is_anybody for line in lines):
        flow = {"from": _all_peers(lines), "to": to}
        claims = ({"only": flow},) if narrow else ({"exactly": flow}, {"only": flow})
        why = f"Nobody else reaches {pods}, on whatever port, says {said}."
        yield Candidate(f"only-these-reach-{name}{'-at-all' if narrow else ''}", why, claims, behind)


def _all_peers(lines: Iterable[Line]) -> list[Body]:
    """The peers of lines, each once."""
    found: list[Body] = []
    for line in lines:
        found += (peer for peer in _peers(line) if peer not in found)
    return found


def _by_ports(lines: Iterable[Line]) -> Mapping[tuple[Port, ...], list[Line]]:
    found: dict[tuple[Port, ...], list[Line]] = {}
    for line in lines:
        found.setdefault(line.shape.ports, []).append(line)
    return found


def _listed(ports: Iterable[Port]) -> Body:
    entries: list[Body] = []
    numbers: dict[Protocol, Intervals] = {}
    for port in ports:
        if isinstance(port, PortIn):
            numbers[port.protocol] = numbers.get(port.protocol, Intervals()).union(port.ports)
        else:
            entries.append({**({"protocol": str(port.protocol)} if port.protocol else {}), "port": port.name})
    entries += [entry for protocol, held in numbers.items() for entry in _ranges(protocol, held)]
    return {"ports": entries} if entries else {}


def _ranges(protocol: Protocol, numbers: Intervals) -> Iterator[Body]:
    if numbers == PORTS:
        yield {"protocol": str(protocol)}
        return
    for low, high in numbers:
        yield {"protocol": str(protocol), "port": low, **({"endPort": high} if high > low else {})}


def _peers(line: Line) -> Iterator[Body]:
    shape = line.shape
    if shape.addresses is not None:
        for version in (4, 6):
            cidrs, excepts = blocks(shape.addresses.family(version), version)
            holes = {"except": [str(hole) for hole in excepts]} if excepts else {}
            yield from ({"ipBlock": {"cidr": str(cidr), **holes}} for cidr in cidrs)
        return
    pods = shape.pods or EVERYTHING
    if shape.own:
        yield _peer(str(line.who.namespace), pods)
        return
    chosen = {"namespaceSelector": _selector(shape.namespaces or EVERYTHING)}
    yield {**chosen, "podSelector": _selector(pods)} if pods != EVERYTHING else chosen


def _peer(namespace: str, pods: Selector) -> Body:
    return {"namespaces": [namespace], **({"podSelector": _selector(pods)} if pods != EVERYTHING else {})}


def _selector(selector: Selector) -> Body:
    """As in a manifest."""
    labels: dict[str, object] = {}
    expressions: list[Body] = []
    for requirement in selector:
        if requirement.operator is Operator.IN and len(requirement.values) == 1 and requirement.key not in labels:
            labels[requirement.key] = min(requirement.values)
            continue
        values = {"values": sorted(requirement.values)} if requirement.values else {}
        expressions.append({"key": requirement.key, "operator": str(requirement.operator), **values})
    return {
        **({"matchLabels": labels} if labels else {}),
        **({"matchExpressions": expressions} if expressions else {}),
    }
