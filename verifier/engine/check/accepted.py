"""What breaks a property, but for what somebody accepted (docs/acceptances.md)."""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.results.check import Result, Verdict
from verifier.ir.acceptance import Acceptance
from verifier.ir.property import Property

Modulo = Callable[[Property, Sequence[Acceptance], bool], Result]
"""The result of a property, the flows of these acceptances let through; and whether somebody is told it."""

_BESIDES = "this breaks it besides what is accepted"


class Excused(Struct, frozen=True):
    """Results, what they need of acceptances that expired, and acceptances that excuse nothing."""

    results: tuple[Result, ...]
    expired: tuple[Acceptance, ...] = ()
    unused: tuple[Acceptance, ...] = ()


def excused(
    results: Sequence[Result], current: Sequence[Acceptance], expired: Sequence[Acceptance], modulo: Modulo
) -> Excused:
    """The results where acceptances count: `accepted` iff what breaks the property is all among the flows of its
    `current` ones; where something else breaks it, that is shown. Acceptances of growth, and of properties that are not
    asked, are left alone."""
    found: list[Result] = []
    needed: list[Acceptance] = []
    unused: list[Acceptance] = []
    for result in results:
        claimed = result.property
        mine, late = (list(of(each, claimed.name)) for each in (current, expired))
        within, superfluous = judged_modulo(claimed, result, mine, modulo)
        unused += superfluous
        if within is result or within.verdict is Verdict.VACUOUS:
            told = result
        elif within.verdict is Verdict.PROVED:
            used = tuple(a for a in mine if a not in superfluous)
            told = _accepted(result, within, used)
        else:
            told = replace(within, notes=(*within.notes, _BESIDES))
        found.append(told)
        if late and told.verdict in (Verdict.VIOLATED, Verdict.UNKNOWN):
            needed += late if modulo(claimed, [*mine, *late], False).verdict is Verdict.PROVED else []
    return Excused(tuple(found), tuple(needed), tuple(unused))


def _accepted(result: Result, within: Result, used: tuple[Acceptance, ...]) -> Result:
    """The result as it is without acceptances, called accepted; with what the proof without the flows rests on."""
    return replace(
        result,
        verdict=Verdict.ACCEPTED,
        accepted=used,
        depends_on=(),
        reason=None,
        suggestions=(),
        assumptions=tuple(dict.fromkeys((*result.assumptions, *within.assumptions))),
        not_covered=tuple(dict.fromkeys((*result.not_covered, *within.not_covered))),
    )


def of(acceptances: Sequence[Acceptance], name: str | None) -> Iterator[Acceptance]:
    """Those of the property of this name; None: of growth."""
    return (acceptance for acceptance in acceptances if acceptance.property == name)


def judged_modulo(
    claimed: Property, result: Result, mine: Sequence[Acceptance], modulo: Modulo
) -> tuple[Result, list[Acceptance]]:
    """The result modulo the property's acceptances, and those of them that it does not need; the result itself where
    there is nothing to excuse."""
    if not mine or result.verdict in (Verdict.PROVED, Verdict.VACUOUS):
        return result, list(mine)
    within = modulo(claimed, mine, True)
    if within.verdict is not Verdict.PROVED:
        return within, []
    superfluous: list[Acceptance] = []
    for acceptance in mine:
        rest = [a for a in mine if a is not acceptance and a not in superfluous]
        if modulo(claimed, rest, False).verdict is Verdict.PROVED:
            superfluous.append(acceptance)
    return within, superfluous
