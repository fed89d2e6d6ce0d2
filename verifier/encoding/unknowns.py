"""Conditions that nobody can say, as variables, for questions about two policy sets: the connection meets the condition
on both sides, or on neither (docs/semantics.md 1.5). A question about one set needs none: what may be, and what surely
is, is all that matters there.
"""

from collections.abc import Iterable, Mapping
from itertools import permutations

from verifier.ir.policy import PolicySet
from verifier.smt.script import Script, implies
from verifier.universe import Mentions


def declare_unknowns(script: Script, policies: Iterable[PolicySet]) -> Mapping[str, str]:
    """A literal for every condition of the policies that nobody can say, by what it is about."""
    mentions = Mentions()
    for some in policies:
        mentions.add_policies(some)
    found = sorted(mentions.unknowns, key=lambda unknown: unknown.about)
    literals = {unknown.about: script.boolean(f"unknown.{number}") for number, unknown in enumerate(found)}
    for one, other in permutations((unknown for unknown in found if unknown.domain is not None), 2):
        if _covers(one.domain or "", other.domain or ""):
            script.require(implies(literals[other.about], literals[one.about]))
    return literals


def _covers(pattern: str, name: str) -> bool:
    """True iff whatever `name`, a name or a pattern too, stands for is what `pattern` stands for: `*.` is for one label
    in front or more, and not for none (4.2)."""
    return pattern.startswith("*.") and name.endswith(pattern[1:])
