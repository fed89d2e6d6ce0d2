"""Dialects: policies that only one plugin reads, so that objects of theirs say which plugin there is, and with it which
profile (docs/semantics.md 1.4, 8).

A profile that nobody named chooses itself from the objects. Dialects of two plugins in one input are refused, since no
cluster runs both, and so is a profile of another plugin.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from verifier.errors import Diagnostic, Severity
from verifier.ir.origin import Origin
from verifier.ir.policy import Citation
from verifier.ir.profiles import NEUTRAL


class Dialect(Struct, frozen=True):
    """name: that of the plugin. profiles: those of clusters that read it; the first chooses itself."""

    name: str
    profiles: tuple[str, ...]


CALICO = Dialect("Calico", ("calico",))
CILIUM = Dialect("Cilium", ("cilium", "azure-cilium", "gke-dataplane-v2"))
DIALECTS = (CALICO, CILIUM)


class Spoken(Struct, frozen=True):
    """An object of a dialect."""

    dialect: Dialect
    citation: Citation
    origin: Origin


class Choice(Struct, frozen=True):
    """In which dialect NetworkPolicies are to be read, too (None: in that of Kubernetes), and under which profile.
    chosen_for: the object from which the profile chose itself; None where somebody named it, or where there is none."""

    dialect: Dialect | None = None
    profile: str | None = None
    chosen_for: Citation | None = None


def choose(profile: str | None, spoken: Iterable[Spoken], found: list[Diagnostic]) -> Choice:
    """The choice that a profile (None: nobody named one) and the objects of dialects leave; adds to `found` what is
    wrong with them, or that the profile chose itself. The neutral profile goes with every dialect: it leaves open what
    others fix."""
    firsts = _firsts(spoken)
    named = next((dialect for dialect in DIALECTS if profile in dialect.profiles), None)
    if not firsts:
        return Choice(named, profile)
    first, *others = firsts
    if others:
        found.append(_two_plugins(first, others[0]))
    elif profile is not None and profile != NEUTRAL and first.dialect is not named:
        found.append(_other_plugin(profile, first))
    elif profile is None:
        chosen = first.dialect.profiles[0]
        message = f"profile `{chosen}`, since the input holds {first.citation}; nobody named one (`--profile`)"
        found.append(_at(first, "profile", message, None, Severity.NOTE))
        return Choice(first.dialect, chosen, first.citation)
    return Choice(first.dialect, profile)


def _firsts(spoken: Iterable[Spoken]) -> Sequence[Spoken]:
    """Of each dialect the object whose name comes first, whatever the order of reading."""
    firsts: dict[str, Spoken] = {}
    for each in spoken:
        known = firsts.get(each.dialect.name)
        if known is None or str(each.citation) < str(known.citation):
            firsts[each.dialect.name] = each
    return [firsts[name] for name in sorted(firsts)]


def _two_plugins(first: Spoken, second: Spoken) -> Diagnostic:
    there = first.origin.position
    message = f"{second.citation}, of {second.dialect.name}, beside {first.citation}, of {first.dialect.name} ({there})"
    return _at(second, "two-plugins", message, "no cluster runs both: leave one of them out with `--exclude`")


def _other_plugin(profile: str, each: Spoken) -> Diagnostic:
    message = f"{each.citation}, of {each.dialect.name}, under the profile `{profile}`, which is that of another plugin"
    own = " or ".join(f"`{name}`" for name in each.dialect.profiles)
    return _at(each, "two-plugins", message, f"its profile is {own}; where nobody names one, it chooses itself")


def _at(each: Spoken, code: str, message: str, hint: str | None, severity: Severity = Severity.ERROR) -> Diagnostic:
    place = each.origin.position
    return Diagnostic(code, message, place.file, place.line, place.column, hint, severity)
