"""What charts are given, and what is said where there are none."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from verifier.cli.inputs.settings import Settings, namespace_of
from verifier.errors import Diagnostic, InputError, Severity

if TYPE_CHECKING:
    from verifier.manifests.render.values import Values


def values_of(settings: Settings) -> "Values":
    """What the settings give to charts. Raises InputError where a configuration names files that are not its own:
    whoever may change it could have a report show what they hold."""
    from verifier.manifests.render.values import Values, refuse_outside

    values, config = settings.helm_values, settings.config
    if values.value and config.file is not None and values.origin == config.file:
        if config.at is not None:
            message = "values for charts, named by a configuration at a revision, where no program can read them"
            raise InputError(Diagnostic("helm-values", message, config.file, hint="give them with `--helm-values`"))
        refuse_outside(values.value, config.file)
    return Values(values.value, settings.helm_set.value, namespace_of(settings))


def unused_values(settings: Settings, found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """A warning about values that no chart was given, on whichever side; but for those of a configuration whose
    manifests were not read, since the command line names others. found: what reading them said."""
    wanted = settings.rendering is not None and settings.rendering.wanted
    given = [each for each in (settings.helm_values, settings.helm_set) if each.value]
    if settings.manifests.origin != settings.config.file:
        given = [each for each in given if each.origin != settings.config.file]
    if not given or (wanted and any(map(_is_of_chart, found))):
        return ()
    why = "no chart is rendered here" if wanted else "nothing is rendered (`--render-with never`)"
    message = f"values for charts, by {' and '.join(dict.fromkeys(each.origin for each in given))}, and {why}"
    return (Diagnostic("unused-values", message, severity=Severity.WARNING),)


def _is_of_chart(found: Diagnostic) -> bool:
    """True iff it says that a chart was rendered: of these alone a warning does."""
    from verifier.manifests.kubernetes.kustomization import RENDERED  # whoever asks for help needs no reader

    return found.code == RENDERED and found.severity is Severity.WARNING
