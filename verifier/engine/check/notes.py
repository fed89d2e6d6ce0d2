"""What a verdict rests on, what it leaves out, and what its reader should know besides, in plain sentences."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from verifier.encoding.problem import Problem
from verifier.engine.problem.problem import Context, problem_of
from verifier.engine.problem.scope import Scope, named_by
from verifier.engine.results.check import Witness
from verifier.engine.solve.query import Query
from verifier.errors import Diagnostic, Severity
from verifier.ir.endpoint import NODELIKE, Kind, Workload
from verifier.ir.labels import Labels, Selector, describe
from verifier.ir.network import PRIVATE_ADDRESSES, AddressSet
from verifier.ir.pods import PodPeer
from verifier.ir.policy import NO_POLICIES, TRUE, PolicySet
from verifier.ir.property import AddressPeer, Claim, Exactly, Isolated, Never, Only, Peer, Peers, Separate
from verifier.ir.prose import listed
from verifier.ir.switches import SWITCHES
from verifier.smt.solver import Answer, Limits
from verifier.vocabulary import Mentions

_NOT_READ = ("unknown-policy", "extensions")
"""The codes under which reading says that it does not understand a policy."""
_CONTROLLERS = (
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/job-name",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "pod-template-generation",
    "pod-template-hash",
)
"""Keys of labels that pods of workloads have although no manifest says so."""
NOBODY: Mapping[str, Labels] = {}

_MOST = 4
"""Workloads that are named before the rest is only counted."""

LEFT_OPEN = (
    "policies of equal priority leave open what becomes of some connections that the change is about, before "
    "and after: these count as unchanged (`same_priority`)"
)


def supposed_labels(witness: Witness) -> Mapping[str, Labels]:
    """The labels of the witness that nobody has said, since its workload is of a kind that is not known (1.6)."""
    found = {}
    for end in (witness.source, witness.destination):
        if end is not None and end.workload is not None and end.labels != end.workload.labels:
            found[str(end.workload)] = {k: v for k, v in end.labels.items() if k not in end.workload.labels}
    return found


def dependence(
    switches: Sequence[str], witness: Witness, unknowns: Sequence[str], supposed: Mapping[str, Labels] = NOBODY
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
        for workload, labels in supposed.items()
    )
    return f"depends on {named}{pods}" + (f": where {where}" if where else "")


def unknowns(problem: Problem) -> tuple[str, ...]:
    """What the policies of a problem hang on that nobody can say."""
    mentions = Mentions()
    mentions.add_policies(problem.policies)
    return tuple(sorted(unknown.about for unknown in mentions.unknowns))


def vacuity(context: Context, claim: Claim, beside: Query, limits: Limits) -> str:
    """Why nothing meets the premise."""
    if isinstance(claim, Isolated):
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


def remarks(problem: Problem, about: Scope, depends_on: Sequence[str]) -> tuple[str, ...]:
    """Notes that do not hang on the verdict."""
    found = [
        f"nothing in the input declares the namespace `{name}`, so no policy can be there"
        for name in sorted(about.named)
    ]
    hosts = {**dict.fromkeys(problem.sources.hostpods or ()), **dict.fromkeys(problem.destinations.hostpods or ())}
    if problem.switches["host_network"] == "open" and "host_network" not in depends_on:
        found += [f"{w} uses hostNetwork: whether policies bind its pods depends on `host_network`" for w in hosts]
    services = problem.universe.service_addresses
    if services is not None and any(not block.intersect(services).is_empty() for block in _blocks(problem.policies)):
        found.append("an ipBlock overlaps the addresses of Services, which policies never see (service_nat: after)")
    return tuple(found)


def source_addresses(problem: Problem) -> tuple[str, ...]:
    """The assumption that outside clients keep their address, where an ingress ipBlock looks at it."""
    ingress = PolicySet(problem.policies.ingress, NO_POLICIES.egress)
    preserved = problem.switches["external_source"] == "preserved"
    if Kind.EXTERNAL in problem.sources.kinds and preserved and _blocks(ingress):
        return ("outside clients are seen with their own address (external_source: preserved)",)
    return ()


def chosen(problem: Problem) -> tuple[str, ...]:
    """Switches that somebody set to other than their default, of those that the question mentions."""
    return tuple(
        f"{name}: {problem.switches[name]}"
        for name in problem.vocabulary.switches
        if problem.switches[name] not in ("open", SWITCHES[name].default) and not _is_moot(name, problem)
    )


def _is_moot(name: str, problem: Problem) -> bool:
    """True iff nobody chose the value, the only one that can matter for these workloads, or it is about hostNetwork
    pods and nodes and there are none."""
    if name in ("host_network", "ipblock_nodes", "networks_nodes"):
        return not (problem.sources.kinds | problem.destinations.kinds) & NODELIKE
    return name == "named_port_source" and SWITCHES[name].default == "open" and problem.switches[name] == "containers"


def left_out(problem: Problem, claim: Claim) -> tuple[str, ...]:
    """What the verdict does not speak about."""
    found = []
    kinds = problem.sources.kinds | problem.destinations.kinds
    if not kinds & NODELIKE:
        found.append("nodes and hostNetwork pods")
    elif Kind.NODE not in kinds:
        found.append("nodes, and hostNetwork pods other than those of the manifests that a peer selects")
    if problem.switches["sctp"] == "no":
        found.append("SCTP (sctp: no)")
    if problem.switches["other_protocols"] == "off":
        found.append("protocols other than TCP, UDP and SCTP")
    if problem.universe.pod_addresses is None and any(_overlaps_pods(p) for p in _peers(claim)):
        found.append("pods with an address in the CIDR of a peer (the universe has no addresses.pods)")
    if not problem.universe.other_pods:
        found += [
            f"the label `{k}`, which controllers give to pods"
            for k in _CONTROLLERS
            if k in problem.vocabulary.pod_labels
        ]
    if problem.universe.other_namespaces and _is_unbound(claim):
        found.append("pods of undeclared namespaces, as the end to be protected")
    return tuple(found)


def foreign_labels(workloads: Iterable[Workload]) -> tuple[str, ...]:
    """That pods of kinds which are not known have labels that nobody has said."""
    names = dict.fromkeys(str(workload) for workload in workloads if workload.foreign)
    return (f"labels that controllers give to the pods of {listed(sorted(names), _MOST)}",) if names else ()


def passed_over(diagnostics: Sequence[Diagnostic]) -> tuple[str, ...]:
    """Policies that were not read because somebody wanted it so."""
    count = sum(d.code in _NOT_READ and d.severity is Severity.WARNING for d in diagnostics)
    return (f"policies that were passed over, since their kind is not understood ({count})",) if count else ()


def _is_unbound(claim: Claim) -> bool:
    """True iff the end to be protected could be read as pods of namespaces that are neither declared nor named."""
    match claim:
        case Never(sources, destinations):
            return _range_beyond(destinations) or (_range_beyond(sources) and _can_leave(destinations))
        case Only(destinations=destinations) | Exactly(destinations=destinations):
            return _range_beyond(destinations) or _can_leave(destinations)
        case Separate():
            return True
        case _:
            return False


def _can_leave(peers: Peers) -> bool:
    """True iff a peer means something that is no pod, so that the source is the end to be protected."""
    return peers is None or any(not isinstance(p, PodPeer) for p in peers)


def _range_beyond(peers: Peers) -> bool:
    """True iff a peer means pods of other namespaces than the declared ones and those it names."""
    return peers is None or any(isinstance(p, PodPeer) and not p.is_bare and not named_by(p) for p in peers)


def _peers(claim: Claim) -> tuple[Peer, ...]:
    """The peers that say who is meant, but for those that `only` lets through."""
    if isinstance(claim, Isolated | Separate):
        return ()
    sources = () if isinstance(claim, Only | Exactly) else claim.sources or ()
    return (*sources, *(claim.destinations or ()))


def _overlaps_pods(peer: Peer) -> bool:
    return isinstance(peer, AddressPeer) and not peer.addresses.intersect(PRIVATE_ADDRESSES).is_empty()


def _blocks(policies: PolicySet) -> set[AddressSet]:
    """The address sets that policies look at."""
    mentions = Mentions()
    mentions.add_policies(policies)
    return mentions.addresses
