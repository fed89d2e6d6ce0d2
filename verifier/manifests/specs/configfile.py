"""Reads netpol.yaml: documents of kind Config, Properties and Universe, to one `Config`; and lays variables over it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from verifier.errors import Diagnostic, InputError
from verifier.ir.universe import RESERVED
from verifier.manifests.documents.document import Document, documents
from verifier.manifests.documents.places import Place, from_here, read
from verifier.manifests.documents.there import is_there
from verifier.manifests.specs.config import VARIABLES, Config, LintChoice
from verifier.manifests.specs.configform import ConfigForm, ConfigSpec, LintForm
from verifier.manifests.specs.form import Form, Slip, attempt, complaint, fill, foreign, kind_of
from verifier.manifests.specs.properties import properties_from_document, refuse_namesakes
from verifier.manifests.specs.universe import universe_from_document
from verifier.manifests.specs.universeform import switch_value
from verifier.version import WRITTEN, is_at_least, version


def read_config(place: Place) -> Config:
    """The settings of the file at `place`; raises InputError with every mistake in it."""
    source = read(place)
    found, mistakes = documents(source)
    config = Config(file=source.name, at=None if isinstance(place, str) else place.at)
    kinds: dict[str, Document] = {}
    for document in found:
        try:
            kind = _kind(document)
            if kind in kinds and kind != "Properties":
                mistakes.append(complaint(document, ("kind",), f"a second document of kind {kind} in one file"))
            kinds.setdefault(kind, document)
            _refuse_if_older(document)
            config = _add(config, kind, document, place)
        except InputError as error:
            mistakes += error.diagnostics
    try:
        refuse_namesakes(config.properties)
    except InputError as error:
        mistakes += error.diagnostics
    mistakes += _two_universes(config, kinds)
    if mistakes:
        raise InputError(mistakes)
    return _beside(config, Path(place if isinstance(place, str) else from_here(place)).parent)


def _kind(document: Document) -> str:
    kind = kind_of(document)
    if kind is None:
        raise InputError(foreign(document, "Config or Properties or Universe"))
    if kind == "Acceptances":
        hint = "put them into `netpol.accept.yaml`, which others than the authors of a change can guard"
        raise InputError(complaint(document, ("kind",), "acceptances stand in a file of their own", hint))
    if kind == "Fleet":
        hint = "name that file: `netpol fleet FILE`"
        raise InputError(complaint(document, ("kind",), "a fleet stands in a file of its own", hint))
    return kind


def _refuse_if_older(document: Document) -> None:
    """Raises InputError where the file wants a later version, before anything is said about what this one does not
    know of it."""
    spec = document.value.get("spec") if isinstance(document.value, dict) else None
    wanted = spec.get("minVersion") if isinstance(spec, dict) else None
    here = version()
    if isinstance(wanted, str) and WRITTEN.fullmatch(wanted) and not is_at_least(here, wanted):
        message = f"this is netpol {here}, and {wanted} or later is wanted"
        raise InputError(complaint(document, ("spec", "minVersion"), message, "install a later version", "min-version"))


def _add(config: Config, kind: str, document: Document, place: Place) -> Config:
    """`config` with what one document of the file at `place` says."""
    match kind:
        case "Properties":
            return replace(config, properties=config.properties + properties_from_document(document))
        case "Universe":
            return replace(config, universe_spec=universe_from_document(document, place))
    return _with(config, fill(ConfigForm, document).spec)


def _with(config: Config, spec: ConfigSpec) -> Config:
    """`config`, but for what `spec` says."""
    said: dict[str, Any] = {
        name: getattr(spec, name) for name in spec.model_fields_set - {"switches", "lint", "min_version"}
    }
    lists = {name: tuple(value) for name, value in said.items() if isinstance(value, list)}
    switches = {name: str(switch_value(name, value)) for name, value in (spec.switches or {}).items()}
    lint = config.lint if spec.lint is None else _lint(spec.lint)
    return replace(config, **{**said, **lists}, switches={**config.switches, **switches}, lint=lint)


def _lint(form: LintForm) -> LintChoice:
    rules = None if form.rules is None else tuple(form.rules)
    return LintChoice(rules, tuple(form.no_rules or ()), form.fail_on)


def _two_universes(config: Config, kinds: Mapping[str, Document]) -> Iterator[Diagnostic]:
    """The complaint that the file holds a universe and names another one."""
    if config.universe_spec is not None and config.universe not in (None, config.universe_spec.name):
        message = (
            f"`universe: {config.universe}` beside a document of kind Universe named `{config.universe_spec.name}`"
        )
        yield complaint(kinds["Config"], ("spec", "universe"), message, "keep one of the two")


def _beside(config: Config, folder: Path) -> Config:
    """`config` with the paths of a file in `folder`, which are relative to it."""
    manifests = None if config.manifests is None else tuple(path_beside(folder, name) for name in config.manifests)
    output = None if config.output is None else tuple(_output(folder, text) for text in config.output)
    values = None if config.helm_values is None else tuple((folder / name).as_posix() for name in config.helm_values)
    config = replace(config, manifests=manifests, output=output, helm_values=values)
    if config.universe is None or config.universe in RESERVED:
        return config
    if config.universe_spec is not None:
        return replace(config, universe=None)
    return replace(config, universe=path_beside(folder, config.universe))


def path_beside(folder: Path, name: str) -> str:
    """`name` below `folder`; standard input and git revisions (`REV:PATH`) stay as they are."""
    place = folder / name
    if name == "-" or (":" in name and not is_there(place)):
        return name
    return place.as_posix()


def _output(folder: Path, text: str) -> str:
    form, equals, name = text.partition("=")
    return f"{form}={path_beside(folder, name)}" if equals else text


def overlay(config: Config, said: Mapping[str, str]) -> Config:
    """`config`, but for what the environment variables in `said` say; raises InputError with every mistake."""
    mistakes: list[Diagnostic] = []
    values: dict[str, object] = {}
    for variable, text in said.items():
        try:
            if not _is_utf_8(text):
                raise ValueError("not UTF-8 text")
            values[_alias(variable)] = _value(VARIABLES[variable], text)
        except ValueError as error:
            mistakes.append(Diagnostic("environment", f"{variable}: {error}"))
    filled = attempt(ConfigSpec, values)
    if not isinstance(filled, Form):
        mistakes += [_of_variable(slip) for slip in filled]
    if mistakes or not isinstance(filled, Form):
        raise InputError(mistakes)
    spec_name = config.universe_spec and config.universe_spec.name
    config = _with(config, filled)
    return replace(config, universe=None) if config.universe == spec_name else config


def _is_utf_8(text: str) -> bool:
    """False iff bytes of the environment stand for themselves in it."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _alias(variable: str) -> str:
    """The field of the form that a variable sets."""
    return ConfigSpec.model_fields[VARIABLES[variable]].alias or VARIABLES[variable]


def _of_variable(slip: Slip) -> Diagnostic:
    variable = next(variable for variable in VARIABLES if _alias(variable) == slip.path[0])
    return Diagnostic("environment", f"{variable}: {slip.message}", hint=slip.hint or None)


def _value(name: str, text: str) -> object:
    """The text of a variable as the field `name` has it; raises ValueError where it does not fit."""
    match name:
        case "exclude" | "output":
            return [item.strip() for item in text.split(",") if item.strip()]
        case "switches":
            pairs = [item.partition("=") for item in text.split(",")]
            if not all(equals for _, equals, _ in pairs):
                raise ValueError(f"`{text}` is not of the form SWITCH=VALUE,SWITCH=VALUE")
            return {switch.strip(): value.strip() for switch, _, value in pairs}
        case "skip_unknown":
            return _truth(text)
        case "timeout":
            return _number(text, float)
        case "rlimit" | "limit":
            return _number(text, int)
        case "jobs":
            return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text
    return text


def _number(text: str, kind: type[int] | type[float]) -> float:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"`{text}` is no {'whole ' if kind is int else ''}number") from None


def _truth(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in words:
        raise ValueError(f"`{text}` is neither true nor false")
    return words[text.lower()]
