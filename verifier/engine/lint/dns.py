"""no-dns: pods that are let out to somewhere, and can ask nobody for a name.

Asked of the solver for every policy with egress rules: is there a pod that it selects, and a connection to port 53 of
a pod or an outside address, that the pod's own end lets out? Its own node, which some plugins always let it reach,
does not count.
"""

from collections.abc import Iterator

from verifier.encoding.removal import encode_ways, selection
from verifier.engine.lint.reading import LintContext, subject_of
from verifier.engine.problem.problem import scene_of
from verifier.engine.results.lint import LintFinding
from verifier.engine.solve.asker import Asker
from verifier.errors import Severity
from verifier.ir.endpoint import Kind
from verifier.ir.labels import describe
from verifier.ir.network import Intervals, Protocol
from verifier.ir.policy import Action, And, Direction, KindIn, Or, PortIn, Role, Rung, Selects, mirrored

_DNS = Or(tuple(PortIn(protocol, Intervals(((53, 53),))) for protocol in (Protocol.UDP, Protocol.TCP)))

_ELSEWHERE = KindIn(Role.SUBJECT, frozenset({Kind.POD, Kind.EXTERNAL}))


def smells(look: LintContext) -> Iterator[LintFinding]:
    chosen = list(_letting_out(look))
    if not chosen:
        return
    problem = scene_of(look.context, look.context.policies, "who can ask for a name", (_DNS,))
    # seen from the other end: a rule there that would let in whatever the pods ask
    asked = [
        Rung(None, And((mirrored(selection(who)), _ELSEWHERE, _DNS)), Action.ALLOW, who.citation) for who in chosen
    ]
    ways = encode_ways(problem, [(Direction.INGRESS, rung) for rung in asked])
    asker = Asker(problem, ways.script, ways.world, look.limits)
    for who, way in zip(chosen, ways.open, strict=True):
        if not asker.sure(way):
            yield _smell(who)
    look.asked.append(asker.stats())


def _letting_out(look: LintContext) -> Iterator[Selects]:
    """Whom policies isolate for egress, those policies that let anything out."""
    speaking = {line.policy for line in look.lines if line.direction is Direction.EGRESS}
    for by_direction in look.selections.values():
        who = by_direction.get(Direction.EGRESS)
        if who is not None and who.citation in speaking:
            yield who


def _smell(who: Selects) -> LintFinding:
    pods = describe(subject_of(who))
    whom = "no pod of its namespace" if pods == "*" else f"no pod with {pods}"
    message = f"{who.citation} isolates for egress, and {whom} is let out to port 53 of any pod or outside address"
    why = "no name resolves; a rule to the cluster's DNS, on UDP and TCP 53, is missing, unless only addresses are used"
    return LintFinding("no-dns", Severity.WARNING, message, who.citation, who.citation.origin, (why,))
