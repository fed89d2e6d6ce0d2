"""What must stay because it names a namespace: where a universe has policies for new namespaces, taking away the last
that names one makes it new (docs/universe.md, `newNamespacesGet`)."""

from verifier.engine.problem.problem import Context
from verifier.ir.labels import NAMESPACE_NAME
from verifier.ir.policy import Citation, Direction, Formula
from verifier.vocabulary import Mentions


def naming(context: Context) -> frozenset[Citation]:
    """The policies, and the rules, that name a namespace which no object but policies, and nothing of the universe,
    makes known."""
    if not context.universe.templates.objects:
        return frozenset()
    listed = context.universe.namespace_labels.get(NAMESPACE_NAME)
    known = {n.name for n in context.universe.known} | set(listed.values if listed else ())
    known |= {n.name for n in context.cluster.namespaces if n.labels is not None}
    known |= {workload.namespace for workload in context.cluster.workloads}
    found: set[Citation] = set()
    for direction in Direction:
        for stage in context.cluster.policies.pipe(direction).stages:
            rungs = [rung for block in stage.blocks() for rung in block.rungs if rung.selects is not None]
            for who in (*(stage.applies or ()), *(rung.selects for rung in rungs if rung.selects is not None)):
                if not known >= _names(who.pods) | ({who.namespace} if isinstance(who.namespace, str) else set()):
                    found.add(who.citation)
            for rung in rungs:
                if rung.selects is not None and not known >= _names(rung.guard):
                    found |= {rung.citation, rung.selects.citation}
    return frozenset(found | {who.citation for who in context.cluster.policies.idle if not known >= _names(who.pods)})


STAYS = "yet it names a namespace that is new, and has the policies of newNamespacesGet, once no policy names it"
"""Why what does nothing otherwise cannot just go."""


def reason(policy: Citation, rule: str | None, named: frozenset[Citation]) -> tuple[str, ...]:
    """STAYS for a policy, or one of its rules (`ingress[0]`), that is or holds something of `named`."""
    mine = (c for c in named if (c.kind, c.namespace, c.name) == (policy.kind, policy.namespace, policy.name))
    return (STAYS,) if any(rule is None or (c.rule or "").partition(".")[0] == rule for c in mine) else ()


def _names(formula: Formula) -> set[str]:
    mentions = Mentions()
    mentions.add(formula)
    return mentions.named_namespaces()
