"""`netpol explain`: what the policies make of one connection, and why (docs/explain.md).

What the input leaves open (switches, labels of namespaces that nobody has said, addresses of pods, port names of pods
that nobody has written) is tried in every combination that can matter; each is decided by `verifier.semantics`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.explain.aims import Aim, aims, selecting
from verifier.engine.explain.asides import replies, through_service, undone
from verifier.engine.explain.cases import Possibility, possibilities
from verifier.engine.explain.condition import Fork, MeantAs, SeenAt, Setting, When, branches
from verifier.engine.explain.nearmiss import near_misses
from verifier.engine.explain.result import Case, Explanation, Side
from verifier.engine.explain.undeclared import labels_left
from verifier.engine.precheck.prepare import Given, Pods, prepare
from verifier.engine.problem.admission import keeps, objections
from verifier.engine.problem.hostpeers import BESIDE_PEERS, selects_hostpods
from verifier.engine.problem.mentioned import mentioned
from verifier.engine.problem.problem import Context
from verifier.engine.problem.proxies import taken_for_granted
from verifier.engine.problem.services import getting_on, is_selected, target_number
from verifier.engine.problem.variants import for_formulas
from verifier.engine.results.passedover import left_unread
from verifier.errors import Diagnostic, InputError
from verifier.ir.cluster import Cluster
from verifier.ir.connectionquery import (
    AddressEnd,
    ConnectionQuery,
    InquiryEnd,
    LabelledEnd,
    NodeEnd,
    ServiceEnd,
    WorkloadEnd,
)
from verifier.ir.endpoint import NODELIKE, Kind, Namespace
from verifier.ir.labels import DEFAULT_ACCOUNT, SERVICE_ACCOUNT
from verifier.ir.network import PRIVATE_ADDRESSES, Protocol
from verifier.ir.policy import Direction, PolicySet
from verifier.ir.residents import BELIEVED
from verifier.ir.switches import OPEN as LEFT_OPEN
from verifier.ir.switches import SWITCHES
from verifier.ir.trace import Leg
from verifier.ir.universe import OPEN, Universe
from verifier.ir.view import View
from verifier.semantics import decide, fires, opinions, selects
from verifier.smt.limits import Limits
from verifier.vocabulary import any_may_apply

_NO_LIMITS = Limits()


def explain(
    cluster: Cluster,
    query: ConnectionQuery,
    universe: Universe = OPEN,
    switches: Mapping[str, str] | None = None,
    diagnostics: Sequence[Diagnostic] = (),
    limits: Limits = _NO_LIMITS,
) -> Explanation:
    """Raises what `prepare` raises, InputError where the universe forbids the pod that is asked about, and Undecided
    where more is left open than can be tried. limits: of the solver, for what `prepare` asks."""
    [context] = prepare((Given(cluster),), universe, switches, limits, Pods.FOUND, by_services=True)
    query = replace(query, source=_variants(query.source, context), destination=_variants(query.destination, context))
    named = query.destination.definitions if isinstance(query.destination, ServiceEnd) else ()
    (context,) = for_formulas(context, tuple(map(selecting, named)), foreign=False)
    _admit(query, context)
    answers = [_answer(pair, query, context) for pair in aims(query, context)]
    told, outcomes = answers[0].told, answers[0].outcomes
    if len(answers) > 1:
        told, outcomes = _joined(answers)
    allowed = told[0].allowed if len(told) == 1 else None
    depends_on = {c.switch: None for when, _ in outcomes for fork in when for c in fork if isinstance(c, Setting)}
    shows = any(isinstance(c, SeenAt) for when, _ in outcomes for fork in when for c in fork)
    if shows and context.switches["external_source"] == LEFT_OPEN:
        depends_on["external_source"] = None
    if any(answer.tied for answer in answers):
        depends_on["same_priority"] = None
    first = answers[0]
    return Explanation(
        first.query,
        universe.name,
        allowed,
        told,
        outcomes,
        tuple(depends_on),
        tuple(dict.fromkeys(n for a in answers for n in _all_notes(a, context, depends_on, allowed is False))),
        tuple(dict.fromkeys(n for a in answers for n in _assumptions(a.possible, context))),
        tuple(diagnostics),
        cluster.passed_over,
        (
            *dict.fromkeys(left for a in answers for left in _left_out(a, context, depends_on)),
            *left_unread(cluster.passed_over),
        ),
    )


def _all_notes(answer: "_Answer", context: Context, depends_on: Collection[str], denied: bool) -> Iterator[str]:
    yield from answer.notes
    yield from _notes(answer.query, answer.possible[0], context, depends_on, denied)


Outcomes = tuple[tuple[When, bool | None], ...]


class _Answer(Struct, frozen=True):
    """What becomes of the connection where its ends are of one sort. tied: it hangs on an order that nobody says.
    notes: what leads there."""

    query: ConnectionQuery
    words: tuple[MeantAs, ...]
    possible: tuple[Possibility, ...]
    told: tuple[Case, ...]
    outcomes: Outcomes
    tied: bool
    notes: tuple[str, ...] = ()


def _answer(ends: tuple[Aim, Aim], query: ConnectionQuery, context: Context) -> _Answer:
    source, destination = ends
    port = query.port if destination.port is None else destination.port
    query = replace(
        query, source=source.end, destination=destination.end, port=port, via_service=destination.port is not None
    )
    possible = possibilities(query, context)
    decided = {p.chosen: _outcome(p) for p in possible.all}
    outcomes = branches(possible.forks, decided)
    told = _told(possible.all, decided, possible.forks, outcomes, context.policies)
    doubtful = (p for p in possible.all if decided[p.chosen] is None and not _unclaimed(p))
    tied = any(any_may_apply(p.policies, p.setting) for p in doubtful)
    notes = (*source.notes, *destination.notes)
    words = [MeantAs(name, aim.words) for name, aim in (("source", source), ("destination", destination)) if aim.words]
    return _Answer(query, tuple(words), possible.all, told, outcomes, tied, notes)


def _joined(answers: Sequence[_Answer]) -> tuple[tuple[Case, ...], Outcomes]:
    """The cases and outcomes of several things that can be meant; what is the same of all hangs on none of it."""
    alike: dict[Outcomes, list[_Answer]] = {}
    for answer in answers:
        alike.setdefault(answer.outcomes, []).append(answer)
    if len(alike) == 1:
        return answers[0].told, answers[0].outcomes
    outcomes: list[tuple[When, bool | None]] = []
    told: dict[bool | None, Case] = {}
    for same in alike.values():
        meant: When = tuple(zip(*(answer.words for answer in same), strict=True))
        outcomes += [((*map(_distinct, meant), *when), outcome) for when, outcome in same[0].outcomes]
        for case in same[0].told:
            told.setdefault(case.allowed, replace(case, when=(*map(_distinct, meant), *case.when)))
    ordered = tuple(sorted(told.values(), key=lambda case: (case.allowed is None, not case.allowed)))
    if len({outcome for _, outcome in outcomes}) == 1:
        return (replace(ordered[0], when=()),), (((), outcomes[0][1]),)
    return ordered, tuple(outcomes)


def _distinct(fork: Fork) -> Fork:
    return tuple(dict.fromkeys(fork))


def _variants(end: InquiryEnd, context: Context) -> InquiryEnd:
    """The end in all the variants of its workload that the policies of the context tell apart; a pod of which only
    labels are said has the account that pods have where nobody says one."""
    if isinstance(end, LabelledEnd) and SERVICE_ACCOUNT in context.universe.pod_labels:
        return replace(end, labels={SERVICE_ACCOUNT: DEFAULT_ACCOUNT, **end.labels})
    if not isinstance(end, WorkloadEnd):
        return end
    named = replace(context, cluster=replace(context.cluster, workloads=end.definitions))
    return WorkloadEnd(for_formulas(named)[0].cluster.workloads)


def _outcome(possibility: Possibility) -> bool | None:
    if _unclaimed(possibility):
        return None
    decision = decide(possibility.policies, possibility.connection, possibility.setting)
    return next(iter(decision.outcomes)) if len(decision.outcomes) == 1 else None


def _unclaimed(possibility: Possibility) -> bool:
    """True of SCTP where the plugin does not know it: nothing is claimed about that (docs/decisions.md 8)."""
    return possibility.connection.protocol is Protocol.SCTP and possibility.setting["sctp"] == "no"


def _admit(query: ConnectionQuery, context: Context) -> None:
    """Raises InputError iff nothing is claimed about the protocol, or the universe knows no such end."""
    mistakes: dict[Diagnostic, None] = {}
    if query.protocol is Protocol.SCTP and context.switches["sctp"] == "no":
        said = "nothing is claimed about SCTP where the plugin does not know it (sctp: no)"
        mistakes[Diagnostic("not-covered", said)] = None
    for end in (query.source, query.destination):
        message = _objection(end, context)
        if message is not None:
            mistakes[Diagnostic("universe-forbids", f"in the universe `{context.universe.name}`, {message}")] = None
    if mistakes:
        raise InputError(tuple(mistakes))


def _objection(end: InquiryEnd, context: Context) -> str | None:
    """Why there is no such address, or no such pod."""
    if isinstance(end, AddressEnd) and end.address.version not in context.universe.families:
        return f"there are no IPv{end.address.version} addresses"
    if isinstance(end, AddressEnd) and end.address in context.world.residents.strange_pods:
        whose = context.world.residents.called(end.address)
        return f"{end.address} is the address of {whose}, of which nothing else is known: name it by its labels"
    if not isinstance(end, LabelledEnd):
        return None
    namespace = context.world.declared.get(end.namespace)
    if not context.universe.other_pods:
        return "only workloads of the manifests exist"
    if namespace is None and not context.universe.other_namespaces:
        return f"there is no namespace `{end.namespace}`"
    for key, _ in objections(end.labels, context.universe.pod_labels):
        return f"pods cannot have `{key}: {end.labels[key]}`" if key in end.labels else f"every pod has a label `{key}`"
    if namespace is not None and namespace.labels is not None:
        for invariant in context.universe.invariants:
            if not keeps(end.labels, namespace, invariant):
                return f"such a pod breaks the invariant `{invariant.name}`"
    return None


# What is told


def _told(
    possible: Sequence[Possibility],
    decided: Mapping[tuple[int, ...], bool | None],
    forks: Sequence[tuple[object, ...]],
    outcomes: Sequence[tuple[When, bool | None]],
    policies: PolicySet,
) -> tuple[Case, ...]:
    """A case for each outcome: the first possibility, and of the other outcomes those that are most like it."""
    first = possible[0]
    shown = []
    for outcome in dict.fromkeys((decided[first.chosen], True, False, None)):
        same = [p for p in possible if decided[p.chosen] is outcome]
        if same:
            nearest = min(same, key=lambda p: sum(a != b for a, b in zip(p.chosen, first.chosen, strict=True)))
            holding = {f[i] for f, i in zip(forks, nearest.chosen, strict=True)}
            when = next(w for w, o in outcomes if o is outcome and all(set(c) & holding for c in w))
            shown.append(_case(nearest, when, outcome, policies))
    return tuple(sorted(shown, key=lambda case: (case.allowed is None, not case.allowed)))


def _case(possibility: Possibility, when: When, outcome: bool | None, policies: PolicySet) -> Case:
    connection, setting = possibility.connection, possibility.setting
    decision = decide(possibility.policies, connection, setting)
    return Case(
        when,
        connection,
        outcome,
        _side(decision.egress, View(connection, Direction.EGRESS, setting), policies),
        _side(decision.ingress, View(connection, Direction.INGRESS, setting), policies),
    )


def _side(leg: Leg, view: View, policies: PolicySet) -> Side:
    last = leg.steps[-1]
    if last.stage in ("self", "node", "none"):
        return Side(leg, view.subject, view.peer)
    pipe = policies.pipe(view.direction)
    selecting = {s.citation: None for stage in pipe.stages for s in stage.applies or () if selects(s, view)}
    deciding = [stage for stage in pipe.stages if stage.name == last.stage]
    rungs = [rung for stage in deciding for block in stage.blocks() for rung in block.rungs]
    also = {
        rung.citation: None
        for rung in rungs
        if rung.action is last.decision and rung.citation != last.citation and fires(rung, view)
    }
    by_default = last.stage == "default"
    near = near_misses(pipe, view, leg) if by_default or not leg.allowed else ()
    ruled = last.citation is not None and last.citation.rule is not None
    tiered = any(stage.is_tier for stage in pipe.stages)
    otherwise = opinions(policies, view, last.stage) if tiered else ()
    return Side(leg, view.subject, view.peer, tuple(selecting), tuple(also) if ruled else (), otherwise, near)


# What should be known besides


def _notes(
    query: ConnectionQuery, first: Possibility, context: Context, depends_on: Collection[str], denied: bool
) -> Iterator[str]:
    connection = first.connection
    for namespace in dict.fromkeys((connection.source.namespace, connection.destination.namespace)):
        if namespace is not None and namespace.name not in context.world.declared:
            so = "it has the policies of newNamespacesGet" if _is_new(namespace, context) else "no policy can be there"
            yield f"nothing in the input declares the namespace `{namespace.name}`, so {so}"
    for asked in (query.source, query.destination):
        if not isinstance(asked, AddressEnd | NodeEnd) or asked.address is None:
            continue
        whose, is_behind = (
            context.world.residents.called(asked.address),
            asked.address in context.world.residents.outside,
        )
        if isinstance(asked, NodeEnd):
            yield f"{asked.address} is an endpoint of {whose}: an outside address, or that of a node"
        elif whose is not None and not is_behind:
            yield f"{asked.address} is the address of {whose}"
        elif is_behind:
            if context.world.residents.are_all:
                yield f"{asked.address} is an endpoint of {whose}"
        elif asked.address in PRIVATE_ADDRESSES:
            yield f"{asked.address} is taken as an address outside the cluster; pods are named `ns/NAME`"
    unsettled = context.switches["host_network"] == LEFT_OPEN and "host_network" not in depends_on
    for end in (connection.source, connection.destination):
        if end.kind is Kind.HOSTPOD and unsettled:
            yield f"{end.workload} uses hostNetwork: told for host_network = as_node, and the same for as_pod"
    yield from _service_ports(query, context)
    if "external_source" in depends_on:
        yield from getting_on(context.hiding)
    if connection.itself and connection.via_service:
        return
    if connection.itself:
        yield f"one pod talks to itself; through a Service {through_service(first, context)}"
    elif connection.source.workload is not None and connection.source.workload == connection.destination.workload:
        itself = f"a pod always reaches itself; through a Service {through_service(first, context)}"
        yield f"these are two pods of one workload; {itself}"
    yield from undone(first, context.policies)
    if denied:
        yield from replies(first, context.policies)


def _service_ports(query: ConnectionQuery, context: Context) -> Iterator[str]:
    """That the port asked for is that of a Service, whose pods get it on another one."""
    if not isinstance(query.destination, WorkloadEnd) or query.via_service:
        return
    for service in context.cluster.services:
        pods = [w for w in query.destination.definitions if is_selected(service, w)]
        for port in service.ports if pods and not service.headless else ():
            numbers = dict.fromkeys(n for w in pods if (n := target_number(port, w)) is not None)
            if (port.protocol, port.port) == (query.protocol, query.port) and query.port not in numbers and numbers:
                there = " and ".join(map(str, numbers))
                asked = f"`{service.namespace}/service/{service.name}`"
                yield f"{service} leads from {port} to port {there} of these pods: {asked} asks what becomes of that"


def _left_out(answer: _Answer, context: Context, depends_on: Collection[str]) -> Iterator[str]:
    """What the answer does not speak about: it is about one connection, so that little is left."""
    for asked in (answer.query.source, answer.query.destination):
        if isinstance(asked, NodeEnd) and asked.address is not None:
            yield f"pods that run on the node of {asked.address}, if it is a node's (local_node_egress)"
    first = answer.possible[0]
    ends = (first.connection.source, first.connection.destination)
    hangs = "host_network" in depends_on or context.switches["host_network"] == "as_peer"
    on_node = any(end.kind is Kind.HOSTPOD for end in ends)
    if hangs and on_node and selects_hostpods(first.policies, context.switches):
        yield BESIDE_PEERS


def _is_new(namespace: Namespace, context: Context) -> bool:
    return namespace.new and bool(context.universe.templates.objects)


def _assumptions(possible: Sequence[Possibility], context: Context) -> Iterator[str]:
    yield from context.cluster.assumptions
    first = possible[0]
    namespaces = (first.connection.source.namespace, first.connection.destination.namespace)
    for name in dict.fromkeys(n.name for n in namespaces if n is not None):
        declared = context.world.declared.get(name)
        if declared is None or declared.labels is None:
            yield f"nobody has said the labels of namespace {name}: {labels_left(context.universe)}"
    ends = (first.connection.source, first.connection.destination)
    if any(end.address_of is not None for end in ends):
        yield BELIEVED
    if context.world.residents.are_all and any(end.kind in NODELIKE for end in ends):
        yield context.world.residents.all_nodes
    from_outside = first.connection.source.kind is Kind.EXTERNAL
    if from_outside and context.switches["external_source"] == "preserved":
        yield "outside clients are seen with their own address (external_source: preserved)"
    named = mentioned((p.policies for p in possible[:1]), (context.world,)).switches
    yield from taken_for_granted(named, context.switches, (first.connection.source.kind,))
    if first.connection.protocol is Protocol.SCTP and context.switches["sctp"] == "yes":
        yield "the plugin knows SCTP, and it is enabled there (sctp: yes), as it is not by default in Cilium"
    for name, value in context.switches.items():
        if value not in (LEFT_OPEN, SWITCHES[name].default) and not SWITCHES[name].at_reading:
            yield f"{name}: {value}"
