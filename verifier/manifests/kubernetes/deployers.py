"""Objects of Flux and Argo CD that deploy what lies elsewhere: what they deploy is what should be checked.

Sources: the API references of Flux (kustomize.toolkit.fluxcd.io `Kustomization`, helm.toolkit.fluxcd.io `HelmRelease`)
and of Argo CD (argoproj.io `Application`).
"""

from collections.abc import Callable, Iterator, Sequence

from verifier.errors import Diagnostic, Severity
from verifier.ir.prose import listed
from verifier.manifests.kubernetes.fields import Problem, quoted
from verifier.manifests.kubernetes.kinds import group_of
from verifier.manifests.kubernetes.objects import Object

CODE = "deploys"
_MOST = 4


def is_deployer(each: Object) -> bool:
    """True iff it is an object of Flux or Argo CD that deploys manifests."""
    return (group_of(each.api), each.kind) in _READERS


def deployments(found: Sequence[Object]) -> list[Diagnostic]:
    """One note that lists what these objects deploy, at the first of them."""
    told = sorted((each for each in found if _paths(each)), key=lambda each: (_name(each), _paths(each)))
    if not told:
        return []
    texts = dict.fromkeys(f"{_name(each)} {' and '.join(map(quoted, _paths(each)))}" for each in told)
    message = f"what deploys from elsewhere, and is not followed: {listed(texts, _MOST)}"
    local = next((path for each in told for path in _paths(each) if "/" in path and ":" not in path), None)
    hint = f"check what is deployed: `netpol check {local.removeprefix('./') or '.'}`" if local is not None else None
    return [told[0].diagnostic(Problem(CODE, (), message, hint, Severity.NOTE))]


def _paths(each: Object) -> tuple[str, ...]:
    """The paths and charts that an object names, as it names them."""
    spec = each.value.get("spec")
    read = _READERS[group_of(each.api), each.kind]
    return tuple(text for text in read(spec) if text) if isinstance(spec, dict) else ()


def _of_flux(spec: dict[str, object]) -> Iterator[str]:
    path = spec.get("path", "./")
    if isinstance(path, str):
        yield path


def _of_release(spec: dict[str, object]) -> Iterator[str]:
    yield _text(_within(spec, "chart", "spec"), "chart")
    yield _text(spec.get("chartRef"), "name")


def _of_application(spec: dict[str, object]) -> Iterator[str]:
    sources = spec.get("sources")
    for source in (spec.get("source"), *(sources if isinstance(sources, list) else ())):
        yield _text(source, "path") or _text(source, "chart")


def _of_set(spec: dict[str, object]) -> Iterator[str]:
    inner = _within(spec, "template", "spec")
    if isinstance(inner, dict):
        yield from _of_application(inner)


_READERS: dict[tuple[str, str], Callable[[dict[str, object]], Iterator[str]]] = {
    ("kustomize.toolkit.fluxcd.io", "Kustomization"): _of_flux,
    ("helm.toolkit.fluxcd.io", "HelmRelease"): _of_release,
    ("argoproj.io", "Application"): _of_application,
    ("argoproj.io", "ApplicationSet"): _of_set,
}


def _name(each: Object) -> str:
    _, kind, namespace, name = each.identity
    return f"{kind} {name}" if namespace is None else f"{kind} {namespace}/{name}"


def _within(value: object, *steps: str) -> object:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _text(value: object, name: str) -> str:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""
