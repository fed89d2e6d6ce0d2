"""Renders what has to be, if that is wanted; where nothing has to be, none of what renders is even loaded."""

from collections.abc import Sequence

from msgspec.structs import replace

from verifier.manifests.documents.places import Place
from verifier.manifests.kubernetes.kustomization import left_unbuilt, may_be_rendered
from verifier.manifests.kubernetes.load import Texts
from verifier.manifests.render.values import Values


def as_wanted(texts: Texts, paths: Sequence[Place], values: Values | None) -> Texts:
    """`texts`, which stand at `paths`, with those directories rendered that have to be. values: what charts are given;
    None: nothing is to be rendered. Raises InputError where a directory cannot be rendered, or is not to be and had to
    be."""
    texts = replace(texts, mistakes=(*texts.mistakes, *left_unbuilt(texts.left_out)))
    if not any(map(may_be_rendered, texts.sources)):
        return texts
    from verifier.manifests.render.texts import refuse_rendering, with_rendered

    if values is None:
        refuse_rendering(texts, paths)
        return texts
    return with_rendered(texts, paths, values)
