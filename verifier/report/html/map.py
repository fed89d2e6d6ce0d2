"""The page of `map`: who is open to everybody, who may talk to whom, and the picture of it."""

from verifier.engine.map.result import Map
from verifier.ir.prose import listed
from verifier.report.html.frame import Page, render
from verifier.report.html.markup import Child, Markup, element, together
from verifier.report.html.ofmap import caption, views
from verifier.report.html.parts import Row, bullets, folded, paragraph, table
from verifier.report.html.picture import Picture
from verifier.report.words.coverage import Coverage, coverage_of
from verifier.report.words.mapnotes import alike, counted
from verifier.report.words.mapplaces import Group, by_source, groups, is_cut, open_to_all
from verifier.report.words.mapwords import Words
from verifier.report.words.result import about_universe, depends

_MOST = 6
"""Namespaces in which the same holds that are named before the rest is folded."""


def page(drawn: Map) -> str:
    words = Words(drawn)
    glance = open_to_all(drawn, words)
    whom = "" if not drawn.possible else "; pods that could exist, not only those of the manifests"
    return render(
        Page(
            command="map",
            verdict=None if drawn.complete else ("incomplete", "unknown"),
            headline="Who may talk to whom",
            read=f"{counted(drawn)}{whom}",
            verdicts=together(
                paragraph(glance[:1].upper() + glance[1:], class_="wrong") if glance is not None else None,
                paragraph("Only the part of the map that was asked for.") if is_cut(drawn) else None,
                bullets(alike(drawn)),
                bullets(depends(drawn.depends_on)),
            ),
            tables=connections(drawn, words),
            coverage=coverage_of(drawn),
            about=about_universe(drawn.universe, drawn.passed_over),
            found=drawn.diagnostics,
            picture=Picture(views(drawn)),
            caption=caption(False),
            titles=("At a glance", "Connections"),
        )
    )


def beside(drawn: Map, said: Coverage) -> Markup:
    """A map beside answers: of whom it is, and what it leaves out and rests on that the answers have not said."""
    mine = coverage_of(drawn)
    less = [f"not covered by the map: {e}" for e in (*mine.unread, *mine.not_covered) if e not in said.not_covered]
    less += [f"assumed for the map: {e}" for e in mine.assumptions if e not in said.assumptions]
    about = about_universe(drawn.universe, drawn.passed_over)
    return together(
        paragraph(f"The map is of the universe {about}. The verdicts do not rest on it."), bullets(less, "fine")
    )


def connections(drawn: Map, words: Words) -> Markup:
    """Who is reached, by whom, on which ports, place by place."""
    outward = by_source(drawn)
    rows = [row for group in groups(drawn, words) for row in _rows(group, outward)]
    titles = ("in", "from", "to", "ports") if outward else ("in", "to", "from", "ports")
    if not rows:
        return paragraph("Nothing may talk to anything here.")
    return table("Who may open connections to whom", titles, rows)


def _rows(group: Group, outward: bool) -> list[Row]:
    place = _place(group)
    rows = []
    for entry in group.entries:
        behind = paragraph(f"behind {entry.behind}", class_="fact") if entry.behind else None
        whom = together(element("strong", entry.name), behind)
        rows += [Row((place, whom, others, ports)) for others, ports in entry.lines]
        if not entry.lines:
            rows.append(Row((place, whom, "reaches nothing" if outward else "nothing reaches it", ""), "none"))
    return rows


def _place(group: Group) -> Child:
    """The namespace, or the namespaces in which the same holds."""
    if len(group.titles) <= _MOST:
        return ", ".join(group.titles)
    return folded(f"each of {len(group.titles)}: {listed(group.titles, 3)}", ", ".join(group.titles))
