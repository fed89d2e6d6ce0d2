"""What to type after an answer: a first one, where nobody has said yet what to check; one that may be repaired."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from verifier.cli.inputs.settings import Settings
from verifier.cli.inputs.shellwords import line_of
from verifier.engine.results.check import CheckReport, Result, Verdict
from verifier.manifests.documents.files import STDIN
from verifier.manifests.documents.there import is_there
from verifier.report.words.paint import visible

if TYPE_CHECKING:
    from verifier.ir.cluster import Cluster


def next_steps(settings: Settings, cluster: "Cluster") -> str:
    """Lines to type, with the manifests and the ways of reading that this run was given."""
    root = click.get_current_context().find_root().command_path
    how = _how(settings)
    homes = [workload.namespace for workload in cluster.workloads] or [each.name for each in cluster.namespaces]
    claim = f"never external -> {homes[0] if homes else 'default'}/*"
    steps = [("write down what holds today", ("init", *how)), ("ask of your own", ("check", *how, "-e", claim))]
    if STDIN not in settings.manifests.value:
        steps.append(("keep it so in CI", ("gate", "--base", "main", *how)))
    lines = [(why, line_of([*root.split(), *words])) for why, words in steps]
    shown = [(why, line) for why, line in lines if visible(line) == line]
    width = max((len(why) for why, _ in shown), default=0)
    return "\n".join(f"{'' if count else 'next:':<6}{why:<{width}}  {line}" for count, (why, line) in enumerate(shown))


def offering(report: CheckReport, settings: Settings, flags: Mapping[str, Any]) -> CheckReport:
    """The report, each violated property that may be mended with the line that looks for a repair. Whether there is one
    is not known before that."""
    broken = any(result.verdict is Verdict.VIOLATED for result in report.results)
    line = repair_line(settings, flags) if broken and not report.passed_over else ""
    if not line:
        return report
    from verifier.mending.edits import may_mend

    def offered(result: Result) -> Result:
        if result.verdict is not Verdict.VIOLATED or result.witness is None:
            return result
        return replace(result, repair=line) if may_mend(result.property.claim, result.witness) else result

    return replace(report, results=tuple(map(offered, report.results)))


def repair_line(settings: Settings, flags: Mapping[str, Any]) -> str:
    """The line that looks for repairs of what was checked; empty where what was read cannot be repaired, or the line
    would hold what nobody sees. flags: what stood on the command line."""
    if any(not is_there(name) for name in settings.manifests.value):
        return ""
    root = click.get_current_context().find_root().command_path
    asked = [(option, word) for option, name in _REPEATED for word in flags.get(name) or ()]
    asked += [(option, flags[name]) for option, name, default in _SINGLE if flags.get(name) not in (None, default)]
    plain = [option for option, name in _FLAGS if flags.get(name)]
    words = [word for pair in asked for word in pair]
    line = line_of([*root.split(), "fix", *_how(settings), *plain, *words])
    return line if visible(line) == line else ""


_REPEATED = (("-p", "properties"), ("-e", "expressions"), ("--helm-values", "helm_values"), ("--helm-set", "helm_set"))
_SINGLE = (("--config", "config", None), ("--render-with", "render_with", "auto"))
_FLAGS = (("--no-config", "no_config"), ("--staged", "staged"))
"""What besides the manifests says what is asked of what, and how it is read."""


def _how(settings: Settings) -> list[str]:
    """The manifests, as far as the command line named them, and how they are read."""
    if settings.manifests.origin != "MANIFEST":
        return [*_reading(settings)]
    paths = [f"./{path}" if path.startswith("-") and path != STDIN else path for path in settings.manifests.value]
    return [*paths, *_reading(settings)]


def _reading(settings: Settings) -> Iterator[str]:
    """The options by which manifests are read, as far as the command line gave them."""
    for name in ("universe", "namespace", "profile", "duplicates"):
        setting = getattr(settings, name)
        if setting.origin == f"--{name}":
            yield from (f"--{name}", setting.value)
    for switch in settings.fixed:
        yield from ("--set", switch)
    if settings.exclude.origin == "--exclude":
        for glob in settings.exclude.value:
            yield from ("--exclude", glob)
    if settings.skip_unknown.origin == "--skip-unknown":
        yield "--skip-unknown"
