"""What rendered directories give, each object as a text of its own with its trace; and where two of them disagree."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import combinations

from msgspec import Struct
from msgspec.structs import replace

from verifier.errors import Diagnostic, InputError, Severity
from verifier.manifests.documents.document import Document, documents
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes import kinds
from verifier.manifests.kubernetes.kustomization import RENDERED
from verifier.manifests.kubernetes.objects import Object, objects
from verifier.manifests.render.ground import Ground
from verifier.manifests.render.helm import Chart, refuse_strays, templated
from verifier.manifests.render.helm import command_for as command_of_chart
from verifier.manifests.render.kustomize import built, command_for, find_kustomize, traced
from verifier.manifests.render.output import text_of
from verifier.manifests.render.reach import Kustomization
from verifier.manifests.render.sandbox import sandbox
from verifier.manifests.render.traces import Tracer
from verifier.manifests.render.values import Values


class Made(Struct, frozen=True):
    """What one directory gives. name: as the directory is cited. command: that made it, as people would type it.
    supposes: what else it hangs on; None: on nothing that is not in the repository."""

    name: str
    command: str
    sources: tuple[Source, ...]
    objects: tuple[Object, ...]
    supposes: str | None = None


def build(root: Kustomization, ground: Ground, known: Mapping[str, Kustomization]) -> Made:
    """What a kustomization gives. known: it and all that it takes in, by the real paths of their files. Raises
    InputError where it cannot be built."""
    name = ground.cite(root.folder)
    kustomize = find_kustomize(name)
    try:
        with sandbox() as box:
            made = built(root, name, kustomize, box)
            origins = traced(root, name, kustomize, box, made)
    except InputError as error:
        raise _at(name, error) from None
    tracer = Tracer(ground, root, known, name)
    sources = (
        Source(_called(name, document), text_of(document), trace=tracer.trace(document.value, origin, steps))
        for document, (origin, steps) in zip(made, origins, strict=True)
    )
    found = (each for document in made for each in objects(document))
    return Made(name, command_for(name, kustomize), tuple(sources), tuple(found))


def template(chart: Chart, ground: Ground, values: Values) -> Made:
    """What a chart gives. Raises InputError where it cannot be rendered."""
    name = ground.cite(chart.folder)
    refuse_strays(chart, ground)
    try:
        with sandbox() as box:
            sources = templated(chart, name, values, ground, box)
    except InputError as error:
        raise _at(name, error) from None
    found = (each for source in sources for doc in documents(source, strict=False)[0] for each in objects(doc))
    supposes = "with these values, and as for a cluster that has the APIs that Helm supposes"
    return Made(name, command_of_chart(name, values), tuple(sources), tuple(found), supposes)


def matters(each: Object) -> bool:
    """True iff it is an object that is read, or about which silence could be a wrong answer."""
    return kinds.is_read(each.api, each.kind) or kinds.bearing(each.api, each.kind) is not kinds.Bearing.NONE


def conflicts(made: Sequence[Made]) -> Iterator[Diagnostic]:
    """An error for each two directories that give one object, and not alike."""
    said = [(each, {e.identity: e.value for e in each.objects if matters(e)}) for each in made]
    for (one, mine), (other, theirs) in combinations(said, 2):
        differing = [identity for identity, value in mine.items() if theirs.get(identity, value) != value]
        if differing:
            more = f" (and {len(differing) - 1} more objects)" if len(differing) > 1 else ""
            what = _words(differing[0])
            message = f"`{one.name}` and `{other.name}` both give {what}, and not alike{more}"
            hint = f"one of them at a time: `netpol check {one.name}`; or leave one out: `--exclude '{other.name}/'`"
            yield Diagnostic("rendered-twice", message, other.name, hint=hint)


def _words(identity: tuple[Hashable, str, str | None, str]) -> str:
    _, kind, namespace, name = identity
    return f"{kind} {name if namespace is None else f'{namespace}/{name}'}"


def _called(name: str, document: Document) -> str:
    """How an object is called where no file can be cited."""
    return next((f"{name} → {_words(each.identity)}" for each in objects(document)), f"{name} (rendered)")


def _at(name: str, error: InputError) -> InputError:
    return InputError([replace(each, file=each.file or name) for each in error.diagnostics])


def told(each: Made) -> Diagnostic:
    """That a directory was rendered, and how; a warning where others would render it otherwise."""
    severity, more = (Severity.NOTE, "") if each.supposes is None else (Severity.WARNING, f", {each.supposes}")
    return Diagnostic(RENDERED, f"rendered by `{each.command}`{more}", each.name, severity=severity)
