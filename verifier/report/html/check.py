"""The page of `check`: each verdict with its witness and the lines that decide, then who may talk to whom.

The picture is a map of the same input, which the command draws beside the answers where this page is wanted; what
breaks a claim is lit in it.
"""

from collections.abc import Sequence

from verifier.engine.map.result import Map
from verifier.engine.results.check import CheckReport, Result, Verdict
from verifier.engine.results.region import Region
from verifier.ir.property import PropertySeverity
from verifier.ir.prose import number
from verifier.report.findings.findings import errors_in
from verifier.report.html import map as mapped
from verifier.report.html.frame import Page, render
from verifier.report.html.markup import Child, Markup, element, together
from verifier.report.html.ofmap import Way, caption, views
from verifier.report.html.parts import (
    Row,
    badge,
    bullets,
    folded,
    name,
    paragraph,
    severity_of,
    table,
    way,
    where,
)
from verifier.report.html.picture import Picture
from verifier.report.words import region as words
from verifier.report.words.acceptance import said
from verifier.report.words.coverage import coverage_of
from verifier.report.words.mapwords import Words
from verifier.report.words.result import REPAIR, about_universe, depends, how_many, own_assumptions, touched, wrong
from verifier.report.words.tally import read, tally

_ORDER = (Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.VACUOUS, Verdict.ACCEPTED, Verdict.PROVED)


def page(report: CheckReport, drawn: Map | None = None, undrawn: str = "") -> str:
    """drawn: the map of the same input. undrawn: why there is none."""
    faults = errors_in(report.diagnostics)
    worst = next((v for v in _ORDER if any(r.verdict is v for r in report.results)), Verdict.UNKNOWN)
    results = sorted(report.results, key=lambda result: severity_of(result.verdict))
    broken = [result for result in results if result.verdict is Verdict.VIOLATED]
    picture = None if drawn is None else Picture(views(drawn, ways(broken)), tuple(r.property.name for r in broken))
    return render(
        Page(
            command="check",
            verdict=("input at fault", "error") if faults else (str(worst), str(worst)),
            headline=number(len(faults), "error") if faults else tally(report),
            read="" if faults else read(report.counts, number(len(report.results), "property", "properties")),
            verdicts=together(overview(results), *(block(each, own_assumptions(each, report)) for each in results)),
            tables=together(
                breaches(broken),
                paragraph(f"There is no map beside these verdicts: {undrawn}") if undrawn else None,
                *_map(drawn, report),
            ),
            coverage=coverage_of(report),
            about=about_universe(report.universe, report.passed_over),
            found=report.diagnostics,
            picture=picture,
            caption=caption(bool(broken)) if drawn is not None else "",
        )
    )


def _map(drawn: Map | None, report: CheckReport) -> tuple[Markup, ...]:
    if drawn is None:
        return ()
    return mapped.connections(drawn, Words(drawn)), mapped.beside(drawn, coverage_of(report))


def ways(broken: Sequence[Result]) -> tuple[Way, ...]:
    """The connections that break a claim, one of each region, by the number of the claim; of pods that are not
    isolated there is none to be drawn."""
    found = []
    for claim, result in enumerate(broken):
        witnesses = [result.witness, *(region.witness for region in result.regions)]
        for each in dict.fromkeys(id(w) for w in witnesses):
            witness = next(w for w in witnesses if id(w) == each)
            if witness is not None and witness.source is not None and witness.destination is not None:
                found.append(Way(claim, witness))
    return tuple(found)


def overview(results: Sequence[Result]) -> Markup:
    """All verdicts at a glance."""
    rows = [
        Row((badge(r.verdict), name(r.property.name), r.property.text, touched(r) or r.reason or ""), str(r.verdict))
        for r in results
    ]
    return table("All properties", ("verdict", "property", "claim", "how much"), rows)


def block(result: Result, assumed: Sequence[str] = ()) -> Markup:
    """Everything about one property; what is violated stands open."""
    claimed = result.property
    title = together(badge(result.verdict), " ", element("strong", claimed.name))
    parts: list[Child] = []
    if claimed.description:
        parts.append(paragraph(claimed.description))
    if claimed.text != claimed.name:
        parts.append(paragraph(name(claimed.text), class_="fact"))
    if result.verdict is Verdict.VACUOUS and claimed.optional:
        parts.append(paragraph("only a note: this property is optional", class_="fact"))
    elif claimed.severity is PropertySeverity.WARNING:
        parts.append(paragraph("severity warning: does not fail the run", class_="fact"))
    parts += [paragraph(text) for text in (touched(result), result.reason) if text is not None]
    parts.append(bullets(f"accepted: {said(acceptance)}" for acceptance in result.accepted))
    parts.append(bullets((*depends(result.depends_on), *(f"note: {n}" for n in result.notes))))
    parts.append(bullets(f"assumed: {assumption}" for assumption in assumed))
    if result.witness is not None:
        parts += [paragraph(wrong(claimed, result.witness), class_="wrong"), way(result.witness)]
    if result.regions:
        parts += [
            paragraph(f"{how_many(result)}:"),
            element("ol", *(element("li", words.line(region)) for region in result.regions)),
        ]
    for suggestion in result.suggestions:
        parts.append(paragraph("narrower claim that holds: ", name(suggestion.text), f" ({suggestion.because})"))
    parts.append(paragraph(f"{REPAIR}: ", name(result.repair)) if result.repair else None)
    parts.append(paragraph("claimed in ", where(claimed.origin), class_="fact") if claimed.origin is not None else None)
    return folded(title, *parts, open_=result.verdict is not Verdict.PROVED, class_=str(result.verdict))


def breaches(broken: Sequence[Result]) -> Markup:
    """All that breaks a claim, a row each."""
    rows = [
        Row((name(result.property.name), *_ends(region)), "violated") for result in broken for region in result.regions
    ]
    return table("What breaks a claim", ("property", "from", "to", "ports"), rows)


def _ends(region: Region) -> tuple[Child, Child, Child]:
    if words.is_of_isolation(region):
        pods, _, rest = words.pods_not_isolated(region, str).partition(": ")
        less = "".join(f", but not {text}" for text in words.excluding(region, str))
        return (pods, "", rest + less) if region.witness.destination is None else ("", pods, rest + less)
    less = "".join(f", but not {text}" for text in words.excluding(region, str))
    ports = words.ports(region, str) + words.condition(region, str) + words.one_sided(region, str) + less
    return words.source(region, str), words.destination(region, str), ports
