"""Acceptances: what a team lives with for a while (docs/acceptances.md).

Takes the text of a file; gives its acceptances, or raises InputError with every mistake.
"""

from collections.abc import Iterable
from datetime import date

from msgspec.structs import replace

from verifier.errors import Diagnostic, InputError, Severity
from verifier.ir.acceptance import Acceptance, Flow
from verifier.ir.notation import say_peers, say_ports
from verifier.ir.origin import Origin, Path
from verifier.manifests.documents.document import Document, documents
from verifier.manifests.documents.source import Source
from verifier.manifests.notation.expression import parse_flow
from verifier.manifests.specs.acceptanceform import AcceptanceForm, AcceptancesForm, AcceptedFlowForm, parse_date
from verifier.manifests.specs.form import complaint, fill, foreign, kind_of
from verifier.manifests.specs.peerform import peers, ports

FILE = "netpol.accept.yaml"
"""Where acceptances stand, unless somebody says otherwise."""


def read_acceptances(source: Source) -> tuple[Acceptance, ...]:
    """The acceptances of all documents of `source`, in their order."""
    found, mistakes = documents(source)
    accepted: list[Acceptance] = []
    for document in found:
        try:
            accepted += acceptances_from_document(document)
        except InputError as error:
            mistakes += error.diagnostics
    if mistakes:
        raise InputError(mistakes)
    return tuple(accepted)


def acceptances_from_document(document: Document) -> tuple[Acceptance, ...]:
    """The acceptances of a document of kind Acceptances; raises InputError with every mistake in it."""
    kind = kind_of(document)
    if kind is None:
        raise InputError(foreign(document, "Acceptances"))
    if kind != "Acceptances":
        raise InputError(complaint(document, ("kind",), f"a document of kind {kind} where acceptances are expected"))
    forms = fill(AcceptancesForm, document).spec.acceptances
    return tuple(_acceptance(form, Origin(document, ("spec", "acceptances", i))) for i, form in enumerate(forms))


def _acceptance(form: AcceptanceForm, origin: Origin) -> Acceptance:
    flows = tuple(_flow(item, origin.child("flows", index)) for index, item in enumerate(form.flows))
    return Acceptance(form.property, flows, form.reason, form.owner, parse_date(form.expires), origin)


def _flow(item: str | AcceptedFlowForm, origin: Origin) -> Flow:
    """A bare podSelector means pods of all declared namespaces, as a bare selector of a line does."""
    if isinstance(item, str):
        return parse_flow(item, origin)
    sources, destinations, numbers = peers(item.from_, None), peers(item.to, None), ports(item.ports)
    said = say_ports(numbers)
    text = f"{say_peers(sources)} -> {say_peers(destinations)}"
    written = item.model_dump_json(by_alias=True, exclude_unset=True)
    return Flow(sources, destinations, numbers, f"{text} : {said}" if said else text, written)


def in_force(acceptances: Iterable[Acceptance], today: date) -> tuple[tuple[Acceptance, ...], tuple[Acceptance, ...]]:
    """The acceptances that hold on `today`, and those that do not hold any more."""
    every = tuple(acceptances)
    return tuple(a for a in every if a.expires >= today), tuple(a for a in every if a.expires < today)


def unused(acceptances: Iterable[Acceptance]) -> list[Diagnostic]:
    """A warning about each of these acceptances, which excuse nothing any more."""
    return [
        _complain(
            acceptance,
            (),
            Diagnostic(
                "unused",
                f"this acceptance of {_whose(acceptance)} excuses nothing any more",
                hint="remove it",
                severity=Severity.WARNING,
            ),
        )
        for acceptance in acceptances
    ]


def _whose(acceptance: Acceptance) -> str:
    return "growth" if acceptance.property is None else f"`{acceptance.property}`"


def expired(acceptance: Acceptance) -> Diagnostic:
    """The error that something needs an acceptance which does not hold any more."""
    message = f"this acceptance of {_whose(acceptance)} expired on {acceptance.expires} (owner: {acceptance.owner})"
    hint = "mend what it excused, or agree with its owner on a later day: the change that says so passes"
    return _complain(acceptance, ("expires",), Diagnostic("expired", message, hint=hint))


def _complain(acceptance: Acceptance, path: Path, diagnostic: Diagnostic) -> Diagnostic:
    """The diagnostic, at the value at `path` of the acceptance."""
    if acceptance.origin is None:
        return diagnostic
    place = acceptance.origin.child(*path).position
    return replace(diagnostic, file=place.file, line=place.line, column=place.column)
