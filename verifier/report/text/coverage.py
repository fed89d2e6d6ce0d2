"""The report of `coverage` for people: the share, what each property and policy has of it, then the edits that no
property notices, those first that open something."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from verifier.engine.results.check import Verdict
from verifier.engine.results.coverage import CoverageReport, Fate, Judged
from verifier.report.words.edits import effect, headline, of_property, read_of
from verifier.report.words.paint import PLAIN, Paint
from verifier.report.words.result import COLOUR, footer, uncovered

_MOST = 20
"""Unnoticed edits of which nothing is known but the line, and policies, that are listed unless all are wanted."""


def coverage(report: CoverageReport, paint: Paint = PLAIN, quiet: bool = False, verbose: bool = False) -> str:
    """The whole report; `quiet`: what is undecided, the share, and what this run left out. `verbose`: every edit that
    is not noticed, and every policy."""
    most = None if verbose else _MOST
    blocks: list[list[str]] = []
    if not quiet:
        blocks.append([paint(read_of(report), "dim")])
        blocks.append(list(_properties(report, paint)))
        blocks.append(list(_policies(report, paint, most)))
        blocks += _unnoticed(report, paint, most)
    blocks.append(list(_undecided(report, paint)))
    if not quiet:
        blocks.append(list(_proposals(report, paint)))
    blocks.append([paint(headline(report), "bold"), *_about(report, paint, quiet)])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _about(report: CoverageReport, paint: Paint, quiet: bool) -> Iterable[str]:
    if quiet:
        return uncovered(report.not_covered, paint, report.assumptions)
    return footer(report.universe, report.assumptions, report.not_covered, paint, report.passed_over)


def _properties(report: CoverageReport, paint: Paint) -> Iterator[str]:
    """A line each: how much it notices, and how much of that no other one does."""
    if not report.properties:
        return
    names = [paint(each.property.name) for each in report.properties]
    width = max(len("property"), *map(len, names))
    yield paint(f"{'property':<{width}}  verdict   notices  alone", "dim")
    for name, each in zip(names, report.properties, strict=True):
        verdict = paint(f"{each.verdict:<9}", COLOUR[each.verdict])
        if each.verdict is Verdict.PROVED:
            why = of_property(each)
            yield f"{name:<{width}}  {verdict} {each.noticed:>7} {each.alone:>6}{f'   {why}' if why else ''}"
        else:
            yield f"{name:<{width}}  {verdict}       -      -   {of_property(each)}"


def _policies(report: CoverageReport, paint: Paint, most: int | None) -> Iterator[str]:
    """A line each: how many of its edits are noticed."""
    counting = [each for each in report.policies if each.edits > each.equivalent]
    shown = counting[:most]
    if not shown:
        return
    names = [paint(str(each.policy)) for each in shown]
    width = max(len("policy"), *map(len, names))
    yield paint(f"{'policy':<{width}}  edits  noticed", "dim")
    for name, each in zip(names, shown, strict=True):
        doubt = f"   {each.undecided} undecided" if each.undecided else ""
        yield f"{name:<{width}}  {each.edits - each.equivalent:>5}  {each.noticed:>7}{doubt}"
    if len(shown) < len(counting):
        rest = counting[len(shown) :]
        edits, noticed = sum(each.edits - each.equivalent for each in rest), sum(each.noticed for each in rest)
        more = f"{len(rest)} more: -v lists them"
        yield f"{paint(f'{more:<{width}}', 'dim')}  {edits:>5}  {noticed:>7}"


def _unnoticed(report: CoverageReport, paint: Paint, most: int | None) -> Iterator[list[str]]:
    """Those of which it is known what they would change, then the lines of the others."""
    missed = list(report.of(Fate.UNNOTICED))
    told = [each for each in missed if each.effect is not None]
    for opens in (True, False):
        some = [each for each in told if each.effect is not None and each.effect.opens is opens]
        if some:
            title = f"Not noticed, and {'would open' if opens else 'would close'} something"
            yield [paint(title, "bold"), *_by_policy(some, paint)]
    rest = [each for each in missed if each.effect is None]
    if rest:
        title = "Not noticed either" if told else "Not noticed"
        lines = list(_by_policy(rest[:most], paint))
        if most is not None and len(rest) > most:
            lines.append(paint(f"  and {len(rest) - most} more: -v lists them", "dim"))
        more = " (--limit N tells what more of them would change)" if told else ""
        yield [paint(title, "bold") + paint(more, "dim"), *lines]


def _by_policy(some: Iterable[Judged], paint: Paint) -> Iterator[str]:
    """The file and the policy once, then a line and a column for each edit of it."""
    for (file, policy), edits in groupby(some, _home):
        yield f"  {paint(file, 'cyan')}  {paint(policy)}"
        for each in edits:
            position = None if each.edit.origin is None else each.edit.origin.position
            place = "" if position is None or position.of_object else f"{position.line}:{position.column}"
            yield f"  {paint(f'{place:>7}', 'cyan')}  {paint(each.edit.text)}"
            yield from (f"           {line}" for line in _told(each, paint))


def _home(each: Judged) -> tuple[str, str]:
    origin = each.edit.origin
    return "-" if origin is None else origin.position.file, "" if each.edit.is_new else str(each.edit.policy)


def _told(each: Judged, paint: Paint) -> Iterator[str]:
    if each.effect is not None:
        yield paint(effect(each.effect))
    if each.suggestion is not None:
        yield f"{paint('noticed by:', 'dim')} {paint(each.suggestion)}"


def _undecided(report: CoverageReport, paint: Paint) -> Iterator[str]:
    found = list(report.of(Fate.UNDECIDED))
    if found:
        yield paint("Undecided: whether a property breaks hangs on an open switch, or a limit was reached", "yellow")
        yield from _by_policy(found[:_MOST], paint)
        if len(found) > _MOST:
            yield paint(f"  and {len(found) - _MOST} more", "dim")


def _proposals(report: CoverageReport, paint: Paint) -> Iterator[str]:
    """What is proved today and would notice more, the most useful first."""
    if report.proposals:
        yield paint("Proved today, and would notice more (`-e`; `netpol init` drafts whole files)", "bold")
        yield from (f"  {each.more:>+4}  {paint(each.text)}" for each in report.proposals)
