"""The policies of a cluster, home by home: those of each namespace as a set of their own, beside those that govern
several."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from verifier.engine.problem.apart import Place, apart
from verifier.engine.problem.problem import Context
from verifier.ir.policy import Citation, PolicySet, Selects, Stage


class Home(Struct, frozen=True):
    """Policies of which something may go (`mine`), among all that speak of the same pods (`policies`).

    name: the namespace whose policies they are; None: they govern several, and all policies there are stand beside
    them, those of new namespaces too.
    """

    name: str | None
    mine: frozenset[Citation]
    policies: PolicySet


def homes(context: Context) -> Iterator[Home]:
    """The policies that govern several namespaces, if there are any; then those of every namespace that has some."""
    policies = context.cluster.policies
    mine: dict[str | None, set[Citation]] = {}
    for policy, governed in _governed(policies).items():
        [home] = governed if len(governed) == 1 else (None,)
        mine.setdefault(home if isinstance(home, str) else None, set()).add(policy)
    if None in mine:
        yield Home(None, frozenset(mine.pop(None)), context.policies)
    pipes = [apart(pipe, wide=True) for pipe in (policies.ingress, policies.egress)]
    for name in sorted(home for home in mine if home is not None):
        ingress, egress = (pipe.get(name, rest) for pipe, rest in pipes)
        yield Home(name, frozenset(mine[name]), PolicySet(ingress, egress, policies.objects))


def policies_of(*stages: Stage) -> frozenset[Citation]:
    """The policies that say something there."""
    return frozenset(who.citation for stage in stages for who in _selections(stage))


def _governed(policies: PolicySet) -> Mapping[Citation, set[Place]]:
    """Where each policy selects pods."""
    found: dict[Citation, set[Place]] = {}
    for stage in (*policies.ingress.stages, *policies.egress.stages):
        for who in _selections(stage):
            found.setdefault(who.citation, set()).add(who.namespace)
    return found


def _selections(stage: Stage) -> Iterator[Selects]:
    yield from stage.applies or ()
    yield from (rung.selects for block in stage.blocks() for rung in block.rungs if rung.selects is not None)
