"""All mutants of what was read: each change of each object, read by the reader of its kind and put among the others.

What a reader refuses is no mutant: no cluster takes it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from verifier.errors import Severity
from verifier.ir.labels import EVERYTHING
from verifier.ir.mutant import Edit, Mutant, Sort
from verifier.ir.origin import Origin
from verifier.ir.policy import NO_POLICIES, Citation, Direction, PolicySet
from verifier.manifests.kubernetes.calico.policies import read_policy as read_calico_policy
from verifier.manifests.kubernetes.calico.policies import read_tier
from verifier.manifests.kubernetes.cilium.policies import read_policy as read_cilium_policy
from verifier.manifests.kubernetes.collection import Collection
from verifier.manifests.kubernetes.dialects import CALICO, CILIUM
from verifier.manifests.kubernetes.fields import Field, Report
from verifier.manifests.kubernetes.istio.policies import read_mesh_policy
from verifier.manifests.kubernetes.istio.spec import MeshPolicy
from verifier.manifests.kubernetes.load import Loaded, Options, policies_of
from verifier.manifests.kubernetes.lowering import Policy, lower
from verifier.manifests.kubernetes.mutants.change import Change, changed
from verifier.manifests.kubernetes.mutants.dialects import of_calico, of_calico_tier, of_cilium, of_istio
from verifier.manifests.kubernetes.mutants.networkpolicy import of_networkpolicy
from verifier.manifests.kubernetes.mutants.tiers import of_tier_policy
from verifier.manifests.kubernetes.networkpolicy import Spec, read_spec
from verifier.manifests.kubernetes.objects import Object
from verifier.manifests.kubernetes.tiers.policies import read_tier_policy
from verifier.manifests.kubernetes.tiers.spec import Tier

_Place = tuple[int, object]


def mutants_of(loaded: Loaded) -> Iterator[Mutant]:
    """In the order of reading; last what would be new. The order of files makes no difference to what they are."""
    if loaded.collection is None:
        return
    making = _Making(loaded.collection, loaded.options)
    for each in loaded.objects:
        yield from making.of_object(each)
    yield from making.isolating()


def _place(origin: Origin) -> _Place:
    return id(origin.document), origin.path


class _Read(Struct, frozen=True):
    """A policy that was read, in the list `where` of what was collected. read: the same of other data."""

    where: str
    number: int
    citation: Citation
    changes: Callable[[Mapping[str, object]], Iterable[Change]]
    read: Callable[[Field, Object], object]


class _Making:
    """Life cycle: made of what was collected, then asked for the mutants of one object after the other."""

    def __init__(self, found: Collection, options: Options) -> None:
        self._found, self._options = found, options
        dialect = found.choice.dialect
        by_plugin = dialect is CILIUM or (dialect is CALICO and bool(found.spoken or found.tiers))
        # Where there is no NetworkPolicy the stages are missing in which a new one would stand.
        self._alone = bool(found.policies) and not by_plugin
        self._whole_pods = any(policy.spec.tier is Tier.BASELINE for policy in found.tiers)
        self._known: dict[object, tuple[object, object]] = {}
        self._networkpolicies = {_place(p.origin): n for n, p in enumerate(found.policies)}
        self._others = dict(self._index())

    def _index(self) -> Iterator[tuple[_Place, _Read]]:
        found, namespace = self._found, self._options.namespace
        priorities: dict[Tier, list[int]] = {}
        for policy in found.tiers:
            priorities.setdefault(policy.spec.tier, []).append(policy.spec.priority or 0)
        for n, policy in enumerate(found.tiers):
            changes = partial(of_tier_policy, priorities=priorities[policy.spec.tier])
            yield _place(policy.origin), _Read("tiers", n, policy.citation, changes, read_tier_policy)
        for n, cilium in enumerate(found.cilium):
            read = partial(read_cilium_policy, namespace=namespace, known={})
            yield _place(cilium.origin), _Read("cilium", n, cilium.citation, of_cilium, read)
        for n, mesh in enumerate(found.mesh):
            again = partial(_read_mesh_policy, namespace=namespace, in_root=mesh.in_root)
            yield _place(mesh.origin), _Read("mesh", n, mesh.citation, of_istio, again)
        for n, calico in enumerate(found.calico.policies):
            read_it = partial(read_calico_policy, default_namespace=namespace)
            yield _place(calico.origin), _Read("calico.policies", n, calico.citation, of_calico, read_it)
        for n, tier in enumerate(found.calico.tiers):
            if tier.origin is not None:
                yield _place(tier.origin), _Read("calico.tiers", n, tier.citation, of_calico_tier, read_tier)

    def of_object(self, each: Object) -> Iterator[Mutant]:
        """The mutants of one object; none where it is no policy, or another one of its name counts."""
        place = _place(each.origin)
        if place in self._networkpolicies:
            yield from self._of_networkpolicy(each, self._networkpolicies[place])
        elif place in self._others:
            yield from self._of_other(each, self._others[place])

    # NetworkPolicies

    def _of_networkpolicy(self, each: Object, number: int) -> Iterator[Mutant]:
        policy = self._found.policies[number]
        gone = Edit(Sort.POLICY, policy.citation, "without the policy", each.origin)
        yield Mutant(gone, self._with_networkpolicy(number, None), self._alone)
        for change in of_networkpolicy(each.value):
            spec = self._spec(changed(each.value, change.path, change.value))
            if spec is not None:
                edit = Edit(change.sort, policy.citation, change.text, each.origin.child(*change.path))
                yield Mutant(edit, self._with_networkpolicy(number, replace(policy, spec=spec)), self._alone)

    def _spec(self, value: object) -> Spec | None:
        """None where the reader refuses it."""
        assert isinstance(value, dict)
        report = self._report()
        spec = read_spec(Field(value.get("spec"), ("spec",), report))
        return None if _is_refused(report) else spec

    def _with_networkpolicy(self, number: int | None, policy: Policy | None) -> PolicySet:
        """What one policy says, alone or among the others; None: that there is none any more, or no old one."""
        if self._alone:
            return NO_POLICIES if policy is None else lower((policy,), whole_pods=self._whole_pods)
        kept = list(self._found.policies)
        new = () if policy is None else (policy,)
        kept[slice(len(kept), None) if number is None else slice(number, number + 1)] = new
        return self._reassembled(policies=kept)

    # Other kinds

    def _of_other(self, each: Object, one: _Read) -> Iterator[Mutant]:
        if one.where != "calico.tiers":
            gone = Edit(Sort.POLICY, one.citation, "without the policy", each.origin)
            yield Mutant(gone, self._with_other(one, None), False)
        for change in one.changes(each.value):
            value = changed(each.value, change.path, change.value)
            assert isinstance(value, dict)
            report = self._report()
            read = one.read(Field(value, (), report), replace(each, value=value))
            if not _is_refused(report):
                edit = Edit(change.sort, one.citation, change.text, each.origin.child(*change.path))
                yield Mutant(edit, self._with_other(one, read), False)

    def _with_other(self, one: _Read, read: object | None) -> PolicySet:
        of_calico, _, name = one.where.rpartition(".")
        holder = self._found.calico if of_calico else self._found
        kept = list(getattr(holder, name))
        kept[one.number : one.number + 1] = () if read is None else (read,)
        if not of_calico:
            return self._reassembled(**{name: kept})
        calico = copy(self._found.calico)
        setattr(calico, name, kept)
        return self._reassembled(calico=calico)

    def _reassembled(self, **other: object) -> PolicySet:
        return policies_of(replace(self._found, **other), self._options)

    def _report(self) -> Report:
        options = self._options
        return Report(
            options.strict_fields, options.strict_cidr, options.empty_l4, options.nested_peers, known=self._known
        )

    # What would be new

    def isolating(self) -> Iterator[Mutant]:
        """A default deny in each namespace that is declared, for each direction."""
        for namespace in self._found.declared_namespaces():
            origin = namespace.origin
            if origin is None:
                continue
            for direction in Direction:
                name = f"(new) default-deny-{direction}"
                ingress, egress = (() if d is direction else None for d in Direction)
                spec = Spec(EVERYTHING, ingress, egress)
                place = origin.child(name)
                policy = Policy(namespace.name, name, spec, place, place)
                text = f"with a default deny for {direction} in {namespace.name}"
                yield Mutant(
                    Edit(Sort.ISOLATION, policy.citation, text, origin),
                    self._with_networkpolicy(None, policy),
                    self._alone,
                )


def _read_mesh_policy(root: Field, source: Object, namespace: str, in_root: bool) -> MeshPolicy:
    return replace(read_mesh_policy(root, source, namespace), in_root=in_root)


def _is_refused(report: Report) -> bool:
    return any(problem.severity is Severity.ERROR for problem in report.problems)
