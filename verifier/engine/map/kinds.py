"""Namespaces that are alike but for their names, of which a map draws two: what one of them is to itself, and what it
is to any other.

Two namespaces are of one kind iff nothing that a map tells of can tell them apart: neither the policies of each, but
for whose they are, nor those of the cluster and the universe, nor their labels, workloads and Services, nor what the
reader picked out. Whoever exchanges the two turns the cluster into itself. So what holds between any two pods holds
between those that stand for them: of one drawn namespace where both are in one, of two where they are in two.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.map.choose import chooses
from verifier.engine.problem.apart import apart
from verifier.engine.problem.pipeshape import Key, PipeShapes
from verifier.engine.problem.problem import Context
from verifier.engine.problem.services import selected
from verifier.ir.endpoint import Kind, Namespace, Workload
from verifier.ir.filter import Choice
from verifier.ir.labels import Labels, matches
from verifier.ir.pods import PodPeer, is_in
from verifier.ir.policy import Direction, Pipe, PolicySet, Stage
from verifier.vocabulary import Mentions


class NamespaceKind(Struct, frozen=True):
    """Namespaces that are alike but for their names, more than two. drawn: the first two of them, which stand for
    `names`, all of them in order."""

    names: tuple[str, ...]

    @property
    def drawn(self) -> tuple[str, ...]:
        return self.names[:2]


def kinds_of(context: Context, mentions: Mentions, choices: Sequence[Choice]) -> tuple[NamespaceKind, ...]:
    """The kinds of more than two namespaces, in the order of their first ones. mentions: whatever a map of these
    policies, this universe and these choices can tell apart."""
    keys = _Keys(context, mentions, choices)
    found: dict[object, list[str]] = {}
    for name in context.world.declared:
        found.setdefault(keys.of(name), []).append(name)
    return tuple(NamespaceKind(tuple(names)) for names in found.values() if len(names) > 2)


def with_two_of_each(context: Context, kinds: Sequence[NamespaceKind]) -> Context:
    """The context without the namespaces for which others stand, and without all that is theirs."""
    gone = frozenset(name for kind in kinds for name in kind.names if name not in kind.drawn)
    if not gone:
        return context
    cluster, universe = context.cluster, context.universe
    # Of those that are gone only Services say whose an address is (`_Keys.of`), and these stay: so does what is known.
    return replace(
        context,
        cluster=replace(
            cluster,
            namespaces=tuple(n for n in cluster.namespaces if n.name not in gone),
            workloads=tuple(w for w in cluster.workloads if w.namespace not in gone),
            policies=_without(cluster.policies, gone),
        ),
        universe=replace(universe, known=tuple(n for n in universe.known if n.name not in gone)),
    )


class _Keys:
    """What a map can tell of each namespace but for its name: equal iff they are of one kind."""

    def __init__(self, context: Context, mentions: Mentions, choices: Sequence[Choice]) -> None:
        self._context, self._mentions, self._choices = context, mentions, choices
        self._shapes = PipeShapes()
        self._pipes = [apart(context.policies.pipe(direction), wide=True) for direction in Direction]
        self._plain = [self._shapes.of(None, rest) for _, rest in self._pipes]
        cluster = context.cluster
        self._addressed = {
            *(w.namespace for w in (*cluster.workloads, *cluster.owned) if w.addresses or w.node is not None),
            *(s.namespace for s in cluster.services if s.others),
            *(b.namespace for b in cluster.backends),
        }
        self._services: dict[str, list[object]] = {}
        self._led: dict[str, list[str]] = {}
        for service in cluster.services:
            # Its addresses are nobody's, and stay so whoever else has them.
            bare = replace(service, namespace="", addresses=(), origin=None)
            self._services.setdefault(service.namespace, []).append(bare)
            for workload in selected(service, context.world):
                self._led.setdefault(str(workload), []).append(service.name)

    def of(self, name: str) -> Key:
        namespace, world = self._context.world.declared[name], self._context.world
        if name in self._addressed:
            return (name,)
        shapes = tuple(
            self._shapes.of(name, own[name]) if name in own else plain
            for (own, _), plain in zip(self._pipes, self._plain, strict=True)
        )
        workloads = tuple(self._workload(w, namespace) for w in world.by_namespace.get(name, ()))
        services = tuple(self._services.get(name, ()))
        return (world.alike.sort_of(name, self._mentions), shapes, tuple(self._chosen(namespace)), workloads, services)

    def _workload(self, workload: Workload, namespace: Namespace) -> object:
        """The workload but for where it is from, and for what nothing asks of its labels; with the Services that lead
        to it."""
        labels = workload.labels
        meant = [chooses(choice, labels, namespace, (workload,), Kind.POD, None) for choice in self._choices]
        # What a choice says of labels cuts the classes of every namespace, also of those that it does not mean.
        meant += [matches(labels, c.peer.pods) for c in self._choices if isinstance(c.peer, PodPeer)]
        bare = replace(workload, namespace="", labels={}, origin=None, labels_origin=None)
        led = tuple(self._led.get(str(workload), ()))
        return bare, frozenset(self._labels(labels)), tuple(meant), led

    def _labels(self, labels: Labels) -> Iterator[tuple[str, str | None]]:
        """The labels that something asks for; None: of a value that nothing mentions."""
        asked = self._mentions.pod_labels
        for key in labels.keys() & asked.keys():
            value = labels[key]
            yield key, value if value in asked[key] else None

    def _chosen(self, namespace: Namespace) -> Iterator[bool | None]:
        """Of each choice by namespaces whether it means this one."""
        peers = (choice.peer for choice in self._choices)
        return (is_in(namespace, peer) for peer in peers if isinstance(peer, PodPeer))


def _without(policies: PolicySet, gone: frozenset[str]) -> PolicySet:
    """The set without the policies of these namespaces."""

    def kept(stage: Stage) -> Stage:
        return stage.kept(lambda who: who.namespace not in gone)

    def of(pipe: Pipe) -> Pipe:
        return replace(pipe, stages=tuple(map(kept, pipe.stages)))

    return replace(policies, ingress=of(policies.ingress), egress=of(policies.egress))
