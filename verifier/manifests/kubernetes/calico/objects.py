"""All that an input holds of Calico: read object by object, then held against each other (docs/semantics.md 5)."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.errors import Diagnostic, Severity
from verifier.ir.endpoint import Namespace
from verifier.ir.origin import Origin
from verifier.ir.policy import Citation
from verifier.manifests.kubernetes.calico.meaning import Facts, asks_accounts
from verifier.manifests.kubernetes.calico.policies import BUILT_IN, PROMOTED, read_policy, read_tier
from verifier.manifests.kubernetes.calico.sets import HOST_ENDPOINT, read_account, read_host_endpoint, read_set
from verifier.manifests.kubernetes.calico.spec import CalicoPolicy, CalicoTier, NetworkSet, ServiceAccount, Staged
from verifier.manifests.kubernetes.calico.stagedkubernetes import KIND as OF_KUBERNETES
from verifier.manifests.kubernetes.calico.stagedkubernetes import StagedKubernetes, read_staged_kubernetes
from verifier.manifests.kubernetes.defaulted import filled_in
from verifier.manifests.kubernetes.facts.behind import Behind
from verifier.manifests.kubernetes.fields import Field, Report, meant, quoted
from verifier.manifests.kubernetes.lowering import Policy
from verifier.manifests.kubernetes.objects import Object
from verifier.manifests.kubernetes.settling import Settling


class CalicoObjects(Struct):
    """What was declared, in the order of reading."""

    policies: list[CalicoPolicy] = field(default_factory=list)
    tiers: list[CalicoTier] = field(default_factory=list)
    sets: list[NetworkSet] = field(default_factory=list)
    accounts: list[ServiceAccount] = field(default_factory=list)
    of_kubernetes: list[StagedKubernetes] = field(default_factory=list)

    def read(self, root: Field, source: Object, namespace: str) -> Citation:
        """Takes in an object. namespace: what a missing one means."""
        if source.kind == "Tier":
            self.tiers.append(read_tier(root, source))
            return self.tiers[-1].citation
        if source.kind in ("NetworkSet", "GlobalNetworkSet", HOST_ENDPOINT):
            is_host = source.kind == HOST_ENDPOINT
            self.sets.append(read_host_endpoint(root, source) if is_host else read_set(root, source, namespace))
            return self.sets[-1].citation
        if source.kind == OF_KUBERNETES:
            self.of_kubernetes.append(read_staged_kubernetes(root, source, namespace))
            return self.of_kubernetes[-1].citation
        self.policies.append(read_policy(root, source, namespace))
        return self.policies[-1].citation

    def read_account(self, source: Object, namespace: str) -> None:
        """Takes in a service account; whatever is wrong with it is nothing to anybody here."""
        self.accounts.append(read_account(Field(source.value, (), Report()), source, namespace))

    def homes(self) -> Iterator[tuple[str, Origin]]:
        """The namespaces in which policies live."""
        yield from ((p.namespace, p.origin) for p in self.policies if p.namespace is not None)
        yield from ((p.namespace, p.origin) for p in self.of_kubernetes)

    def remarks(self, *, promoted: bool) -> Iterator[Diagnostic]:
        """Notes about what is there and not in force, or not governed."""
        staged = [(p.citation, p.origin) for p in self.policies if p.spec.staged is not None]
        staged += [(p.citation, p.origin) for p in self.of_kubernetes]
        if staged:
            fate = "read as if it were promoted" if promoted else "not in force; `--staged` reads it as if it were"
            yield _note("staged", f"is {fate}", staged)
        hosts = [(each.citation, each.origin) for each in self.sets if each.kind == HOST_ENDPOINT]
        if hosts:
            yield _note("host-endpoint", "is not looked at itself: only its addresses as a peer of pods", hosts)

    def ask_accounts(self) -> bool:
        """True iff a policy asks for the service accounts of pods."""
        return any(asks_accounts(policy) for policy in self.policies)

    def facts(self, namespaces: Iterable[Namespace], behind: Behind) -> Facts:
        return Facts.of(self.sets, self.accounts, namespaces, behind)

    def settle(self, settling: Settling) -> list[Diagnostic]:
        """Leaves out copies and what others overwrite, and gives what is wrong with objects beside each other."""
        stays = [*filled_in(self.policies, lambda p: p.identity, "types")] if settling.last else []
        self.policies, of_policies = settling.each_once(self.policies, lambda p: p.identity, lambda p: p.spec, _place)
        self.tiers, of_tiers = settling.each_once(self.tiers, lambda t: t.name, lambda t: (t.order, t.end), _place)
        self.sets, of_sets = settling.each_once(
            self.sets, lambda s: (s.kind, s.namespace, s.name), lambda s: (dict(s.labels), s.addresses, s.ports), _place
        )
        self.of_kubernetes, of_staged = settling.each_once(
            self.of_kubernetes, lambda p: (p.namespace, p.name), lambda p: (p.spec, p.staged), _place
        )
        return [*of_policies, *stays, *of_tiers, *of_sets, *of_staged, *self._homeless()]

    def _homeless(self) -> Iterator[Diagnostic]:
        """Errors about policies of tiers that do not exist (5.1)."""
        known = {*BUILT_IN, *(tier.name for tier in self.tiers)}
        for policy in self.policies:
            if policy.spec.tier not in known:
                message = f"{policy.citation} is of tier {quoted(policy.spec.tier)}, which nobody defines"
                place = policy.origin.child("spec", "tier").position
                hint = meant(policy.spec.tier, sorted(known))
                yield Diagnostic("tier", message, place.file, place.line, place.column, hint)

    def promoted(self, kubernetes: Iterable[Policy]) -> "tuple[CalicoObjects, list[Policy]]":
        """What there is once every staged policy is promoted (5.2), with the NetworkPolicies of Kubernetes."""
        policies = {p.identity: p for p in self.policies if p.spec.staged is None}
        for policy in (p for p in self.policies if p.spec.staged is not None):
            kind, namespace, name = policy.identity
            enforced = replace(policy, kind=PROMOTED[kind], spec=replace(policy.spec, staged=None))
            if policy.spec.staged is Staged.SET:
                policies[enforced.identity] = enforced
            elif policy.spec.staged is Staged.DELETE:
                policies.pop((PROMOTED[kind], namespace, name), None)
        of_kubernetes = {(p.namespace, p.name): p for p in kubernetes}
        for staged in self.of_kubernetes:
            if staged.staged is Staged.SET:
                of_kubernetes[staged.namespace, staged.name] = staged.policy
            elif staged.staged is Staged.DELETE:
                of_kubernetes.pop((staged.namespace, staged.name), None)
        found = CalicoObjects(list(policies.values()), self.tiers, self.sets, self.accounts)
        return found, list(of_kubernetes.values())


def _note(code: str, message: str, things: Sequence[tuple[Citation, Origin]]) -> Diagnostic:
    """One note for all of `things`, at the first of them."""
    citation, origin = things[0]
    more = f" (and {len(things) - 1} more)" if len(things) > 1 else ""
    place = origin.child("metadata", "name").position
    text = f"{citation} {message}{more}"
    return Diagnostic(code, text, place.file, place.line, place.column, severity=Severity.NOTE)


def _place(thing: CalicoPolicy | CalicoTier | NetworkSet | StagedKubernetes) -> tuple[str, Origin | None]:
    return str(thing.citation), thing.origin
