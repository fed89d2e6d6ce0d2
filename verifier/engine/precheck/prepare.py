"""One way from clusters, universe and switches to what may be asked about, for every command."""

from collections.abc import Mapping, Sequence
from enum import Enum
from itertools import chain
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.precheck.reject import free_of_conflicts
from verifier.engine.precheck.validate import validate
from verifier.engine.problem.declared import World
from verifier.engine.problem.problem import Context
from verifier.engine.problem.services import hiding
from verifier.engine.problem.switches import settle
from verifier.engine.problem.variants import for_formulas
from verifier.errors import Diagnostic, InputError, Undecided, UsageError
from verifier.ir.cluster import Cluster
from verifier.ir.labels import SERVICE_ACCOUNT
from verifier.ir.network import ALL_ADDRESSES, PRIVATE_ADDRESSES
from verifier.ir.policy import PolicySet
from verifier.ir.prose import listed
from verifier.ir.switches import NEUTRAL, OPEN
from verifier.ir.universe import LabelDomain, Universe
from verifier.smt.limits import Limits


class Given(Struct, frozen=True):
    """A cluster that is to be asked about. dump_to: a folder, and how the files of the questions begin that are asked
    of it before any other. asked: or nothing is asked of it, and it is told what is wrong with it all the same.
    templates: what new namespaces get there; None: what the universe says."""

    cluster: Cluster
    dump_to: Path | None = None
    asked: bool = True
    templates: PolicySet | None = None

    def universe(self, common: Universe) -> Universe:
        """The universe of this side, of what is common to all."""
        return common if self.templates is None else replace(common, templates=self.templates)


class Pods(Enum):
    """Where a pod has to be possible."""

    EACH = "on each side that is asked, since claims are made about each"
    ANY = "on one side at least, since the other may be empty before a change, or after it"
    FOUND = "for the command to see, which lists whoever can exist, and asks no solver"


def prepare(
    sides: Sequence[Given],
    universe: Universe,
    switches: Mapping[str, str] | None,
    limits: Limits,
    pods: Pods,
    *,
    by_services: bool = False,
) -> tuple[Context, ...]:
    """The contexts of the sides, about which may be asked, with their workloads as they are written: which of their
    pods are told apart hangs on the question.

    switches: values, or "open", that win over those of the universe, of the profile of the sides and the defaults.
    by_services: where nobody has set `external_source`, NodePort and LoadBalancer Services of the input open it
    (docs/semantics.md 1.6).

    Raises InputError with all that is wrong with any side: objects that the universe forbids; else policies of equal
    priority that conflict and must not; else that no pod can exist. Raises Undecided iff nothing is known to be wrong
    and the solver cannot say.
    """
    settled = settle(_profile(sides), universe.switches, switches or {})
    universe = _lifted(universe, [side.cluster for side in sides])
    if any(side.cluster.asks_accounts for side in sides):
        sides = [replace(side, cluster=side.cluster.with_accounts()) for side in sides]
        universe = replace(universe, pod_labels={**universe.pod_labels, SERVICE_ACCOUNT: _REQUIRED})
    mistakes: dict[Diagnostic, None] = {}
    undecided: Undecided | None = None
    found: list[Context] = []
    unsaid = by_services and "external_source" not in {*universe.switches, *(switches or {})}
    contexts = for_formulas(*(_context(side, universe, settled, unsaid=unsaid) for side in sides), foreign=False)
    for side, context in zip(sides, contexts, strict=True):
        try:
            found.append(_prepared(side, context, limits, pods))
        except InputError as error:
            mistakes |= dict.fromkeys(error.diagnostics)
        except Undecided as reason:
            undecided = undecided or reason
    if mistakes:
        raise InputError(tuple(mistakes))
    if undecided is not None:
        raise undecided
    if pods is Pods.ANY:
        _require_pods(*found, limits=limits)
    return tuple(replace(context, cluster=side.cluster) for side, context in zip(sides, found, strict=True))


def _context(side: Given, universe: Universe, settled: Mapping[str, str], *, unsaid: bool) -> Context:
    """The context of a side. unsaid: nobody has said whether outside clients come with their own address."""
    found = hiding(side.cluster) if unsaid else ()
    switches = {**settled, "external_source": OPEN} if found else settled
    return Context(side.cluster, side.universe(universe), switches, hiding=found)


_REQUIRED = LabelDomain(required=True)
"""Every pod has an account, of whatever name."""


def _profile(sides: Sequence[Given]) -> str:
    """The profile that the sides share. Raises UsageError where there are two."""
    profiles = sorted({side.cluster.profile for side in sides if side.cluster.profile is not None})
    if len(profiles) > 1:
        raise UsageError(f"the sides are read under two profiles: {listed((f'`{p}`' for p in profiles), 3)}")
    return profiles[0] if profiles else NEUTRAL


def _lifted(universe: Universe, clusters: Sequence[Cluster]) -> Universe:
    """The universe; where it does not say where pods have their addresses, and a pod of the input has one that is not
    private, that may be anywhere (docs/semantics.md 1.6)."""
    if universe.pod_addresses is None:
        of_pods = chain.from_iterable(World(cluster, universe).residents.pods for cluster in clusters)
        if any(address not in PRIVATE_ADDRESSES for address in of_pods):
            return replace(universe, pod_addresses=ALL_ADDRESSES)
    return universe


def _prepared(side: Given, context: Context, limits: Limits, pods: Pods) -> Context:
    validate(context.world)
    context = free_of_conflicts(context, limits, side.dump_to)
    if pods is Pods.EACH and side.asked:
        _require_pods(context, limits=limits)
    return context


def _require_pods(*contexts: Context, limits: Limits) -> None:
    from verifier.engine.precheck.nonempty import require_pods  # it loads the solver, which not every command needs

    require_pods(*contexts, limits=limits)
