"""A session that stays: holds manifests and the answers about them, and after a change asks again only what can have
changed.

Its answers are those of a run that reads everything afresh.
"""

from collections.abc import Iterator, Mapping, Sequence

from verifier.engine.check.check import check
from verifier.engine.check.doubts import warnings_of
from verifier.engine.problem.declared import World
from verifier.engine.problem.meant import meant
from verifier.engine.problem.scope import scope
from verifier.engine.problem.slicing import slice_policies
from verifier.engine.results.check import Result, Verdict
from verifier.engine.solve.watcher import UNWATCHED, Watcher
from verifier.errors import Diagnostic, NetpolError
from verifier.ir.cluster import Cluster
from verifier.ir.policy import Direction, PolicySet
from verifier.ir.property import Never, Peers, Property
from verifier.ir.universe import OPEN, Universe
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.incremental import Incremental
from verifier.manifests.kubernetes.joining import Homes
from verifier.manifests.kubernetes.load import Options
from verifier.smt.solver import Limits

_NO_LIMITS = Limits()
_DEFAULTS = Options()


class Session:
    """Manifests by name, properties, and the results, in the order of the properties. A manifest that is a `Source` is
    cited by the name that this has.

    Life cycle: made, which asks everything, in `jobs` processes; updated any number of times. An update that raises one
    of our errors changes nothing; one that ends in another way leaves the results, and the next one asks everything.
    """

    def __init__(
        self,
        texts: Mapping[str, str | Source],
        properties: Sequence[Property],
        universe: Universe = OPEN,
        switches: Mapping[str, str] | None = None,
        options: Options = _DEFAULTS,
        limits: Limits = _NO_LIMITS,
        jobs: int = 1,
        watcher: Watcher = UNWATCHED,
    ) -> None:
        self._held = Incremental(texts, options)
        self._universe = universe
        self._switches = switches
        self.properties = tuple(properties)
        self._is_behind = False
        """The manifests are not those of the results: an update has failed between the two."""
        self._world = World(self.cluster, universe)
        self._doubtful: tuple[Diagnostic, ...] | None = None
        self.results: tuple[Result, ...] = self._ask(self.properties, limits, watcher, jobs)
        self.asked = self.properties
        """The properties that were asked again after the last change."""

    @property
    def cluster(self) -> Cluster:
        """What the manifests say now."""
        return self._held.cluster

    @property
    def world(self) -> World:
        """What there is now, as far as scope is concerned."""
        return self._world

    @property
    def homes(self) -> Homes | None:
        """The policies by namespace, where there are only NetworkPolicies."""
        return self._held.homes

    @property
    def doubtful(self) -> tuple[Diagnostic, ...]:
        """What is doubtful about the properties, whatever the policies are."""
        if self._doubtful is None:
            self._doubtful = warnings_of(self.properties, self.cluster, self._universe)
        return self._doubtful

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Warnings and notes about the manifests."""
        return self._held.diagnostics

    def update(
        self, changed: Mapping[str, str | Source | None], limits: Limits = _NO_LIMITS, watcher: Watcher = UNWATCHED
    ) -> tuple[Result, ...]:
        """The results after `changed`: new texts by name, None where one is gone. Raises InputError where the manifests
        are wrong, the universe forbids an object of theirs, or policies conflict that must not."""
        before = self.cluster
        held = self._held.sources(changed)
        touched = self._held.update(changed)
        after = self.cluster
        is_behind, self._is_behind = self._is_behind, True
        is_same = touched is not None and not is_behind
        """Nothing but policies differs from what was asked about last."""
        world = self._world.with_policies(after) if is_same else World(after, self._universe)
        if touched is None or is_behind or self._universe.templates.objects:
            asked = self.properties
        else:
            hypothetical = any(r.witness is not None and r.witness.hypothetical for r in self.results)
            same_homes = not hypothetical or _homes(before) == _homes(after)
            results = zip(self.properties, self.results, strict=True)
            asked = tuple(
                p for p, result in results
                if not _stays(result, touched, world, same_homes) or _means_others(result, self._world, world)
            )  # fmt: skip
        try:
            # Of what is new it has to be seen that the universe admits it, though there be no properties.
            is_due = bool(asked) or touched is None
            fresh = dict(zip(asked, self._ask(asked, limits, watcher), strict=True)) if is_due else {}
        except NetpolError:
            self._held.update(held)
            self._is_behind = is_behind
            raise
        self.results = tuple(fresh.get(p, r) for p, r in zip(self.properties, self.results, strict=True))
        self.asked = asked
        self._world, self._doubtful = world, self._doubtful if is_same else None
        self._is_behind = False
        return self.results

    def _ask(
        self, properties: Sequence[Property], limits: Limits, watcher: Watcher, jobs: int = 1
    ) -> tuple[Result, ...]:
        return check(self.cluster, properties, self._universe, self._switches, limits, jobs=jobs, watcher=watcher)


def _homes(cluster: Cluster) -> set[str | None]:
    """The namespaces that have policies."""
    return {citation.namespace for citation in cluster.policies.objects}


def _stays(result: Result, touched: PolicySet, world: World, same_homes: bool) -> bool:
    """True only if the policies that went or came cannot bear on a result: on no question that was asked for it."""
    if result.verdict is Verdict.UNKNOWN and result.witness is None:
        return False
    hypothetical = result.witness is not None and result.witness.hypothetical
    if hypothetical and not same_homes:
        return False  # narrower claims are tried for the namespaces that have policies
    return all(_is_empty(slice_policies(touched, select)) for select in _selects(result, world))


def _means_others(result: Result, before: World, after: World) -> bool:
    """True iff the property may mean other pods than before: which are those of a Service, or have an address that the
    input gives to somebody, is told by the labels that policies ask for."""
    claim = result.property.claim
    owners = scope(claim, after).owners
    by_labels = any(owner.workloads for owner in owners) or meant(claim, after).claim is not claim
    return by_labels and before.told_keys != after.told_keys


def _selects(result: Result, world: World) -> Iterator[Mapping[Direction, Peers]]:
    """By which peers the questions about a property were sliced."""
    claim = result.property.claim
    select = scope(claim, world).select
    yield select
    if result.witness is not None and result.witness.hypothetical:  # narrower claims come from policies of either way
        yield {Direction.INGRESS: select[Direction.EGRESS], Direction.EGRESS: select[Direction.INGRESS]}
    if result.verdict is Verdict.PROVED and isinstance(claim, Never):  # does anything get through at all?
        yield scope(Never(None, claim.destinations, claim.ports), world).select


def _is_empty(policies: PolicySet) -> bool:
    stages = (stage for direction in Direction for stage in policies.pipe(direction).stages)
    return not any(
        stage.applies or any(rung.selects is not None for block in stage.blocks() for rung in block.rungs)
        for stage in stages
    )
