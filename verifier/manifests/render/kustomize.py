"""What `kustomize build` makes of a directory, and where each object of it comes from.

The objects are those of a build of the directory itself. Where they come from is read off a second build, of a
kustomization in a temporary directory that takes in that one and asks for `buildMetadata`: it decides positions alone,
and where it does not give the very same objects, nothing is taken from it.
"""

import os
from pathlib import Path

from verifier.errors import InputError
from verifier.manifests.documents.document import Document
from verifier.manifests.render.origins import Step, origin_of, steps_of, without_metadata
from verifier.manifests.render.output import read_output
from verifier.manifests.render.reach import Kustomization
from verifier.manifests.render.sandbox import Sandbox, program_of

PROGRAMS = ("kustomize", "kubectl")
_MANAGED = "managedByLabel"
_ASKED = ("originAnnotations", "transformerAnnotations")


def find_kustomize(name: str) -> tuple[str, ...]:
    """The beginning of a command that builds; raises InputError where no program does. name: of what has to be
    built."""
    hint = (
        f"install kustomize or kubectl; or elsewhere `kustomize build {name} | netpol check -`; "
        f"or leave it out with `--exclude`"
    )
    path, program = program_of(PROGRAMS, name, hint)
    return (path, "build") if program == "kustomize" else (path, "kustomize")


def command_for(name: str, kustomize: tuple[str, ...]) -> str:
    """The command as people would type it."""
    return f"{'kustomize build' if kustomize[1] == 'build' else 'kubectl kustomize'} {name}"


def built(root: Kustomization, name: str, kustomize: tuple[str, ...], sandbox: Sandbox) -> list[Document]:
    """The objects that a directory gives. Raises InputError where it cannot be built, or gives no YAML."""
    what = command_for(name, kustomize)
    if root.is_component:
        folder = _wrapper(root, sandbox, metadata=False)
        return read_output(sandbox.run((*kustomize, folder), what), what)
    return read_output(sandbox.run((*kustomize, root.folder), what), what)


def traced(
    root: Kustomization, name: str, kustomize: tuple[str, ...], sandbox: Sandbox, objects: list[Document]
) -> list[tuple[str | None, tuple[Step, ...]]]:
    """For each object the file that it comes from, by its real path, and what was done to it; nothing where nobody can
    say."""
    nothing: list[tuple[str | None, tuple[Step, ...]]] = [(None, ()) for _ in objects]
    what = command_for(name, kustomize)
    folder = _wrapper(root, sandbox, metadata=True)
    try:
        again = read_output(sandbox.run((*kustomize, folder), what), what)
    except InputError:
        return nothing
    if [without_metadata(each.value) for each in again] != [without_metadata(each.value) for each in objects]:
        return nothing
    return [(origin_of(each.value, folder), steps_of(each.value, folder)) for each in again]


def _wrapper(root: Kustomization, sandbox: Sandbox, *, metadata: bool) -> str:
    """A directory of the sandbox with a kustomization that takes in the one of `root`."""
    folder = Path(sandbox.folder, f"wrapper-{len(os.listdir(sandbox.folder))}")  # noqa: PTH208
    folder.mkdir()
    said = root.value.get("buildMetadata")
    kept = [_MANAGED] if isinstance(said, list) and _MANAGED in said else []
    lines = [
        "apiVersion: kustomize.config.k8s.io/v1beta1",
        "kind: Kustomization",
        f"{'components' if root.is_component else 'resources'}:",
        f"- {_quoted(os.path.relpath(root.folder, folder))}",
    ]
    asked = [*kept, *(_ASKED if metadata else ())]
    if asked:
        lines.append(f"buildMetadata: [{', '.join(asked)}]")
    (folder / "kustomization.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(folder)


def _quoted(text: str) -> str:
    """As a scalar of YAML, whatever is in the name of a directory."""
    import json

    return json.dumps(text)
