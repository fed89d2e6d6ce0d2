"""Conditions that nobody can say, as variables, for questions about two policy sets: the connection meets the condition
on both sides, or on neither (docs/semantics.md 1.5). A question about one set needs none: what may be, and what surely
is, is all that matters there.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain, permutations, product

from verifier.ir.policy import Havoc, PolicySet
from verifier.ir.texts import is_within
from verifier.smt.script import Script, implies
from verifier.vocabulary import Mentions


def declare_unknowns(script: Script, policies: Iterable[PolicySet], marks: Collection[str] = ()) -> Mapping[str, str]:
    """A literal for every condition of the policies that nobody can say, by what it is about; but for `marks`, which
    are none."""
    mentions = Mentions()
    for some in policies:
        mentions.add_policies(some)
    found = sorted((u for u in mentions.unknowns if u.about not in marks), key=lambda unknown: unknown.about)
    literals = {unknown.about: script.boolean(f"unknown.{number}") for number, unknown in enumerate(found)}
    for wide, narrow in chain(_of_names(found), _of_nodes(found)):
        script.require(implies(literals[narrow.about], literals[wide.about]))
    return literals


def _of_names(unknowns: Iterable[Havoc]) -> Iterator[tuple[Havoc, Havoc]]:
    """Patterns, each with every name or other pattern that it covers."""
    named = [(unknown, unknown.domain) for unknown in unknowns if unknown.domain is not None]
    patterns = [(unknown, domain) for unknown, domain in named if domain.startswith("*.")]
    for (wide, pattern), (narrow, name) in product(patterns, named):
        if wide is not narrow and _covers(pattern, name):
            yield wide, narrow


def _of_nodes(unknowns: Iterable[Havoc]) -> Iterator[tuple[Havoc, Havoc]]:
    """Nodes, each time with some of them."""
    selected = [(unknown, unknown.nodes) for unknown in unknowns if unknown.nodes is not None]
    for (wide, nodes), (narrow, some) in permutations(selected, 2):
        if is_within(some, nodes):
            yield wide, narrow


def _covers(pattern: str, name: str) -> bool:
    """True iff whatever `name`, a name or a pattern too, stands for is what `pattern` stands for: `*.` is for one label
    in front or more, and not for none (4.2)."""
    return name.endswith(pattern[1:])
