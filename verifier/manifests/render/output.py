"""What programs that render write, as documents."""

from verifier.errors import Diagnostic, InputError, Severity
from verifier.manifests.documents.document import Document, documents
from verifier.manifests.documents.source import Source
from verifier.manifests.render.sandbox import CODE


def read_output(output: bytes, what: str) -> list[Document]:
    """The documents that a command wrote; raises InputError where they are no YAML."""
    try:
        found, faults = documents(Source.of(what, output), strict=False)
    except InputError as error:
        faults = list(error.diagnostics)
        found = []
    wrong = [fault for fault in faults if fault.severity is Severity.ERROR]
    if wrong:
        where = "" if wrong[0].line is None else f"line {wrong[0].line}: "
        raise InputError(Diagnostic(CODE, f"what `{what}` writes cannot be read: {where}{wrong[0].message}"))
    return found


def text_of(document: Document) -> str:
    """The text of a document, without those beside it."""
    return document.source.text[document.start : document.end]
