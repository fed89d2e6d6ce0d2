"""and-or: two list items that read like one, and one that reads like two.

    - namespaceSelector: ..        two items: either is enough
    - podSelector: ..
    - namespaceSelector: ..        one item: both must be met
      podSelector: ..

Which one its author meant is a guess; that the readings differ is not: the solver gives a connection that one of them
allows and the other does not, and it is replayed under both.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import assert_never

from msgspec.structs import replace

from verifier.engine.diff.comparison import Comparison
from verifier.engine.lint.reading import Line, LintContext
from verifier.engine.problem.pairing import pair_scenes
from verifier.engine.results.lint import LintFinding
from verifier.engine.results.witness import Witness
from verifier.errors import Severity
from verifier.ir.labels import EVERYTHING, Selector, describe, matches
from verifier.ir.policy import (
    FALSE,
    AddressIn,
    And,
    Block,
    Formula,
    Hairpin,
    Havoc,
    KindIn,
    NamespaceIn,
    NamespaceLabels,
    Not,
    Or,
    Pipe,
    PodLabels,
    PolicySet,
    PortIn,
    PortNamed,
    Role,
    Rung,
    SameLabel,
    SameNamespace,
    SameNode,
    Stage,
    SwitchIs,
    Tie,
    WorkloadIn,
)


def smells(look: LintContext) -> Iterator[LintFinding]:
    for first, second in pairwise(look.lines):
        found = _two_like_one(look, first, second)
        if found is not None:
            yield found
    for line in look.lines:
        found = _one_like_two(look, line)
        if found is not None:
            yield found


def _two_like_one(look: LintContext, first: Line, second: Line) -> LintFinding | None:
    if first.policy != second.policy or first.whole_rule != second.whole_rule or "." not in first.rule:
        return None
    of_namespaces, of_pods = (first, second) if _is_namespaces(first) else (second, first)
    if not (_is_namespaces(of_namespaces) and _is_own_pods(of_pods)) or of_namespaces is of_pods:
        return None
    labels = of_pods.shape.pods or EVERYTHING
    narrow = replace(of_namespaces.rung, guard=And((of_namespaces.rung.guard, PodLabels(Role.PEER, labels))))
    instead = {id(of_namespaces.rung): (narrow,), id(of_pods.rung): ()}
    witness = _differing(look, first, instead, allowed_as_written=True)
    if witness is None:
        return None
    chosen = _namespaces(of_namespaces.shape.namespaces)
    message = (
        f"{first.rule} and {_last(second.rule)} of {first.policy} are two items, so either is enough: "
        f"the rule speaks of any pod of {chosen}, whatever its labels"
    )
    return LintFinding(
        "and-or", Severity.WARNING, message, first.policy, first.rung.citation.origin,
        (f"if only pods {describe(labels)} of {chosen} are meant, the two belong into one item, under one dash",),
        guess=True, witness=witness, fix="remove the second dash",
    )  # fmt: skip


def _one_like_two(look: LintContext, line: Line) -> LintFinding | None:
    """One item that nothing of the input meets, where both of its halves are met: guessed to be meant as two."""
    shape = line.shape
    if not shape.is_pods or shape.own or shape.opaque or shape.namespaces is None or shape.pods is None:
        return None
    if not isinstance(line.who.namespace, str):
        return None
    chosen = look.chosen(line)
    inside = [w for n in chosen for w in look.by_namespace.get(n.name, ())]
    near = [w for w in look.around(line.who) if matches(w.labels, shape.pods)]
    home = line.who.namespace
    if not inside or not near or any(matches(w.labels, shape.pods) for w in inside) or home in [n.name for n in chosen]:
        return None
    halves = [replace(line.rung, guard=_without(line.rung.guard, kept)) for kept in ("namespaces", "pods")]
    witness = _differing(look, line, {id(line.rung): tuple(halves)}, allowed_as_written=False)
    if witness is None:
        return None
    there = _namespaces(shape.namespaces)
    message = f"{line} is one item, so both must hold, and no workload of {there} has {describe(shape.pods)}"
    why = f"{near[0]} has these labels, in the policy's own namespace: are these two items, with a dash each?"
    return LintFinding("and-or", Severity.WARNING, message, line.policy, line.rung.citation.origin, (why,), True,
                       witness, "put a dash before the second selector")  # fmt: skip


def _is_namespaces(line: Line) -> bool:
    """True iff the line is a namespaceSelector and nothing else."""
    shape = line.shape
    return shape.is_pods and not shape.own and shape.pods is None and not shape.opaque


def _is_own_pods(line: Line) -> bool:
    """True iff the line is a podSelector that selects by labels."""
    shape = line.shape
    return shape.own and shape.pods is not None and shape.namespaces is None and not shape.opaque


def _namespaces(selector: Selector | None) -> str:
    return f"namespaces {describe(selector)}" if selector is not None else "any namespace"


def _last(rule: str) -> str:
    return rule.rpartition(".")[2]


def _without(guard: Formula, kept: str) -> Formula:
    """The guard of one half of an item: its namespaces alone, or its pods in the policy's own namespace."""
    match guard:
        case And(items):
            pods = (item for item in items if isinstance(item, PodLabels) and item.role is Role.PEER)
            away = tuple(pods) if kept == "namespaces" else ()
            return And(tuple(_without(item, kept) for item in items if item not in away))
        case NamespaceLabels(Role.PEER, _) if kept == "pods":
            return SameNamespace()
        case (
            Or() | Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace()
            | SameNode() | SameLabel() | AddressIn() | PortIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            return guard
        case _:
            assert_never(guard)


# The other reading


def _around(look: LintContext, line: Line) -> PolicySet:
    """The policies that can bear on what a rung of `line` changes: those of its own namespace in its direction, and all
    of the other. All, where policies are of several namespaces, or where those of new namespaces hang on what policies
    name."""
    policies = look.context.cluster.policies
    by_home = look.by_home.get(line.direction)
    if by_home is None or look.context.universe.templates.objects or not isinstance(line.who.namespace, str):
        return policies
    mine = by_home[line.who.namespace]
    return replace(policies, **{str(line.direction): mine})


def _with(policies: PolicySet, instead: dict[int, tuple[Rung, ...]]) -> PolicySet:
    """The policies, some rungs (by identity) replaced."""

    def block(old: Block) -> Block:
        return Block(tuple(new for rung in old.rungs for new in instead.get(id(rung), (rung,))))

    def stage(old: Stage) -> Stage:
        body = (Tie(tuple(map(block, p.blocks))) if isinstance(p, Tie) else block(p) for p in old.body)
        return Stage(old.name, old.applies, tuple(body), old.end)

    pipes = [Pipe(tuple(map(stage, p.stages)), p.final) for p in (policies.ingress, policies.egress)]
    return PolicySet(pipes[0], pipes[1], policies.objects)


def _differing(
    look: LintContext, line: Line, instead: dict[int, tuple[Rung, ...]], allowed_as_written: bool
) -> Witness | None:
    """A connection that the manifests allow and do not with other rungs for some (by identity) of the policy of `line`,
    or the other way round; None: there is none."""
    policies = _around(look, line)
    written = replace(look.context, cluster=replace(look.context.cluster, policies=policies))
    other = replace(written, cluster=replace(written.cluster, policies=_with(policies, instead)))
    problem = pair_scenes(written, other, FALSE, "the other reading")
    if problem is None:
        return None
    comparison = Comparison(problem, look.limits)
    goals = comparison.pair.goals
    found = comparison.witness(goals.removed if allowed_as_written else goals.added, (), not allowed_as_written)
    look.asked.append(comparison.stats())
    return None if found is None else Witness.of(found.old, found.before)
