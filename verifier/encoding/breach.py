"""What surely breaks a property as a script whose leaves are atoms, so that it can be told as a set of connections."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from verifier.encoding.atoms import Atom, AtomTable, KindAtom, UnselectedAtom
from verifier.encoding.claimed import Claimed, Claims
from verifier.encoding.formulas import Encoder, View
from verifier.encoding.listed import have_said_labels
from verifier.encoding.pipes import isolated
from verifier.encoding.problem import Problem
from verifier.encoding.question import require_invariants, require_translation, ways_to_break
from verifier.encoding.variables import KINDS, End, World
from verifier.encoding.world import declare
from verifier.ir.endpoint import Kind
from verifier.ir.policy import Direction
from verifier.smt.script import Script, conj, disj, neg, xor


class BreachGoals(Struct, frozen=True):
    """Literals to assume: the connection surely breaks the property, or it does not; it is misdescribed: claimed to
    break it and does not, or the other way round."""

    broken: str
    not_broken: str
    misdescribed: str


class Breach(Struct, frozen=True):
    """`kinds`: for each end that is told, the literal of each kind it can have."""

    script: Script
    world: World
    goals: BreachGoals
    atoms: Mapping[str, Atom]
    kinds: Mapping[str, Mapping[Kind, str]]


def encode_breach(
    problem: Problem, ends: Sequence[str], claimed: Iterable[Claimed] = (), *, unselected: bool = True
) -> Breach:
    """The script of a problem, where pods have just the labels that are known of them. ends: those that are told.
    claimed: what somebody says breaks the property. unselected: there are atoms for pods that no policy selects."""
    script = Script()
    world = declare(script, problem)
    table = AtomTable(script)
    encoder, plain = Encoder(script, world, table), Encoder(script, world)
    kinds = {end.name: dict(_kinds(end, table, problem)) for end in (world.source, world.destination)}
    views = (
        View("src", world.source, world.destination, as_seen=False),
        View("dst", world.destination, world.source, as_seen=False),
    )
    require_invariants(plain, problem, views)
    require_translation(plain, problem, views[1])
    script.require(have_said_labels(world, problem))
    free = dict(_unselected(encoder, plain, problem, ends)) if unselected else {}
    broken = script.define(
        "surely broken", disj(conj((way.counts, way.surely)) for way in ways_to_break(encoder, problem, views))
    )
    claims = Claims(plain, View("dst", world.destination, world.source, as_seen=True), None, {}, free)
    goals = BreachGoals(
        script.goal("goal.broken", broken),
        script.goal("goal.not-broken", neg(broken)),
        script.goal("goal.misdescribed", xor(broken, claims.term(claimed))),
    )
    return Breach(script, world, goals, table.literals, {name: kinds[name] for name in ends})


def _kinds(end: End, table: AtomTable, problem: Problem) -> Iterator[tuple[Kind, str]]:
    side = problem.sources if end.name == "src" else problem.destinations
    for kind in KINDS:
        if kind in side.kinds:
            yield kind, table.named(KindAtom(end.name, frozenset({kind})), end.is_kind(kind))


def _unselected(
    encoder: Encoder, plain: Encoder, problem: Problem, ends: Sequence[str]
) -> Iterator[tuple[Direction, str]]:
    """Of each direction, that no policy isolates the end which it governs; not where nobody can say."""
    for direction, end in ((Direction.EGRESS, encoder.world.source), (Direction.INGRESS, encoder.world.destination)):
        rails = isolated(plain, problem.policies.pipe(direction), direction)
        if end.name in ends and rails.may == rails.must:
            free = encoder.script.define(f"{end.name}: not isolated", conj((plain.podlike(end), neg(rails.must))))
            if encoder.atoms is not None:
                encoder.atoms.literal(UnselectedAtom(direction), free)
            yield direction, free
