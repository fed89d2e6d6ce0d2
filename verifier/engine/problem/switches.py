"""Which value each switch has: the last layer that names it, then the profile, then the default."""

from collections.abc import Mapping
from difflib import get_close_matches

from verifier.errors import UsageError
from verifier.ir.profiles import PROFILES
from verifier.ir.switches import OPEN, SWITCHES

OF_SCOPE = {"sctp": "no", "other_protocols": "off"}
"""The switches that decide which protocols answers speak of, with the value under which they do not."""


def settle(profile: str = "k8s", *layers: Mapping[str, str]) -> Mapping[str, str]:
    """A value, or "open", for every switch; later layers win. Raises UsageError for an unknown profile, switch
    or value."""
    if profile not in PROFILES:
        raise UsageError(f"unknown profile `{profile}`", hint=f"one of {', '.join(PROFILES)}")
    settled = {name: switch.default for name, switch in SWITCHES.items()} | dict(PROFILES[profile])
    for layer in layers:
        for name, value in layer.items():
            _check(name, value)
            settled[name] = value
    return settled


def _check(name: str, value: str) -> None:
    if name not in SWITCHES:
        close = get_close_matches(name, SWITCHES, n=1)
        hint = f"did you mean `{close[0]}`?" if close else f"one of {', '.join(SWITCHES)}"
        raise UsageError(f"unknown switch `{name}`", hint=hint)
    switch = SWITCHES[name]
    allowed = switch.words if switch.at_reading else (*switch.words, OPEN)
    if value not in allowed:
        raise UsageError(f"switch `{name}` cannot be `{value}`", hint=f"one of {', '.join(allowed)}")
