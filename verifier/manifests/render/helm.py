"""What `helm template` makes of a chart. Nothing is fetched: what a chart needs has to lie in it."""

import os
import posixpath
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from verifier.errors import Diagnostic, InputError
from verifier.manifests.documents.document import Document, documents
from verifier.manifests.documents.files import CHART, TEMPLATES
from verifier.manifests.documents.source import Source, reason, shown
from verifier.manifests.documents.trace import Templated
from verifier.manifests.render.ground import Ground
from verifier.manifests.render.output import read_output, text_of
from verifier.manifests.render.sandbox import Sandbox, program_of
from verifier.manifests.render.values import Values

DEPENDENCIES = "charts"
_SOURCE = re.compile(r"^# Source: (\S[^\n]*)$", re.MULTILINE)
_MOST = 100_000
"""Files of one chart that are looked at."""


class Chart(Struct, frozen=True):
    """A directory with a chart, by its real path. called: as the chart calls itself. is_library: it gives no
    objects."""

    folder: str
    called: str
    is_library: bool


def read_chart(folder: str, ground: Ground) -> Chart | None:
    """The chart of a directory; None where what it has under that name is none, or it has nothing to render."""
    try:
        found, _ = documents(ground.read(os.path.join(folder, CHART)), strict=False)  # noqa: PTH118
    except InputError:
        return None
    value = found[0].value if len(found) == 1 else None
    called = value.get("name") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(called, str) or "apiVersion" not in value:
        return None
    if not any(Path(folder, name).is_dir() for name in (TEMPLATES, DEPENDENCIES)):
        return None
    return Chart(folder, called, value.get("type") == "library")


def find_helm(name: str) -> str:
    """The program; raises InputError where it is missing. name: of what has to be rendered."""
    hint = f"install helm; or elsewhere `helm template {name} | netpol check -`; or leave it out with `--exclude`"
    return program_of(("helm",), name, hint)[0]


def command_for(name: str, values: Values) -> str:
    """The command as people would type it."""
    given = [f"--values {file}" for file in values.files] + [f"--set {each}" for each in values.sets]
    return " ".join(["helm template", name, *given])


def refuse_strays(chart: Chart, ground: Ground) -> None:
    """Raises InputError where a file of the chart is none, or lies outside of the repository; of one that is in no
    repository, outside of the chart."""
    home = ground.home(chart.folder) or chart.folder
    mistakes, seen = [], 0
    for folder, folders, files in os.walk(chart.folder):
        for name in (*folders, *files):
            seen += 1
            path = os.path.join(folder, name)  # noqa: PTH118
            real = os.path.realpath(path)
            if not f"{real}/".startswith(f"{home.rstrip('/')}/"):
                mistakes.append(Diagnostic("symlink", "a symbolic link that leads out", ground.cite(path)))
            elif not (os.path.isfile(real) or os.path.isdir(real)):  # noqa: PTH112, PTH113
                mistakes.append(Diagnostic("path", "neither a file nor a directory", ground.cite(path)))
        if seen > _MOST:
            mistakes.append(Diagnostic("size", f"more than {_MOST} files in a chart", ground.cite(chart.folder)))
            break
    if mistakes:
        raise InputError(mistakes)


def templated(chart: Chart, name: str, values: Values, ground: Ground, sandbox: Sandbox) -> list[Source]:
    """The objects that a chart gives, each as a text of its own that is cited where its template is. Raises InputError
    where it cannot be rendered, or gives no YAML."""
    what = command_for(name, values)
    options = [f"--values={_file(path)}" for path in values.files] + [f"--set={each}" for each in values.sets]
    command = [find_helm(name), "template", chart.folder, f"--namespace={values.namespace}", *options]
    made = read_output(sandbox.run(command, what), what)
    templates: dict[str, Source] = {}
    return [_source(document, chart, name, ground, templates) for document in made]


def _file(path: str) -> str:
    """A file of values, which has to be one here: Helm would fetch others."""
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError) as error:
        raise InputError(Diagnostic("path", reason(error), shown(path), hint="given as values for charts")) from error
    if not stat.S_ISREG(mode):
        raise InputError(Diagnostic("path", "no file", shown(path), hint="given as values for charts"))
    return str(Path(path).resolve())


def _source(document: Document, chart: Chart, name: str, ground: Ground, templates: dict[str, Source]) -> Source:
    text = text_of(document)
    said = _SOURCE.search(text)
    path = next(_templates(chart, "" if said is None else said[1]), os.path.join(chart.folder, CHART))  # noqa: PTH118
    if path not in templates:
        try:
            templates[path] = ground.read(path)
        except InputError:
            templates[path] = Source(ground.cite(path), "")
    return Source(f"{name} (rendered)", text, trace=Templated(templates[path], name))


def _templates(chart: Chart, said: str) -> Iterator[str]:
    """The file in the chart that a `# Source:` line names, by the name of the chart and a path in it."""
    called, _, inside = posixpath.normpath(said).partition("/")
    path = os.path.realpath(os.path.join(chart.folder, inside))  # noqa: PTH118
    if called == chart.called and path.startswith(f"{chart.folder}/") and os.path.isfile(path):  # noqa: PTH113
        yield path
