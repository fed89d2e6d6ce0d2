"""Setting a problem: everything that a claim's question ranges over, sliced to what bears on it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.problem import Problem, Side
from verifier.encoding.question import places
from verifier.engine.problem.declared import World
from verifier.engine.problem.firing import box_of, without_idle_rungs
from verifier.engine.problem.mentioned import mentioned, named, switches_that_matter
from verifier.engine.problem.scope import Scope, scope
from verifier.engine.problem.services import served
from verifier.engine.problem.slicing import slice_policies
from verifier.engine.results.check import Opinion
from verifier.ir.acceptance import Flow
from verifier.ir.cluster import Cluster
from verifier.ir.endpoint import Kind, Namespace, Workload
from verifier.ir.labels import NAMESPACE_NAME
from verifier.ir.merging import merge
from verifier.ir.network import PRIVATE_ADDRESSES, AddressSet
from verifier.ir.policy import Formula, PolicySet
from verifier.ir.property import Claim
from verifier.ir.residents import NOBODY, Residents, Sort
from verifier.ir.service import Service
from verifier.ir.universe import Universe
from verifier.vocabulary import Mentions, Vocabulary, address_cells, vocabulary


class Context(Struct, frozen=True, dict=True):
    """What all questions of a run have in common. opinions: what two solvers said before there was a question, to that
    which every answer rests on. hiding: nobody has said whether outside clients come with their own address, and
    through these Services they may come with another (`external_source` is then open)."""

    cluster: Cluster
    universe: Universe
    switches: Mapping[str, str]
    opinions: tuple[Opinion, ...] = ()
    hiding: tuple[Service, ...] = ()

    @cached_property
    def translated(self) -> Formula | None:
        """Where outside clients may come with the address of a node, if only where Services say so."""
        return served(self.hiding, self.world) if self.hiding else None

    @cached_property
    def world(self) -> World:
        return World(self.cluster, self.universe)

    @cached_property
    def policies(self) -> PolicySet:
        """The policies of the manifests, and those that new namespaces get."""
        return merge(self.cluster.policies, self.universe.templates)

    @cached_property
    def known_namespaces(self) -> frozenset[str] | None:
        """The names of namespaces that are declared, or that a policy or the universe names: of those that are not
        new whatever is asked (docs/universe.md, `newNamespacesGet`). None: it makes no difference."""
        return self.named_namespaces if self.universe.templates.objects else None

    @cached_property
    def named_namespaces(self) -> frozenset[str]:
        """These names, whether or not it makes a difference."""
        mentions = Mentions()
        mentions.add_policies(self.policies)
        for place in places(self.universe):
            mentions.add(place)
        listed = self.universe.namespace_labels.get(NAMESPACE_NAME)
        return frozenset({*self.world.declared, *mentions.named_namespaces(), *(listed.values if listed else ())})


def problem_of(context: Context, claim: Claim, title: str, accepted: Sequence[Flow] = ()) -> tuple[Problem, Scope]:
    """The problem of a claim, every pod of the universe on it; `accepted` flows do not break it."""
    about = scope(claim, context.world, accepted)
    policies = slice_policies(context.policies, about.select)
    parts = [(d.source, d.destination, d.both, d.exempt) for d in about.obligations]
    formulas = [about.reached, *(formula for part in parts for formula in part if formula is not None)]
    flows = [d.accepted for d in about.obligations if d.accepted is not None]
    known = context.world.residents
    translated = context.translated if Kind.EXTERNAL in about.sources.kinds else None
    known_names = _known_namespaces(context, formulas)
    formulas += [translated] if translated is not None else []
    words = Words.of((context,), (policies,), (*formulas, *flows), (about.sources, about.destinations), known)
    sides = (about.sources, about.destinations)
    box = box_of(about.obligations, about.reached, sides, words.switches[0], context.world.declared)
    problem = Problem(
        vocabulary=words.vocabulary(context.world.declared.values(), known_names),
        universe=context.universe,
        sources=about.sources,
        destinations=about.destinations,
        policies=policies,
        all_policies=context.policies,
        obligations=about.obligations,
        switches=words.switches[0],
        reached=about.reached,
        title=title,
        residents=known,
        translated=translated,
        settled=context.world.settled,
        firing=(policies, without_idle_rungs(policies, box)),
    )
    return problem, about


def _known_namespaces(context: Context, claimed: Iterable[Formula]) -> frozenset[str] | None:
    """The names of namespaces that are not new where a property of these formulas is asked."""
    if context.known_namespaces is None:
        return None
    mentions = Mentions()
    for formula in claimed:
        mentions.add(formula)
    return context.known_namespaces | mentions.named_namespaces()


def scene_of(
    context: Context,
    policies: PolicySet,
    title: str,
    formulas: tuple[Formula, ...] = (),
    enough: Callable[[Mentions], Iterable[Namespace]] | None = None,
) -> Problem:
    """All connections of the universe, those of nodes and hostNetwork pods included, so that `formulas` can be asked
    of them too. enough: the declared namespaces that do, of what mentions these words; None: all of them."""
    world = context.world
    pods, hostpods = (None, None) if context.universe.other_pods else (world.pods, world.hostpods)
    side = Side(frozenset(Kind), pods, hostpods)
    translated = (context.translated,) if context.translated is not None else ()
    words = Words.of((context,), (policies,), (*formulas, *translated), (side,))
    return Problem(
        vocabulary=words.vocabulary(world.declared.values() if enough is None else enough(words.mentions)),
        universe=context.universe,
        sources=side,
        destinations=side,
        policies=policies,
        all_policies=context.policies,
        obligations=(),
        switches=words.switches[0],
        title=title,
        translated=context.translated,
    )


class Words(Struct, frozen=True):
    """What a question can tell apart, and the switches of each of its contexts, before namespaces are numbered. matter:
    the switches on which its answer can hang, whatever they are set to."""

    universe: Universe
    mentions: Mentions
    switches: tuple[Mapping[str, str], ...]
    matter: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        contexts: Sequence[Context],
        policies: Iterable[PolicySet],
        formulas: Iterable[Formula],
        sides: Iterable[Side],
        residents: Residents = NOBODY,
        apart: frozenset[str] = frozenset(),
    ) -> "Words":
        """The words of a question about `policies`, those of `contexts` that bear on it; these are of one universe, but
        for its templates. apart: switches that may be other ones in each of the contexts."""
        universe, switches = contexts[0].universe, tuple(dict(context.switches) for context in contexts)
        worlds = [context.world for context in contexts]
        mentions = mentioned(policies, worlds, formulas)
        # Which namespaces count as new depends on every mention, sliced away or not.
        if any(context.universe.templates.objects for context in contexts):
            everything = Mentions()
            for context in contexts:
                everything.add_policies(context.policies)
            mentions.namespaces |= everything.named_namespaces()
        blocks = (universe.pod_addresses or PRIVATE_ADDRESSES, universe.node_addresses)
        mentions.addresses |= {block for block in blocks if block is not None}
        kinds = frozenset[Kind]().union(*(side.kinds for side in sides))
        names = switches_that_matter(mentions, kinds, named(mentions, worlds))
        if mentions.port_names and "named_port_source" in apart and universe.other_pods:
            names.add("named_port_source")  # pods that nobody lists may have any containers
        mentions.switches |= {n for n in names if any(own[n] != _NO_QUESTION.get(n) for own in switches)}
        if mentions.port_names:
            mentions.switches.add("named_port_source")  # which every name asks for, also where there is no choice
            if "named_port_source" not in names:
                for own in switches:
                    own["named_port_source"] = "containers"
        mentions.addresses |= set(_crowded(residents, mentions.addresses, universe.families))
        return cls(universe, mentions, switches, frozenset(names))

    def vocabulary(self, declared: Iterable[Namespace], known_namespaces: frozenset[str] | None = None) -> Vocabulary:
        """The vocabulary, the declared namespaces numbered in their order. known_namespaces: the names of
        namespaces that are not new; None: all."""
        universe = self.universe
        return vocabulary(
            self.mentions,
            declared,
            universe.other_namespaces,
            universe.families,
            universe.pod_labels,
            universe.namespace_labels,
            known_namespaces,
        )


def _crowded(residents: Residents, told: Iterable[AddressSet], families: Iterable[int]) -> Iterator[AddressSet]:
    """Addresses that are to be told apart one by one, since the input says whose they are, or those of nearly all of
    their cell: else two ends might be said to be where there is room for one."""
    if residents == NOBODY:
        return
    for family in sorted(families):
        for cell in address_cells(told, [family]).cells:
            strangers = residents.strangers(family, cell.low, cell.high, *Sort)
            if strangers < _ROOM and cell.size > strangers:
                yield from (AddressSet.single(number, family) for number in range(cell.low, cell.high + 1))


_ROOM = 3


_NO_QUESTION = {"external_source": "preserved", "sctp": "yes", "other_protocols": "off"}
"""Values of switches under which they need no variable."""


def with_real_pods(problem: Problem, world: World, source: bool, destination: bool) -> Problem:
    """The problem with the pods of either end taken from the workloads of the manifests only."""

    def narrow(side: Side, wanted: bool) -> Side:
        if not wanted:
            return side
        listed: tuple[Workload, ...] | None = world.pods if side.pods is None else side.pods
        return Side(side.kinds, listed, world.hostpods if side.hostpods is None else side.hostpods)

    return replace(
        problem, sources=narrow(problem.sources, source), destinations=narrow(problem.destinations, destination)
    )
