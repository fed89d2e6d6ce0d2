"""What a verdict rests on, what it leaves out, and what its reader should know besides, in plain sentences."""

from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec.structs import replace

from verifier.encoding.problem import Problem
from verifier.engine.check.inside import known_inside
from verifier.engine.problem.hostpeers import BESIDE_PEERS, selects_hostpods
from verifier.engine.problem.peers import named_by
from verifier.engine.problem.problem import Context, problem_of
from verifier.engine.problem.proxies import taken_for_granted
from verifier.engine.problem.scope import Scope
from verifier.engine.problem.services import getting_on
from verifier.engine.results.standing import NODES, NODES_BUT_MEANT, OTHER_PROTOCOLS, UNDECLARED
from verifier.engine.results.witness import Witness
from verifier.engine.solve.query import Query
from verifier.ir.endpoint import NODELIKE, Kind
from verifier.ir.labels import Labels, Selector, describe
from verifier.ir.network import ALL_ADDRESSES, PRIVATE_ADDRESSES, AddressSet
from verifier.ir.pods import PodPeer
from verifier.ir.policy import NO_POLICIES, TRUE, Direction, PolicySet
from verifier.ir.property import (
    AddressPeer,
    Always,
    Claim,
    Confined,
    Exactly,
    Isolated,
    Never,
    Only,
    Peer,
    Peers,
    Separate,
)
from verifier.ir.switches import SWITCHES, concrete
from verifier.semantics import isolated
from verifier.smt.solver import Answer, Limits
from verifier.vocabulary import Mentions

LEFT_OPEN = (
    "policies of equal priority leave open what becomes of some connections that the change is about, before "
    "and after: these count as unchanged (`same_priority`)"
)


def supposed_labels(witness: Witness) -> Sequence[tuple[str, Labels]]:
    """The labels of either end of the witness that nobody has said, since the controller of its workload, as it is
    called, chooses them (1.6)."""
    found: list[tuple[str, Labels]] = []
    for end in (witness.source, witness.destination):
        if end is None or end.workload is None:
            continue
        made = {k: v for k, v in end.labels.items() if k not in end.workload.labels}
        if made or end.workload.supposed:
            said = (str(end.workload), {**made, **end.workload.supposed})
            found += [said] if said not in found else []
    return found


def dependence(
    switches: Sequence[str], witness: Witness, unknowns: Sequence[str], supposed: Sequence[tuple[str, Labels]] = ()
) -> str:
    """Why a verdict is undecided that hangs on open switches, or on what nobody can say. supposed: labels that pods of
    a workload may have."""
    named = " and ".join((*(f"`{name}`" for name in switches), *unknowns))
    hosts = [
        end.workload for end in (witness.source, witness.destination) if end is not None and end.kind is Kind.HOSTPOD
    ]
    pods = "".join(f" ({workload} uses hostNetwork)" for workload in hosts if workload is not None)
    where = " and ".join(
        f"the pod of {workload} has {describe(Selector.of(labels))}, which its controller may add"
        for workload, labels in supposed
    )
    return f"depends on {named}{pods}" + (f": where {where}" if where else "")


def unknowns(problem: Problem) -> tuple[str, ...]:
    """What those of its policies hang on that nobody can say which can decide about a connection of the problem."""
    mentions = Mentions()
    mentions.add_policies(problem.spoken)
    return tuple(sorted(unknown.about for unknown in mentions.unknowns))


def vacuity(context: Context, claim: Claim, beside: Query, limits: Limits) -> str:
    """Why nothing meets the premise."""
    if isinstance(claim, Isolated | Confined):
        return "no pod in scope matches `pods`"
    if isinstance(claim, Separate):
        return "no two pods in scope have different values of the label"
    to, start = replace(claim, sources=None, ports=TRUE), replace(claim, destinations=None, ports=TRUE)
    if _is_unmet(context, to, beside, limits):
        return "nothing in scope matches `to`"
    if not isinstance(claim, Only) and _is_unmet(context, start, beside, limits):
        return "nothing in scope matches `from`"
    return "no connection can join `from` and `to` on these ports"


def _is_unmet(context: Context, claim: Claim, beside: Query, limits: Limits) -> bool:
    """True iff no connection of the universe meets the premise of the claim."""
    query = Query(problem_of(context, claim, "")[0], limits, beside)
    return any(query.ask(premise) is Answer.UNSAT for premise in query.goals.premises)


def cut_off(context: Context, claim: Claim, query: Query, limits: Limits) -> tuple[str, ...]:
    """A note where a proved claim holds because nothing at all gets through, or because it forbids nothing."""
    if isinstance(claim, Confined):
        return _unused_reach(context, claim, query, limits)
    if isinstance(claim, Only) and claim.sources is None:
        return ("it lets anything through, so that it holds whatever the policies say: give it a `from`",)
    if isinstance(claim, Only):
        nothing = query.ask(query.goals.reached) is Answer.UNSAT
    elif isinstance(claim, Never) and claim.sources is not None:
        anyone = Query(problem_of(context, Never(None, claim.destinations, claim.ports), "")[0], limits, query)
        nothing = anyone.ask(anyone.goals.broken) is Answer.UNSAT
    else:
        nothing = False
    if not nothing:
        return ()
    hint = "; say `exactly` if it should work" if isinstance(claim, Only) else ""
    return (f"nothing reaches it at all{hint}",)


def _unused_reach(context: Context, claim: Confined, query: Query, limits: Limits) -> tuple[str, ...]:
    """The same for `confined`."""
    if any(flow.destinations is None and flow.ports == TRUE for flow in claim.reach):
        return ("it lets everything out, so that it holds whatever the policies say",)
    if not claim.reach:
        return ()
    problem = problem_of(context, replace(claim, reach=()), "")[0]
    reached = [peer for flow in claim.reach for peer in flow.destinations or ()]
    if Kind.NODE not in problem.destinations.kinds and any(isinstance(peer, AddressPeer) for peer in reached):
        return ()  # the address may be that of a node, and nobody has looked at these
    closed = Query(problem, limits, query)
    if closed.ask(closed.goals.broken) is not Answer.UNSAT:
        return ()
    return ("these pods can open no connection at all; `confined .. -> nothing` holds as well",)


def unisolated(problem: Problem, claim: Claim, witness: Witness) -> tuple[str, ...]:
    """A note where `confined` is broken by a pod that no policy isolates for egress, so that nothing confines it."""
    pod = witness.source
    if not isinstance(claim, Confined) or pod is None or pod.namespace is None:
        return ()
    setting = concrete(problem.switches, witness.switches)
    if isolated(problem.all_policies, pod, Direction.EGRESS, setting, surely=False):
        return ()
    who = pod.workload if pod.workload is not None else f"a pod like the one shown, in `{pod.namespace.name}`,"
    return (f"no policy isolates {who} for egress: it may open whatever connection the other end lets in",)


def remarks(problem: Problem, about: Scope, depends_on: Sequence[str]) -> tuple[str, ...]:
    """Notes that do not hang on the verdict."""
    found = [
        f"nothing in the input declares the namespace `{name}`, so no policy can be there"
        for name in sorted(about.named)
    ]
    hosts = {**dict.fromkeys(problem.sources.hostpods or ()), **dict.fromkeys(problem.destinations.hostpods or ())}
    if problem.switches["host_network"] == "open" and "host_network" not in depends_on:
        said = (f"{w} uses hostNetwork: whether policies bind its pods depends on `host_network`" for w in hosts)
        found += dict.fromkeys(said)
    found += [str(owner) for owner in about.owners]
    services = problem.universe.service_addresses
    if services is not None and any(not block.intersect(services).is_empty() for block in _blocks(problem.policies)):
        found.append("an ipBlock overlaps the addresses of Services, which policies never see (service_nat: after)")
    return tuple(found)


def hiding(context: Context, depends_on: Sequence[str]) -> tuple[str, ...]:
    """What gets on where a verdict hangs on the address that outside clients show."""
    return tuple(getting_on(context.hiding)) if "external_source" in depends_on else ()


def own_node(problem: Problem, claim: Claim) -> tuple[str, ...]:
    """What is not covered where it was proved that something gets to nodes."""
    works = isinstance(claim, Always | Exactly) and bool(problem.destinations.kinds & NODELIKE)
    if not works or problem.switches["local_node_egress"] not in ("policy", "open"):
        return ()
    return ("nodes that drop what their own pods send to them (local_node_egress: policy_then_drop)",)


def source_addresses(problem: Problem) -> tuple[str, ...]:
    """The assumption that outside clients keep their address, where an ingress ipBlock looks at it."""
    ingress = PolicySet(problem.policies.ingress, NO_POLICIES.egress)
    if problem.translated is not None and _blocks(ingress):
        return ("outside clients are seen with their own address, but for those that come through a Service",)
    preserved = problem.switches["external_source"] == "preserved"
    if Kind.EXTERNAL in problem.sources.kinds and preserved and _blocks(ingress):
        return ("outside clients are seen with their own address (external_source: preserved)",)
    return ()


def chosen(problem: Problem) -> tuple[str, ...]:
    """Switches that somebody set to other than their default, of those that the question mentions; that pods may be
    anywhere, where one of the input is no private address; and what is taken for granted about proxies."""
    named, kinds = problem.vocabulary.switches, problem.sources.kinds
    return (*_lifted(problem), *taken_for_granted(named, problem.switches, kinds), *_switched(problem))


def _lifted(problem: Problem) -> Iterator[str]:
    if problem.universe.pod_addresses == ALL_ADDRESSES:
        public = (address for address in problem.residents.pods if address not in PRIVATE_ADDRESSES)
        for address in islice(public, 1):
            yield f"pods may have any address, since {problem.residents.called(address)} has {address}"


def _switched(problem: Problem) -> tuple[str, ...]:
    return tuple(
        f"{name}: {problem.switches[name]}"
        for name in problem.vocabulary.switches
        if problem.switches[name] not in ("open", SWITCHES[name].default) and not _is_moot(name, problem)
    )


def _is_moot(name: str, problem: Problem) -> bool:
    """True iff nobody chose the value, the only one that can matter for these workloads, or it is about hostNetwork
    pods and nodes and there are none, or about a pod that talks to itself, which no property asks about."""
    if name == "self_via_service":
        return True
    if name in ("host_network", "ipblock_nodes", "networks_nodes"):
        return not (problem.sources.kinds | problem.destinations.kinds) & NODELIKE
    return name == "named_port_source" and SWITCHES[name].default == "open" and problem.switches[name] == "containers"


def left_out(problem: Problem, claim: Claim) -> tuple[str, ...]:
    """What the verdict does not speak about."""
    found = []
    kinds = problem.sources.kinds | problem.destinations.kinds
    if not kinds & NODELIKE:
        found.append(NODES)
    elif Kind.NODE not in kinds and not problem.universe.nodes:
        found.append(NODES_BUT_MEANT)
    if Kind.HOSTPOD in kinds and selects_hostpods(problem.policies, problem.switches):
        found.append(BESIDE_PEERS)
    if problem.switches["sctp"] == "no":
        found.append("SCTP (sctp: no)")
    if problem.switches["other_protocols"] == "off":
        found.append(OTHER_PROTOCOLS)
    if problem.universe.pod_addresses is None and any(_overlaps_pods(p, problem) for p in _peers(claim)):
        found.append("pods with an address in the CIDR of a peer (the universe has no addresses.pods)")
    for peers, scope in zip(_ends(claim), (problem.sources, problem.destinations), strict=True):
        found += [text for peer in peers for text in known_inside(peer, scope.kinds, problem)]
    if problem.universe.other_namespaces and problem.universe.other_pods:
        found += _undeclared(claim)
    return tuple(found)


def _undeclared(claim: Claim) -> Iterator[str]:
    """What a claim leaves out of pods in namespaces that are neither declared nor named."""
    match claim:
        case Isolated(pods) | Confined(pods):
            if _range_beyond(pods):
                yield UNDECLARED
        case Never(sources, destinations):
            if _range_beyond(destinations) and not _are_bound(sources):
                yield f"{UNDECLARED}, as destinations of anything but pods of declared ones"
            if _can_leave(destinations) and _range_beyond(sources):
                yield _leaving(destinations)
        case Only(destinations=destinations) | Exactly(destinations=destinations):
            if _range_beyond(destinations):
                yield f"{UNDECLARED}, as destinations"
            if _can_leave(destinations):
                yield _leaving(destinations)
        case Separate():
            yield f"{UNDECLARED}, as destinations"
        case Always(sources, destinations):
            if any(isinstance(p, PodPeer) and p.is_bare for p in (*(sources or ()), *(destinations or ()))):
                yield UNDECLARED


def _leaving(destinations: Peers) -> str:
    """That pods of undeclared namespaces do not count as sources where the destination is no pod."""
    mixed = destinations is None or any(isinstance(p, PodPeer) for p in destinations)
    return f"{UNDECLARED}, as sources of connections to what is no pod" if mixed else UNDECLARED


def _can_leave(peers: Peers) -> bool:
    """True iff a peer means something that is no pod, so that the source is the one to be bound."""
    return peers is None or any(not isinstance(p, PodPeer) for p in peers)


def _range_beyond(peers: Peers) -> bool:
    """True iff a peer means pods of other namespaces than the declared ones and those it names, or would if it did not
    stand alone."""
    return peers is None or any(isinstance(p, PodPeer) and not named_by(p) for p in peers)


def _are_bound(peers: Peers) -> bool:
    """True iff all peers mean pods of namespaces that they name."""
    return peers is not None and all(named_by(p) for p in peers)


def _peers(claim: Claim) -> tuple[Peer, ...]:
    sources, destinations = _ends(claim)
    return (*sources, *destinations)


def _ends(claim: Claim) -> tuple[tuple[Peer, ...], tuple[Peer, ...]]:
    """The peers that say who is meant, of either end, but for those that `only` lets through."""
    if isinstance(claim, Isolated | Confined | Separate):
        return (), ()
    sources = () if isinstance(claim, Only | Exactly) else claim.sources or ()
    return tuple(sources), tuple(claim.destinations or ())


def _overlaps_pods(peer: Peer, problem: Problem) -> bool:
    """True iff it means addresses that pods may have, of whom the input does not say whose they are."""
    if not isinstance(peer, AddressPeer):
        return False
    address = peer.addresses.sole()
    known = address is not None and problem.residents.called(address) is not None
    return not known and not peer.addresses.intersect(PRIVATE_ADDRESSES).is_empty()


def _blocks(policies: PolicySet) -> set[AddressSet]:
    """The address sets that policies look at."""
    mentions = Mentions()
    mentions.add_policies(policies)
    return mentions.addresses
