"""One way from clusters, universe and switches to what may be asked about, for every command."""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.precheck.reject import free_of_conflicts
from verifier.engine.precheck.validate import validate
from verifier.engine.problem.declared import World
from verifier.engine.problem.problem import Context
from verifier.engine.problem.services import hiding
from verifier.engine.problem.switches import OF_SCOPE, settle
from verifier.engine.problem.variants import for_formulas
from verifier.errors import Diagnostic, InputError, Undecided, UsageError
from verifier.ir.cluster import Cluster
from verifier.ir.labels import SERVICE_ACCOUNT
from verifier.ir.network import ALL_ADDRESSES
from verifier.ir.policy import PolicySet
from verifier.ir.profiles import NEUTRAL
from verifier.ir.prose import listed
from verifier.ir.switches import OPEN
from verifier.ir.universe import LabelDomain, Universe
from verifier.smt.limits import Limits


class Given(Struct, frozen=True):
    """A cluster that is to be asked about. dump_to: a folder, and how the files of the questions begin that are asked
    of it before any other. asked: or nothing is asked of it, and it is told what is wrong with it all the same.
    templates: what new namespaces get there; None: what the universe says. switches: its own, which win over those of
    the universe and of its profile; None: those that all sides share."""

    cluster: Cluster
    dump_to: Path | None = None
    asked: bool = True
    templates: PolicySet | None = None
    switches: Mapping[str, str] | None = None

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
    settled = _settled(sides, universe, switches or {})
    universe = lifted(universe, (World(side.cluster, universe) for side in sides))
    if any(side.cluster.asks_accounts for side in sides):
        sides = [replace(side, cluster=side.cluster.with_accounts()) for side in sides]
        universe = replace(universe, pod_labels={**universe.pod_labels, SERVICE_ACCOUNT: _REQUIRED})
    mistakes: dict[Diagnostic, None] = {}
    undecided: Undecided | None = None
    found: list[Context] = []
    unsaid = by_services and "external_source" not in {*universe.switches, *(switches or {})}
    made = (_context(s, universe, own, unsaid=unsaid) for s, own in zip(sides, settled, strict=True))
    contexts = for_formulas(*made, foreign=False)
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


def _settled(sides: Sequence[Given], universe: Universe, common: Mapping[str, str]) -> list[Mapping[str, str]]:
    """A value, or "open", for every switch of each side. About protocols and addresses that not all sides speak of
    nothing is asked. Raises UsageError where they differ in what no comparison can tell apart."""
    if all(side.switches is None for side in sides):
        return [settle(_profile(sides), universe.switches, common)] * len(sides)
    found = [
        dict(settle(s.cluster.profile or NEUTRAL, universe.switches, common if s.switches is None else s.switches))
        for s in sides
    ]
    for name, nothing in OF_SCOPE.items():
        said = {own[name] for own in found}
        for own in found:
            own[name] = nothing if nothing in said else OPEN if OPEN in said else own[name]
    if len({own["external_source"] for own in found}) > 1:
        raise UsageError(
            "the sides differ in `external_source`, which is how clients come, and not what a plugin does",
            "compare under one value of it",
        )
    return list(found)


def _profile(sides: Sequence[Given]) -> str:
    """The profile that the sides share. Raises UsageError where there are two."""
    profiles = sorted({side.cluster.profile for side in sides if side.cluster.profile is not None})
    if len(profiles) > 1:
        raise UsageError(f"the sides are read under two profiles: {listed((f'`{p}`' for p in profiles), 3)}")
    return profiles[0] if profiles else NEUTRAL


def lifted(universe: Universe, worlds: Iterable[World]) -> Universe:
    """The universe; where it does not say where pods have their addresses, and a pod of the input has one that is not
    private, that may be anywhere (docs/semantics.md 1.6)."""
    if universe.pod_addresses is None and any(world.has_public_pods for world in worlds):
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
