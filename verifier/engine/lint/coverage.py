"""allow-all, ipblock-over-pods, uncovered-pods, no-default-deny, no-policy: what policies leave open."""

from collections.abc import Iterable, Iterator

from verifier.engine.lint.reading import LintContext, subject_of
from verifier.engine.problem.problem import problem_of
from verifier.engine.results.lint import LintFinding
from verifier.engine.results.witness import Witness
from verifier.engine.solve.query import Query
from verifier.engine.solve.witness import find_witness
from verifier.errors import Severity
from verifier.ir.endpoint import Workload
from verifier.ir.labels import EVERYTHING
from verifier.ir.network import PRIVATE_ADDRESSES
from verifier.ir.pods import PodPeer, can_meet
from verifier.ir.policy import Citation, Direction, Formula, Selects
from verifier.ir.property import Isolated
from verifier.ir.prose import listed, number
from verifier.ir.quirk import Writing
from verifier.ir.switches import OPEN
from verifier.vocabulary import Mentions


def allow_all(look: LintContext) -> Iterator[LintFinding]:
    """A rule without peers and ports, which nothing can take back: not one of a tier."""
    for line in look.lines:
        if line.shape.is_anybody and not line.shape.ports and not line.in_tier:
            whom = "from anybody" if line.direction is Direction.INGRESS else "to anywhere"
            message = f"{line} allows every connection {whom}, on every port"
            why = f"no other NetworkPolicy can take that back: for them, {line.direction} of these pods is free"
            yield LintFinding("allow-all", Severity.NOTE, message, line.policy, line.rung.citation.origin, (why,))


def ipblock_over_pods(look: LintContext) -> Iterator[LintFinding]:
    """An ipBlock over addresses that pods have."""
    if look.context.switches["ipblock_pods"] != OPEN:
        return
    said = look.context.universe.pod_addresses
    for line in look.lines:
        addresses = line.shape.addresses
        if (
            addresses is None
            or not _hangs(line.rung.guard)
            or addresses.intersect(said or PRIVATE_ADDRESSES).is_empty()
        ):
            continue
        what = "addresses of pods" if said is not None else "private addresses, as pods have them"
        yield LintFinding(
            "ipblock-over-pods", Severity.NOTE,
            f"the ipBlock {line} covers {what}: network plugins disagree whether it then means pods",
            line.policy, line.rung.citation.origin,
            ("name pods by selectors; `--set ipblock_pods=match` (or `never`) says what your plugin does",),
        )  # fmt: skip


def _hangs(guard: Formula) -> bool:
    """True iff it hangs on the plugin whether the block means pods, as that of a NetworkPolicy."""
    mentions = Mentions()
    mentions.add(guard)
    return "ipblock_pods" in mentions.switches


def uncovered_pods(look: LintContext) -> Iterator[LintFinding]:
    """Workloads that no policy isolates, in namespaces where some policy isolates some."""
    selects = list(_selections(look))
    for namespace, workloads in look.by_namespace.items():
        here = [s for s in selects if not isinstance(s.namespace, str) or s.namespace == namespace]
        own = [w for w in workloads if not w.supposed]
        bare = [w for w in own if not w.host_network and _is_bare(w, here)]
        if not bare or not here or len(bare) == len(own):
            continue
        for workload in bare:
            about = Citation(workload.kind, workload.namespace, workload.name, None, workload.origin)
            others = [w for w in workloads if str(w) == str(workload)]
            who = str(workload) if all(_is_bare(w, here) for w in others) else workload.title
            message = f"no policy isolates {who}, and policies isolate other pods of its namespace"
            why = "nothing is denied there by default, neither in nor out"
            yield LintFinding("uncovered-pods", Severity.NOTE, message, about, workload.labels_origin, (why,))


def _is_bare(workload: Workload, here: Iterable[Selects]) -> bool:
    return not any(can_meet(workload, subject_of(who)) for who in here)


def _selections(look: LintContext) -> Iterator[Selects]:
    for by_direction in look.selections.values():
        yield from by_direction.values()


def no_default_deny(look: LintContext) -> Iterator[LintFinding]:
    """A namespace with policies or workloads in which some pod that could exist is not isolated for ingress."""
    covered = {
        s.namespace
        for d in look.selections.values()
        for direction, s in d.items()
        if direction is Direction.INGRESS and subject_of(s) == EVERYTHING
    }
    homes = {s.namespace for s in _selections(look)} | set(look.by_namespace)
    for name, namespace in look.namespaces.items():
        if name not in homes or name in covered or None in covered:
            continue
        claim = Isolated((PodPeer(names=frozenset({name})),), frozenset({Direction.INGRESS}))
        witness = _breaking(look, claim)
        if witness is None:
            continue
        about = Citation("Namespace", None, name, None, namespace.origin)
        message = f"namespace {name} has no default deny: a pod that no policy selects is not isolated for ingress"
        why = "a NetworkPolicy with `podSelector: {}` and no ingress rules closes it"
        named = "namespace" if namespace.declaration is None else "name"
        origin = None if namespace.origin is None else namespace.origin.child("metadata", named)
        yield LintFinding("no-default-deny", Severity.NOTE, message, about, origin, (why,), witness=witness)


def no_policy(look: LintContext) -> Iterator[LintFinding]:
    """The namespaces with workloads in which no NetworkPolicy selects anything, all in one finding. Where a workload
    names no namespace, nobody knows which one it will run in, and where a policy names none, which one has it."""
    governed = {who.namespace for who in _selections(look)}
    unnamed = {str(q.object) for q in look.written.quirks if q.writing is Writing.NO_NAMESPACE}
    if any(str(who.citation) in unnamed for who in _selections(look)):
        return
    settled = (w for w in look.context.cluster.workloads if not w.host_network and str(w) not in unnamed)
    homes = sorted({w.namespace for w in settled})
    bare = [name for name in homes if name not in governed]
    if not governed or None in governed or not bare:
        return
    first = look.namespaces[bare[0]]
    about = Citation("Namespace", None, first.name, None, first.origin)
    have = f"of {number(len(homes), 'namespace')} with workloads {'has' if len(bare) == 1 else 'have'}"
    message = f"{len(bare)} {have} no NetworkPolicy: {listed(bare, 6)}"
    why = "whatever runs there may be reached by everybody, and may reach everything"
    origin = None if first.origin is None else first.origin.child("metadata", "name")
    yield LintFinding("no-policy", Severity.NOTE, message, about, origin, (why,))


def _breaking(look: LintContext, claim: Isolated) -> Witness | None:
    """What surely breaks the claim under some setting; None: nothing does."""
    problem, _ = problem_of(look.context, claim, "")
    query = Query(problem, look.limits)
    if not query.sure(query.goals.surely_broken):
        return None
    return find_witness(look.context, problem, query, (), True, look.limits)
