"""The page of a comparison: the relation, then what was opened and closed, each with the rule, an example, the line."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from verifier.engine.results.diff import Difference, OneSided, Relation, Settings
from verifier.engine.results.region import Region
from verifier.report.html import ofregions
from verifier.report.html.frame import Page, render
from verifier.report.html.markup import NOTHING, Child, Markup, element, together
from verifier.report.html.parts import Row, badge, bullets, excerpt, folded, name, paragraph, table, where
from verifier.report.html.picture import Picture
from verifier.report.text.diff import GONE, INSTEAD, NEW, TURNED, example, today, turn
from verifier.report.words import region as words
from verifier.report.words.cause import Cause, before, now
from verifier.report.words.coverage import coverage_of
from verifier.report.words.headline import completeness, headline
from verifier.report.words.result import about_universe, depends
from verifier.report.words.settings import instead, since

KINDS = {
    Relation.EQUIVALENT: "proved",
    Relation.WIDER: "opened",
    Relation.NARROWER: "closed",
    Relation.INCOMPARABLE: "opened",
    Relation.UNKNOWN: "unknown",
}
_DEEDS = {
    ("let through by", "now"): "this lets it through now",
    ("blocked by", "now"): "this blocks it now",
    ("let through by", "before"): "this let it through before",
    ("blocked by", "before"): "this blocked it before",
}
_SIDES = {"now": "in NEW", "before": "in OLD"}
CAPTION = "What was opened (+, solid) and what was closed (−, dashed), between ends as the tables name them."


def page(difference: Difference) -> str:
    return render(
        Page(
            command="diff",
            verdict=(difference.relation, KINDS[difference.relation]),
            headline=headline(difference),
            read=counted(difference),
            verdicts=told(difference),
            tables=tables(difference),
            coverage=coverage_of(difference),
            about=about_universe(difference.universe, difference.passed_over),
            found=difference.diagnostics,
            picture=Picture((ofregions.view(difference),)),
            caption=CAPTION,
            titles=("Opened and closed", "As a table"),
        )
    )


def counted(difference: Difference) -> str:
    """`2 opened, 1 closed`."""
    return f"{len(difference.added)} opened, {len(difference.removed)} closed"


def told(difference: Difference) -> Markup:
    """What is to be known of the comparison, and each region in full."""
    whole = completeness(difference)
    parts: list[Child] = [bullets((*depends(difference.depends_on), *(f"note: {note}" for note in difference.notes)))]
    if whole is not None:
        parts.append(paragraph(None if difference.complete else badge("incomplete", "unknown"), " ", whole))
    if not (difference.added or difference.removed) and difference.relation is Relation.EQUIVALENT:
        parts.append(paragraph("No connection was opened, and none was closed."))
    for regions, opened in ((difference.added, True), (difference.removed, False)):
        parts += (_region(region, opened, difference.settings, len(regions) <= 4) for region in regions)
    better = [together(name(switch), f": {text}") for switch, text in instead(difference)]
    return together(*parts, *((element("h3", INSTEAD), bullets(better)) if better else ()))


def _region(region: Region, opened: bool, settings: Settings | None, open_: bool) -> Markup:
    """A region: what it is, what decides now and decided before, an example, whom of today it touches, and for which
    switches it is there."""
    word = badge("opened" if opened else "closed")
    title = together(word, " ", element("strong", words.line(replace(region, excluding=()))))
    facts = [("but not", text) for text in words.excluding(region, str)]
    facts.append(("example", example(region.witness)))
    facts += [("today", line) for line in today(region)]
    facts += [("since", line) for line in since(region, settings)]
    pairs = [part for said, value in facts for part in (element("dt", said), element("dd", value))]
    return folded(
        title,
        element("dl", *pairs),
        *_causes("let through by" if opened else "blocked by", "now", now(region, opened), settings),
        *_causes("blocked by" if opened else "let through by", "before", before(region, opened), settings),
        open_=open_,
        class_="opened" if opened else "closed",
    )


def _causes(said: str, when: str, causes: Sequence[Cause], settings: Settings | None) -> Iterator[Markup]:
    """What decided, `now` or `before`, with its line; of two settings, on which side."""
    side = when if settings is None else _SIDES[when]
    for cause in causes:
        if cause.origin is None:
            yield paragraph(f"{side}: {cause.text}", class_="fact")
        else:
            yield paragraph(f"{side}: {said} ", element("strong", cause.text), class_="fact")
            yield excerpt(cause.origin, _DEEDS[said, when])


def tables(difference: Difference) -> Markup:
    rows = [_row(region, opened) for some, opened in _lists(difference) for region in some]
    changed = table("What was opened and closed", ("change", "from", "to", "ports", "by"), rows)
    parts = [changed]
    for title, verb, workloads in (
        (NEW, "reaches", difference.new_workloads),
        (GONE, "reached", difference.gone_workloads),
    ):
        parts.append(table(title, ("workload", verb), [_lone(each) for each in workloads]))
    turned = [Row((name(str(each)), turn(each))) for each in difference.turned_workloads]
    parts.append(table(TURNED, ("workload", "network"), turned))
    return together(*parts) if any(part.source for part in parts) else NOTHING


def _lists(difference: Difference) -> tuple[tuple[Sequence[Region], bool], ...]:
    return (difference.added, True), (difference.removed, False)


def _row(region: Region, opened: bool) -> Row:
    kind = "opened" if opened else "closed"
    less = "".join(f", but not {text}" for text in words.excluding(region, str))
    ports = words.ports(region, str) + words.condition(region, str) + words.one_sided(region, str) + less
    causes = [together(element("span", cause.text), " ", where(cause.origin)) for cause in now(region, opened)]
    return Row((badge(kind), words.source(region, str), words.destination(region, str), ports, bullets(causes)), kind)


def _lone(workload: OneSided) -> Row:
    return Row((name(str(workload)), bullets(words.reach_lines(workload, str))))
