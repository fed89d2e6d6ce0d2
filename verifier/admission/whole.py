"""Whether a request says one thing only: what an API server never sends is refused before anything is read of it."""

from collections.abc import Iterator, Mapping

from verifier.admission.objects import bears, is_global
from verifier.admission.review import Request
from verifier.manifests.documents.spot import MAX_DEPTH


def concerns(request: Request) -> bool:
    """True iff what it is about, or any object in it by its own account, may matter to an answer."""
    return bears(request.kind.api, request.kind.kind) or any(bears(*named) for named in _kinds(request))


def fault_of(request: Request) -> str | None:
    """Why a request cannot be judged: an object that is nested too deeply, or without a name (an API server has made
    one of `generateName` by the time it asks), or of which request and objects say different things; None: no such."""
    for value in _values(request):
        if _is_too_deep(value):
            return f"the object is nested more than {MAX_DEPTH} levels deep"
    for value in _values(request):
        name = _metadata(value).get("name")
        if not (isinstance(name, str) and name):
            return "the object has no name (metadata.name), so that it cannot be told apart from others"
    told = {(request.kind.api, request.kind.kind), *_kinds(request)}
    if len(told) > 1:
        return f"request and object are of different kinds: {_each(' '.join(each) for each in told)}"
    names = _said(request.name, request, "name")
    if len(names) > 1:
        return f"request and object have different names: {_each(names)}"
    homes = set() if is_global(request.kind.kind) else _said(request.namespace, request, "namespace")
    if len(homes) > 1:
        return f"request and object are in different namespaces: {_each(homes)}"
    return None


def at_home(request: Request, value: Mapping[str, object]) -> Mapping[str, object]:
    """An object with the namespace of its request, where its kind has one and it names none."""
    metadata = _metadata(value)
    if is_global(request.kind.kind) or not request.namespace or metadata.get("namespace"):
        return value
    return {**value, "metadata": {**metadata, "namespace": request.namespace}}


def _values(request: Request) -> Iterator[Mapping[str, object]]:
    yield from (value for value in (request.object, request.old_object) if value is not None)


def _kinds(request: Request) -> set[tuple[str, str]]:
    """apiVersion and kind of the objects, of those that say them."""
    found = set()
    for value in _values(request):
        api, kind = value.get("apiVersion"), value.get("kind")
        if isinstance(api, str) and isinstance(kind, str):
            found.add((api, kind))
    return found


def _said(first: str, request: Request, part: str) -> set[str]:
    """What the request and its objects say of it, of those that say anything."""
    found = [_metadata(value).get(part) for value in _values(request)]
    return {each for each in (first, *found) if isinstance(each, str) and each}


def _metadata(value: Mapping[str, object]) -> Mapping[str, object]:
    found = value.get("metadata")
    return found if isinstance(found, dict) else {}


def _each(some: "Iterator[str] | set[str]") -> str:
    return " and ".join(f"`{each}`" for each in sorted(some))


def _is_too_deep(value: Mapping[str, object]) -> bool:
    """Without recursion: the objects of a level at a time."""
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        inner: list[object] = []
        for each in level:
            inner += each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        level = [each for each in inner if isinstance(each, dict | list)]
        if not level:
            return False
    return True
