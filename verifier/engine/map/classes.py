"""Who is on a map: workloads or possible pods, nodes, and addresses outside, in classes that nothing can tell apart."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from itertools import product

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.engine.explain.condition import NamespaceHas
from verifier.engine.explain.undeclared import address_in, label_choices, parts_of
from verifier.engine.map.about import by_pods, by_pods_of_both, namespaces_asked
from verifier.engine.map.choose import chooses
from verifier.engine.map.peers import End
from verifier.engine.map.places import Place, plain_places
from verifier.engine.map.podclasses import MOST as MOST_CLASSES
from verifier.engine.map.podclasses import PodClass, plain_classes, pod_classes
from verifier.engine.problem.admission import keeps
from verifier.engine.problem.labelsearch import Domains, Implication, find
from verifier.engine.problem.problem import Context
from verifier.engine.problem.spans import span_of
from verifier.errors import Undecided
from verifier.ir.endpoint import Endpoint, Kind, Namespace, Workload, namespace_labels
from verifier.ir.filter import Choice
from verifier.ir.labels import (
    EVERYTHING,
    NAMESPACE_NAME,
    Labels,
    Requirement,
    Selector,
    is_dns_label,
    matches,
    opposite,
    satisfies,
    simplest,
)
from verifier.ir.network import ALL_ADDRESSES, AddressSet, IPAddress
from verifier.ir.pods import PodPeer, is_in
from verifier.ir.policy import (
    Formula,
    NewNamespaces,
    Role,
)
from verifier.ir.property import AddressPeer
from verifier.ir.texts import told_apart
from verifier.ir.universe import Invariant, LabelDomain
from verifier.vocabulary import Mentions, domain

MOST = 256
"""Combinations of labels of one namespace that nobody has said."""

Whose = str | NewNamespaces | None
"""The namespace of a policy; None: it is of no namespace, and can be about any."""


class Member(Struct, frozen=True):
    """Those whom a class holds.

    kind: pods of workloads; pods that could exist; nodes; addresses outside the cluster. namespace: its name; None of
    one that nobody has named, or of no pod. which: `one` of such namespaces, or `another`, where it can matter whether
    two pods share one (None: any). place: the labels of an undeclared namespace, where they matter. pods,
    but_not: of pods that could exist, the selector they meet and those they do not. workloads: those of the manifests
    that are in it. addresses: of those outside.
    """

    kind: str
    namespace: str | None = None
    declared: bool = True
    which: str | None = None
    place: Place = ()
    pods: Selector = EVERYTHING
    but_not: tuple[Selector, ...] = ()
    workloads: tuple[Workload, ...] = ()
    addresses: AddressSet | None = None
    host_network: bool = False


class Variant(Struct, frozen=True):
    """One way in which the members of a class can be. addresses: where; seen: what they show, if not their own.
    families: in which they can meet others; more than one where addresses do not matter."""

    end: End
    place: Place
    addresses: AddressSet
    span: AddressSet
    families: frozenset[int]
    seen: AddressSet | None = None


class EndpointClass(Struct, frozen=True):
    """A class. `lone`: it holds one pod only, which has no other to talk to. chosen: of each choice of the reader,
    whether it means this class."""

    member: Member
    variants: tuple[Variant, ...]
    lone: bool
    chosen: tuple[bool, ...]


class Classification(Struct, frozen=True, dict=True):
    """What is needed to find the classes.

    subjects, guards: what policies demand of whom they govern, and of connections, by the namespace to which that is
    confined (None: to none). named: the selectors by which namespaces are meant. partly: filled in with what no class
    holds, since there are too many.
    """

    context: Context
    mentions: Mentions
    subjects: Mapping[Whose, Sequence[Formula]]
    guards: Mapping[Whose, Sequence[Formula]]
    named: tuple[Selector, ...]
    choices: tuple[Choice, ...]
    partly: dict[str, None] = field(default_factory=dict)
    _stretches: dict[object, tuple[AddressSet, list[AddressSet]]] = field(default_factory=dict)
    _by_sort: dict[tuple[bool, ...] | None, tuple[Sequence[Selector], Sequence[Selector]]] = field(default_factory=dict)

    def klasses(self) -> list[EndpointClass]:
        """Everybody, but for what `partly` then says."""
        found = list(self._workloads(hosts_only=self.context.universe.other_pods))
        if self.context.universe.other_pods:
            found += self._possible()
        if self.context.universe.nodes:
            found.append(self._klass(Member("node"), Endpoint(Kind.NODE, _NOWHERE)))
        return [klass for klass in (*found, *self._outside()) if klass.variants]

    # Workloads

    def _workloads(self, hosts_only: bool) -> Iterator[EndpointClass]:
        """The workloads of the manifests, those that nothing can tell apart together."""
        groups: dict[object, list[Workload]] = {}
        for workload in self.context.cluster.workloads:
            if workload.host_network or not hosts_only:
                groups.setdefault(self._alike(workload), []).append(workload)
        for group in groups.values():
            first = group[0]
            kind = Kind.HOSTPOD if first.host_network else Kind.POD
            end = Endpoint(kind, _NOWHERE, self._declared(first.namespace), first.labels, first.named_ports, first)
            member = Member("workload", first.namespace, workloads=tuple(group), host_network=first.host_network)
            yield self._klass(member, end, group, lone=len(group) == 1 and first.single)

    def _alike(self, workload: Workload) -> object:
        keys = self.mentions.pod_labels
        labels = tuple(
            (key, value if value in keys[key] else None)
            for key, value in sorted(workload.labels.items())
            if key in keys
        )
        ports = tuple(p for p in workload.named_ports if p.name in self.mentions.port_names)
        chosen = tuple(self._chosen(workload.labels, self._declared(workload.namespace), (workload,)))
        blocks = sorted(self.mentions.addresses, key=repr) if workload.addresses else ()
        held = tuple(i for i, block in enumerate(blocks) for a in workload.addresses if a in block)
        return workload.namespace, workload.host_network, labels, ports, chosen, held

    def _declared(self, name: str) -> Namespace:
        return self.context.world.declared[name]

    # Pods that could exist

    def _possible(self) -> Iterator[EndpointClass]:
        """Every pod that could exist: of declared namespaces, of those that are only mentioned, and of any other."""
        declared = self.context.world.declared
        for namespace in declared.values():
            yield from self._pods_of(namespace)
        if not self.context.universe.other_namespaces:
            return
        listed = self.context.universe.namespace_labels.get(NAMESPACE_NAME, LabelDomain())
        named = self.mentions.named_namespaces() | {name for name in listed.values if is_dns_label(name)}
        names = sorted(named - declared.keys())
        others = [Namespace(name) for name in names if listed.others or name in listed.values]
        for namespace in others:
            yield from self._in_places(namespace)
        new: tuple[str | None, ...] = ("one", "another") if self.context.universe.templates.objects else (None,)
        for told, same in self._unnamed({*declared, *names}).items() if listed.others else ():
            for which, name in zip(new, same, strict=False):
                said = (NamespaceHas(name, NAMESPACE_NAME, name, told),) if told else ()
                yield from self._in_places(Namespace(name, unnamed=True, new=True), said, which)

    def _unnamed(self, taken: Collection[str]) -> dict[tuple[Requirement, ...], list[str]]:
        """Names for namespaces that nobody mentions, by what policies can tell of them that look inside of names."""
        texts = sorted(self.mentions.texts.get((NAMESPACE_NAME, True), ()))
        found: dict[tuple[Requirement, ...], list[str]] = {}
        for name in self.mentions.unnamed(taken):
            asked = (Requirement(NAMESPACE_NAME, operator, frozenset({text})) for operator, text in texts)
            told = tuple(r if satisfies({NAMESPACE_NAME: name}, r) else opposite(r) for r in asked)
            found.setdefault(told, []).append(name)
        return found

    def _in_places(self, namespace: Namespace, said: Place = (), which: str | None = None) -> Iterator[EndpointClass]:
        """The classes of a namespace, by what its labels can be. said: what is to be said of its name."""
        for place in self._places(namespace):
            labels = {has.key: has.value for has in place if has.value is not None}
            exact = replace(namespace, labels={**labels, NAMESPACE_NAME: namespace.name})
            yield from self._pods_of(exact, (*said, *(has for has in place if has.requirements)), which)

    def _pods_of(self, namespace: Namespace, place: Place = (), which: str | None = None) -> Iterator[EndpointClass]:
        """The classes of one namespace. place: what is to be said of its labels; which: of those that nobody named."""
        universe = self.context.universe
        compared = sorted(key for key, of_namespace in self.mentions.compared if not of_namespace)
        if compared:
            label = f"`{compared[0]}`"
            raise Undecided(f"policies compare pods by their label {label}: a class for each value; try -u inventory")
        selectors = list(dict.fromkeys(self._selectors(namespace)))
        laws = list(self._laws(namespace))
        demands = [r for s in (*selectors, *(s for law in laws for s in law if s is not None)) for r in s]
        domains = {}
        for key in sorted({r.key for r in demands} | universe.pod_labels.keys()):
            known = domain(told_apart(r for r in demands if r.key == key), universe.pod_labels.get(key))
            domains[key] = tuple(known.values[i] for i in sorted(known.possible))
        declared = namespace.name in self.context.world.declared
        found = pod_classes(selectors, domains, laws)
        if found is None:
            pods_here = [w.labels for w in self.context.cluster.workloads if w.namespace == namespace.name]
            found = plain_classes(selectors, domains, laws, pods_here)
            whose = "namespaces that nobody names" if namespace.unnamed else namespace.name
            who = f"pods of {whose} that several selectors mean, but for those of workloads"
            self.partly[f"{who}: more than {MOST_CLASSES} classes"] = None
        for some in found:
            here = tuple(w for w in self.context.cluster.workloads if _is_in(w, namespace, some))
            pods, but_not = _description(some, domains)
            name = None if namespace.unnamed else namespace.name
            member = Member("class", name, declared, which, place, pods, but_not, here)
            end = Endpoint(Kind.POD, _NOWHERE, namespace, some.labels)
            yield self._klass(member, end, here, unwritten=True)

    def _laws(self, namespace: Namespace) -> Iterator[Implication]:
        """What invariants say of the pods of a namespace whose labels are known."""
        for invariant in self.context.universe.invariants:
            if namespace.labels is not None and is_in(namespace, invariant.pods):
                only = invariant.only_in
                yield invariant.pods.pods, only.pods if is_in(namespace, only) else None

    def _selectors(self, namespace: Namespace) -> Iterator[Selector]:
        """The selectors that can tell pods of this namespace apart."""
        places = (namespace.name, *((NewNamespaces.ALL,) if namespace.unnamed else ()))
        subjects, guards = self._of_all(namespace)
        yield from subjects
        for formula in (formula for place in places for formula in self.subjects.get(place, ())):
            yield from by_pods(formula, Role.SUBJECT, namespace)
        yield from guards
        for formula in (formula for place in places for formula in self.guards.get(place, ())):
            yield from by_pods_of_both(formula, namespace)
        if namespace.labels is None:
            for invariant in self.context.universe.invariants:
                yield from (invariant.pods.pods, invariant.only_in.pods)
        for choice in self.choices:
            if isinstance(choice.peer, PodPeer) and choice.peer.pods.requirements:
                yield choice.peer.pods

    def _of_all(self, namespace: Namespace) -> tuple[Sequence[Selector], Sequence[Selector]]:
        """Those of what policies of no namespace demand of whom they govern, and of connections: the same for all
        namespaces that these selectors of namespaces do not tell apart."""
        labels = None if namespace.labels is None else namespace_labels(namespace)
        key = None if labels is None else tuple(matches(labels, selector) for selector in self._asked_of_all)
        if key not in self._by_sort:
            subjects = (s for f in self.subjects.get(None, ()) for s in by_pods(f, Role.SUBJECT, namespace))
            guards = (s for f in self.guards.get(None, ()) for s in by_pods_of_both(f, namespace))
            self._by_sort[key] = (tuple(dict.fromkeys(subjects)), tuple(dict.fromkeys(guards)))
        return self._by_sort[key]

    @cached_property
    def _asked_of_all(self) -> tuple[Selector, ...]:
        """By which policies of no namespace mean namespaces."""
        found = (f for some in (self.subjects, self.guards) for f in some.get(None, ()))
        return tuple(dict.fromkeys(selector for formula in found for selector in namespaces_asked(formula)))

    def _places(self, namespace: Namespace) -> list[Place]:
        """What the labels of the namespace can be, as far as it matters."""
        if namespace.labels is not None:
            return [()]
        requirements = tuple(dict.fromkeys(r for selector in self.named for r in selector))
        choices = list(label_choices(namespace.name, requirements, self.mentions, self.context))
        count = reduce(lambda n, choice: n * len(choice), choices, 1)
        if count <= MOST:
            return [tuple(place) for place in product(*choices)]
        found = plain_places(choices, self.named)
        if len(found) < count:
            whose = "namespaces that nobody names" if namespace.unnamed else f"namespace {namespace.name}"
            text = f"labels of {whose} that several selectors mean: more than {MOST} combinations"
            self.partly[text] = None
        return found

    # Outside

    def _outside(self) -> Iterator[EndpointClass]:
        blocks = self.mentions.addresses | {c.peer.addresses for c in self.choices if isinstance(c.peer, AddressPeer)}
        for family in sorted(self.context.universe.families):
            for part in parts_of(span_of(Kind.EXTERNAL, family, self.context), blocks):
                end = Endpoint(Kind.EXTERNAL, address_in(part))
                yield self._klass(Member("external", addresses=part), end)

    # In common

    @property
    def _invariants(self) -> tuple[Invariant, ...]:
        return self.context.universe.invariants

    def _klass(
        self,
        member: Member,
        end: Endpoint,
        workloads: Sequence[Workload] = (),
        unwritten: bool = False,
        lone: bool = False,
    ) -> EndpointClass:
        variants = tuple(self._variants(end, unwritten, workloads if end.workload is not None else ()))
        chosen = tuple(self._chosen(end.labels, end.namespace, workloads, end.kind, member.addresses))
        return EndpointClass(member, variants, lone, chosen)

    def _variants(self, end: Endpoint, unwritten: bool, workloads: Sequence[Workload]) -> Iterator[Variant]:
        places = self._places(end.namespace) if end.namespace is not None else [()]
        if end.kind is Kind.EXTERNAL:
            own = _single(end.address)
            family = frozenset({end.address.version})
            yield Variant(End(end), (), own, own, family)
            if self.context.switches["external_source"] != "preserved":
                for part in parts_of(span_of(Kind.NODE, end.address.version, self.context), self.mentions.addresses):
                    yield Variant(End(end, seen=address_in(part)), (), own, own, family, part)
            return
        whole, parts = self._stretch(end.kind, workloads)
        families = frozenset(f for f in self.context.universe.families if not whole.family(f).is_empty())
        for place in places if families else ():
            namespace = _labelled(end.namespace, place)
            if namespace is not None and not all(keeps(end.labels, namespace, i) for i in self._invariants):
                continue
            for part in parts if self.mentions.addresses else [whole]:
                address = address_in(part)
                made = Endpoint(end.kind, address, namespace, end.labels, end.named_ports, end.workload)
                met = frozenset({address.version}) if self.mentions.addresses else families
                yield Variant(End(made, unwritten), place, part, whole, met)

    def _stretch(self, kind: Kind, workloads: Sequence[Workload]) -> tuple[AddressSet, list[AddressSet]]:
        """Where endpoints of a kind, pods of one of the workloads, can be, whole and as far as policies tell apart."""
        told = {(w.addresses, w.node, w.single): w for w in workloads if w.addresses or w.node is not None}
        plain = (None,) if not workloads or any(not w.addresses and w.node is None for w in workloads) else ()
        settled = (*told.values(), *plain)
        key = kind, tuple(told), len(settled)
        if key not in self._stretches:
            families = sorted(self.context.universe.families)
            spans = [
                reduce(AddressSet.union, (span_of(kind, family, self.context, w) for w in settled), AddressSet())
                for family in families
            ]
            parts = [part for span in spans for part in parts_of(span, self.mentions.addresses)]
            self._stretches[key] = reduce(AddressSet.union, spans, AddressSet()), parts
        return self._stretches[key]

    def _chosen(
        self,
        labels: Labels,
        namespace: Namespace | None,
        workloads: Sequence[Workload],
        kind: Kind = Kind.POD,
        addresses: AddressSet | None = None,
    ) -> Iterator[bool]:
        return (chooses(choice, labels, namespace, workloads, kind, addresses) for choice in self.choices)


_NOWHERE: IPAddress = address_in(ALL_ADDRESSES)


def _single(address: IPAddress) -> AddressSet:
    return AddressSet.of((str(address),))


def _labelled(namespace: Namespace | None, place: Place) -> Namespace | None:
    """The namespace, with the labels that are assumed where nobody has said them."""
    if namespace is None or namespace.labels is not None:
        return namespace
    labels = {has.key: has.value for has in place if has.value is not None}
    return replace(namespace, labels={**labels, NAMESPACE_NAME: namespace.name})


def _is_in(workload: Workload, namespace: Namespace, some: PodClass) -> bool:
    return (
        workload.namespace == namespace.name
        and not workload.host_network
        and all(matches(workload.labels, selector) for selector in some.met)
        and not any(matches(workload.labels, selector) for selector in some.unmet)
    )


def _description(some: PodClass, domains: Domains) -> tuple[Selector, tuple[Selector, ...]]:
    """What the pods of a class meet, and what they do not, without what goes without saying."""
    met = Selector(frozenset(r for selector in some.met for r in selector.requirements))
    but_not = [s for s in some.unmet if find((met, s), (), domains) is not None]
    single = [s for s in but_not if len(s.requirements) == 1 and some.met]
    refused = frozenset(opposite(next(iter(s))) for s in single)
    return simplest(Selector(met.requirements | refused)), tuple(s for s in but_not if s not in single)
