"""Every setting with its origin: flag, then NETPOL_*, then netpol.yaml, then (for switches) the profile, then
the default."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

from msgspec import Struct

from verifier.engine.problem.switches import settle
from verifier.errors import UsageError
from verifier.ir.labels import is_dns_label
from verifier.ir.profiles import PROFILES
from verifier.ir.switches import SWITCHES
from verifier.ir.universe import Universe
from verifier.manifests.specs.config import VARIABLES, Config
from verifier.manifests.specs.findconfig import load_config

Value = TypeVar("Value")

DEFAULT = "default"

REFUSED, LAST = "refuse", "last"
"""What becomes of objects of one name that differ: an error, or the one that is read last counts."""

REGIONS = 100
"""So many are listed of what was opened, and of what was closed, where nobody says how many: there can be exponentially
many."""


class Setting(Struct, Generic[Value], frozen=True):
    """A value, and in a word or two where it comes from."""

    value: Value
    origin: str


class Rendering(Struct, frozen=True):
    """Whether kustomizations and charts are rendered."""

    wanted: bool


class Settings(Struct, frozen=True):
    """All settings of a run; its switches depend on the universe too (`switches_of`).

    fixed: the texts of `--set`. spoken: the switches that NETPOL_SET names. staged: staged policies are read as if they
    were promoted, which only a command line can say. rendering: None where nothing is ever rendered. helm_values,
    helm_set: what charts are given. to_profile, to_fixed: what `--to-profile` and `--to-set` say of the new side of a
    comparison.
    """

    config: Config
    manifests: Setting[tuple[str, ...]]
    universe: Setting[str]
    namespace: Setting[str]
    profile: Setting[str]
    exclude: Setting[tuple[str, ...]]
    skip_unknown: Setting[bool]
    duplicates: Setting[str]
    output: Setting[tuple[str, ...]]
    color: Setting[str]
    timeout: Setting[float | None]
    rlimit: Setting[int | None]
    limit: Setting[int]
    jobs: Setting[int | str]
    fixed: tuple[str, ...]
    spoken: frozenset[str]
    staged: bool = False
    rendering: Rendering | None = None
    helm_values: Setting[tuple[str, ...]] = Setting((), DEFAULT)
    helm_set: Setting[tuple[str, ...]] = Setting((), DEFAULT)
    to_profile: str | None = None
    to_fixed: tuple[str, ...] = ()

    @property
    def is_of_two(self) -> bool:
        """True iff the new side of a comparison is to be judged under a setting of its own."""
        return self.to_profile is not None or bool(self.to_fixed)


def config_of(flags: Mapping[str, Any]) -> Config:
    """The configuration that a command line wants; raises InputError with every mistake in it."""
    if flags.get("no_config"):
        if flags["config"] is not None:
            raise UsageError("`--config` beside `--no-config`", "keep one of the two")
        return load_config(None, Path.cwd(), no_file=True)
    return load_config(flags["config"], Path.cwd())


def settings_of(flags: Mapping[str, Any], config: Config, environ: Mapping[str, str]) -> Settings:
    """What `flags` say, else `config`, which holds the environment's words too; `environ` only tells who said it."""
    variables = {name: variable for variable, name in VARIABLES.items() if environ.get(variable)}

    def choose(name: str, default: Any, flag: str | None = None) -> Setting[Any]:
        given = flags.get(flag or name)
        if given not in (None, (), False):
            return Setting(given, "MANIFEST" if name == "manifests" else f"--{name.replace('_', '-')}")
        said = getattr(config, name)
        if said is None:
            return Setting(default, DEFAULT)
        return Setting(said, variables.get(name) or config.file or DEFAULT)

    universe = choose("universe", "open")
    if universe.origin == DEFAULT and config.universe_spec is not None and config.file is not None:
        universe = Setting(config.universe_spec.name, config.file)
    return Settings(
        config=config,
        manifests=choose("manifests", ()),
        universe=universe,
        namespace=choose("namespace", "default"),
        profile=choose("profile", "k8s"),
        exclude=choose("exclude", ()),
        skip_unknown=choose("skip_unknown", False),
        duplicates=choose("duplicates", REFUSED),
        output=choose("output", ("text",), "outputs"),
        color=choose("color", "auto"),
        timeout=choose("timeout", None),
        rlimit=choose("rlimit", None),
        limit=choose("limit", REGIONS),
        jobs=choose("jobs", 1),
        fixed=tuple(flags.get("switches", ())),
        spoken=frozenset(item.partition("=")[0].strip() for item in environ.get("NETPOL_SET", "").split(",")),
        staged=bool(flags.get("staged")),
        rendering=_rendering(flags),
        helm_values=choose("helm_values", ()),
        helm_set=choose("helm_set", ()),
        to_profile=flags.get("to_profile"),
        to_fixed=tuple(flags.get("to_switches", ())),
    )


def _rendering(flags: Mapping[str, Any]) -> Rendering | None:
    """Only a command line can say; where its command has no such option, nothing is rendered."""
    if "render_with" not in flags:
        return None
    return Rendering(flags["render_with"] == "auto")


def namespace_of(settings: Settings) -> str:
    """The namespace of manifests that name none; raises UsageError where it cannot be one."""
    name = settings.namespace.value
    if not is_dns_label(name):
        raise UsageError(f"`{name}` is no name of a namespace", "lower-case letters, digits and `-`, 63 at most")
    return name


def jobs_of(settings: Settings) -> int:
    """How many processes are to work."""
    from verifier.processes.pool import AUTO  # what starts processes is not for --help

    jobs = settings.jobs.value
    return jobs if isinstance(jobs, int) else AUTO


def named_profile(settings: Settings) -> str | None:
    """The profile that somebody named; None: it may choose itself from the objects of the input."""
    return None if settings.profile.origin == DEFAULT else settings.profile.value


def switches_of(settings: Settings, universe: Universe, chosen: str | None = None) -> Mapping[str, Setting[str]]:
    """A value, or "open", for every switch. chosen: the profile that chose itself, which counts where nobody named one.
    Raises UsageError for names and values that do not exist."""
    layers = list(_layers(settings, universe))
    profile = named_profile(settings) or chosen or settings.profile.value
    values = settle(profile, *(layer for _, layer in layers))
    origins = dict.fromkeys(PROFILES[profile], f"profile {profile}")
    for origin, layer in layers:
        origins |= dict.fromkeys(layer, origin)
    return {name: Setting(value, origins.get(name, DEFAULT)) for name, value in values.items()}


def to_switches_of(settings: Settings, universe: Universe, chosen: str | None = None) -> Mapping[str, Setting[str]]:
    """The same of the new side of a comparison that has a setting of its own. Where `--to-profile` names its plugin,
    what is said otherwise of switches that a plugin decides is said of the old side's. chosen: the profile that chose
    itself. Raises UsageError for names and values that do not exist."""
    layers = list(_layers(settings, universe))
    profile = named_profile(settings) or chosen or settings.profile.value
    if settings.to_profile is not None:
        profile = settings.to_profile
        layers = [
            (origin, {name: value for name, value in layer.items() if name in SWITCHES and not is_of_plugin(name)})
            for origin, layer in layers
        ]
    layers.append(("--to-set", _fixed(settings.to_fixed, "--to-set")))
    values = settle(profile, *(layer for _, layer in layers))
    origins = dict.fromkeys(PROFILES[profile], f"profile {profile}")
    for origin, layer in layers:
        origins |= dict.fromkeys(layer, origin)
    return {name: Setting(value, origins.get(name, DEFAULT)) for name, value in values.items()}


def is_of_plugin(name: str) -> bool:
    return SWITCHES[name].of_plugin


def stated(switches: Mapping[str, Setting[str]]) -> Mapping[str, str]:
    """A value, or "open", for every switch; none for `external_source` where nobody has set it, since Services may open
    it then."""
    return {n: s.value for n, s in switches.items() if n != "external_source" or s.origin != DEFAULT}


def said_switches(settings: Settings, universe: Universe) -> Mapping[str, str]:
    """What is said of switches, the profile included if somebody named one: all that wins over a profile that chooses
    itself from manifests which nobody has read yet. Raises UsageError for names and values that do not exist."""
    full = switches_of(settings, universe)
    if named_profile(settings) is not None:
        return stated(full)
    return {name: full[name].value for _, layer in _layers(settings, universe) for name in layer}


def _layers(settings: Settings, universe: Universe) -> Iterator[tuple[str, Mapping[str, str]]]:
    """What speaks about switches after the profile, the weakest first; each with its origin."""
    said = settings.config.switches.items()
    yield settings.config.file or DEFAULT, {name: value for name, value in said if name not in settings.spoken}
    yield f"universe {universe.name}", universe.switches
    yield "NETPOL_SET", {name: value for name, value in said if name in settings.spoken}
    yield "--set", _fixed(settings.fixed)


def _fixed(texts: Iterable[str], option: str = "--set") -> Mapping[str, str]:
    fixed = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            message = f"`{option} {text}` is not of the form SWITCH=VALUE"
            raise UsageError(message, f"for example {option} ipblock_pods=match")
        fixed[name.strip()] = value.strip()
    return fixed
