"""Universe files, to a `Universe` (docs/universe.md)."""

from pathlib import Path

from verifier.errors import Diagnostic, InputError
from verifier.ir.endpoint import Namespace
from verifier.ir.labels import EVERYTHING, NAMESPACE_NAME
from verifier.ir.network import ALL_ADDRESSES, AddressSet
from verifier.ir.origin import Origin
from verifier.ir.pods import PodPeer
from verifier.ir.policy import NO_POLICIES, PolicySet
from verifier.ir.universe import Invariant, LabelDomain, Universe
from verifier.manifests.documents.document import Document, read_documents
from verifier.manifests.documents.places import Place, beside, read
from verifier.manifests.kubernetes.load import read_policies
from verifier.manifests.specs.form import complaint, fill, foreign, kind_of
from verifier.manifests.specs.peerform import selector
from verifier.manifests.specs.universeform import (
    DomainForm,
    KnownForm,
    UniverseForm,
    UniverseSpec,
    WhereForm,
    switch_value,
)


def read_universe(place: Place) -> Universe:
    """The universe of the one document of kind Universe in this file."""
    source = read(place)
    found = read_documents(source)
    universes = [document for document in found if kind_of(document) == "Universe"]
    if not universes:
        strangers = [foreign(document, "Universe") for document in found if kind_of(document) is None]
        none = Diagnostic("no-universe", "no document of `kind: Universe` here", source.name)
        raise InputError(strangers or none)
    if len(universes) > 1:
        raise InputError(complaint(universes[1], ("kind",), "a second universe in one file", "one file, one universe"))
    return to_universe(universes[0], place)


def to_universe(document: Document, place: Place | None = None) -> Universe:
    """The universe of a document of kind Universe in the file at `place` (None: at the name of its source); raises
    InputError with every mistake in it."""
    form = fill(UniverseForm, document)
    spec, at = form.spec, Origin(document, ("spec",))
    name = form.metadata.name if form.metadata is not None else None
    return Universe(
        name=name or Path(document.source.name).stem,
        known=tuple(_known(k, at.child("namespaces", "known", i)) for i, k in enumerate(spec.namespaces.known)),
        other_namespaces=spec.namespaces.others,
        other_pods=spec.pods.others,
        namespace_labels=_domains(spec.namespaces.labels, at.child("namespaces", "labels")),
        pod_labels=_domains(spec.pods.labels, at.child("pods", "labels")),
        invariants=tuple(
            Invariant(i.name, _where(i.pods), _where(i.only_in), at.child("invariants", index))
            for index, i in enumerate(spec.invariants)
        ),
        templates=_templates(spec, document, document.source.name if place is None else place),
        nodes=spec.nodes,
        families=frozenset(spec.families or (4, 6)),
        pod_addresses=_addresses(spec.addresses.pods),
        node_addresses=_addresses(spec.addresses.nodes),
        service_addresses=None if spec.addresses.services is None else AddressSet.of(spec.addresses.services),
        switches={name: str(switch_value(name, value)) for name, value in spec.switches.items()},
        origin=Origin(document),
    )


def _known(form: KnownForm, origin: Origin) -> Namespace:
    return Namespace(form.name, {**form.labels, NAMESPACE_NAME: form.name}, origin=origin)


def _domains(forms: dict[str, DomainForm], origin: Origin) -> dict[str, LabelDomain]:
    return {
        key: LabelDomain(tuple(dict.fromkeys(form.values)), form.others, form.required, origin.child(key))
        for key, form in forms.items()
    }


def _where(form: WhereForm) -> PodPeer:
    return PodPeer(
        EVERYTHING if form.pod_selector is None else selector(form.pod_selector),
        None if form.namespaces is None else frozenset(form.namespaces),
        None if form.namespace_selector is None else selector(form.namespace_selector),
    )


def _addresses(cidrs: list[str] | None) -> AddressSet | None:
    """The addresses of `cidrs`, and all addresses of a family that none of them has: a list restricts only the families
    it contains, and nobody downstream has to know."""
    if cidrs is None:
        return None
    listed = AddressSet.of(cidrs)
    return AddressSet(
        ALL_ADDRESSES.v4 if listed.v4.is_empty() else listed.v4,
        ALL_ADDRESSES.v6 if listed.v6.is_empty() else listed.v6,
    )


def _templates(spec: UniverseSpec, document: Document, place: Place) -> PolicySet:
    """The policies of new namespaces; their files are named relative to the universe's own."""
    if not spec.new_namespaces_get:
        return NO_POLICIES
    sources, mistakes = [], []
    for index, name in enumerate(spec.new_namespaces_get):
        try:
            sources.append(read(beside(place, name)))
        except InputError as error:
            at = ("spec", "newNamespacesGet", index)
            mistakes += [complaint(document, at, f"`{name}`: {d.message}", d.hint, d.code) for d in error.diagnostics]
    if mistakes:
        raise InputError(mistakes)
    return read_policies(sources)
