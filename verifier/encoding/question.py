"""A whole question as one script: axioms, invariants, both legs, and the goals that can be asked of it."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from verifier.encoding.formulas import Encoder, View
from verifier.encoding.listed import have_said_labels
from verifier.encoding.pipes import isolated, leg
from verifier.encoding.problem import Outcome, Problem
from verifier.encoding.variables import World
from verifier.encoding.world import declare
from verifier.ir.endpoint import PODLIKE
from verifier.ir.labels import EVERYTHING, Labels, Selector, matches
from verifier.ir.pods import PodPeer
from verifier.ir.policy import FALSE as NOWHERE
from verifier.ir.policy import And, Direction, Formula, KindIn, NamespaceIn, NamespaceLabels, Not, Or, PodLabels, Role
from verifier.ir.universe import Invariant, Universe
from verifier.smt.script import Script, conj, disj, neg


class Goals(Struct, frozen=True):
    """Literals to assume.

    broken: the property is broken, or nobody can say that it is not (a tie, havoc). surely_broken: it is broken.
    premises: of each obligation, that a connection meets its premise. reached: something
    allowed gets to the destinations at all.
    """

    broken: str
    surely_broken: str
    premises: tuple[str, ...]
    reached: str


class Question(Struct, frozen=True):
    script: Script
    world: World
    goals: Goals


def encode(problem: Problem) -> Question:
    """The script of a problem. With all of `world.assumptions` assumed, `goals.broken` is satisfiable iff a connection
    of the universe breaks the property under some setting of the open switches."""
    script = Script()
    world = declare(script, problem)
    encoder = Encoder(script, world)
    source = View("src", world.source, world.destination, as_seen=False)
    destination = View("dst", world.destination, world.source, as_seen=False)
    require_invariants(encoder, problem, (source, destination))
    require_translation(encoder, problem, destination)
    ways = list(ways_to_break(encoder, problem, (source, destination)))
    said = have_said_labels(world, problem)
    broken = [conj((way.counts, way.perhaps)) for way in ways]
    surely = [conj((way.counts, way.surely, said)) for way in ways]
    goals = Goals(
        broken=script.goal("goal.broken", disj(broken)),
        surely_broken=script.goal("goal.surely-broken", disj(surely)) if surely != broken else "goal.broken",
        premises=tuple(
            script.goal(f"goal.premise.{i}", premise) for i, premise in enumerate(way.premise for way in ways)
        ),
        reached=script.goal(
            "goal.reached",
            conj((encoder.term(problem.reached, destination), *_allowed(problem, ways))),
        ),
    )
    return Question(script, world, goals)


class Way(Struct, frozen=True):
    """One way to break a property, as terms: the premise of an obligation, that the connection also counts (nothing
    lets it through, and nobody accepted it), and that it may, and surely does, have the outcome."""

    premise: str
    counts: str
    perhaps: str
    surely: str


def ways_to_break(encoder: Encoder, problem: Problem, views: tuple[View, View]) -> Iterator[Way]:
    """Of each obligation of the problem, in their order. views: from the source, and from the destination."""
    outcomes = _outcomes(encoder, problem)
    source, destination = views
    for obligation in problem.obligations:
        premise = conj(
            (
                encoder.term(obligation.source, source),
                encoder.term(obligation.destination, destination),
                encoder.term(obligation.both, destination),
            )
        )
        let_through = encoder.term(obligation.exempt if obligation.exempt is not None else NOWHERE, destination)
        accepted = encoder.term(obligation.accepted if obligation.accepted is not None else NOWHERE, destination)
        yield Way(premise, conj((premise, neg(let_through), neg(accepted))), *outcomes[obligation.outcome])


def _allowed(problem: Problem, ways: Iterable[Way]) -> Iterator[str]:
    """That a connection may be allowed, where an obligation says anything of that."""
    for obligation, way in zip(problem.obligations, ways, strict=True):
        if obligation.outcome in (Outcome.ALLOWED, Outcome.DENIED):
            yield way.perhaps if obligation.outcome is Outcome.ALLOWED else neg(way.surely)
            return


def require_invariants(encoder: Encoder, problem: Problem, views: Iterable[View]) -> None:
    """Every pod keeps the invariants of the universe; each of them can be assumed or not, and then on both sides of a
    comparison, which are asked for one after the other."""
    script, ends = encoder.script, tuple(views)
    for number, invariant in enumerate(problem.universe.invariants):
        formula = Or((Not(pods_of(invariant.pods)), pods_of(invariant.only_in), Not(KindIn(Role.SUBJECT, PODLIKE))))
        literal = f"assume.invariant.{number}"
        if literal not in encoder.world.assumptions:
            encoder.world.assumptions[script.boolean(literal)] = f"invariant `{invariant.name}` of the universe"
        formulas = (formula, *map(_of_namespace, laws(problem.settled, invariant)))
        for view in ends:
            for each in formulas:
                script.require(disj((neg(literal), encoder.term(each, view))))


class Law(Struct, frozen=True):
    """Where the labels of a namespace meet `where`, they meet `there`; None: they do not meet `where`."""

    namespace: str
    where: Selector
    there: Selector | None


def laws(settled: Iterable[tuple[str, Labels]], invariant: Invariant) -> Iterator[Law]:
    """What an invariant says of namespaces that hold pods with these labels."""
    found: dict[Law, None] = {}
    for namespace, labels in settled:
        where, there = (
            place.namespaces or EVERYTHING
            if matches(labels, place.pods) and (place.names is None or namespace in place.names)
            else None
            for place in (invariant.pods, invariant.only_in)
        )
        if where is not None and there != EVERYTHING:
            found[Law(namespace, where, there)] = None
    yield from found


def _of_namespace(law: Law) -> Formula:
    """The law, over SUBJECT, as far as that is a pod of the namespace."""
    role = Role.SUBJECT
    elsewhere = Not(NamespaceIn(role, frozenset({law.namespace})))
    there = () if law.there is None else (NamespaceLabels(role, law.there),)
    return Or((elsewhere, Not(NamespaceLabels(role, law.where)), *there))


def require_translation(encoder: Encoder, problem: Problem, destination: View) -> None:
    """An outside client shows the address of a node only where the problem says that one may (1.6)."""
    source = encoder.world.source
    if problem.translated is not None and source.seen is not source.address:
        kept = source.seen.same(source.address)
        encoder.script.require(disj((kept, encoder.term(problem.translated, destination))))


def places(universe: Universe) -> Iterator[Formula]:
    """The places that the invariants speak of, over SUBJECT."""
    return (pods_of(place) for invariant in universe.invariants for place in (invariant.pods, invariant.only_in))


def pods_of(peer: PodPeer) -> Formula:
    """The pods that a peer describes, over SUBJECT; of a bare one those of any namespace."""
    parts: list[Formula] = [PodLabels(Role.SUBJECT, peer.pods)]
    if peer.names is not None:
        parts.append(NamespaceIn(Role.SUBJECT, peer.names))
    if peer.namespaces is not None:
        parts.append(NamespaceLabels(Role.SUBJECT, peer.namespaces))
    return And(tuple(parts))


def _outcomes(encoder: Encoder, problem: Problem) -> dict[Outcome, tuple[str, str]]:
    """Of the outcomes that the obligations speak of: that it may come to it, and that it surely does."""
    wanted = {obligation.outcome for obligation in problem.obligations}
    terms: dict[Outcome, tuple[str, str]] = {}
    if wanted & {Outcome.ALLOWED, Outcome.DENIED}:
        ingress, egress = (leg(encoder, problem.spoken.pipe(direction), direction) for direction in Direction)
        both = ingress.both(egress)
        may = encoder.script.define("may be allowed", both.may)
        must = may if both.may == both.must else encoder.script.define("surely allowed", both.must)
        terms |= {Outcome.ALLOWED: (may, must), Outcome.DENIED: (neg(must), neg(may))}
    if Outcome.NO_INGRESS_ISOLATION in wanted:
        into = isolated(encoder, problem.policies.ingress, Direction.INGRESS)
        terms[Outcome.NO_INGRESS_ISOLATION] = (neg(into.must), neg(into.may))
    if Outcome.NO_EGRESS_ISOLATION in wanted:
        out = isolated(encoder, problem.policies.egress, Direction.EGRESS)
        terms[Outcome.NO_EGRESS_ISOLATION] = (neg(out.must), neg(out.may))
    return terms
