"""What the pages of several commands have in common: verdicts, places, excerpts, the way of a connection, tables."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from verifier.engine.results.check import Verdict
from verifier.engine.results.witness import Witness
from verifier.errors import Diagnostic
from verifier.ir.endpoint import PODLIKE, Endpoint
from verifier.ir.origin import Origin
from verifier.ir.policy import Direction
from verifier.ir.prose import number
from verifier.ir.switches import SWITCHES
from verifier.ir.trace import Leg
from verifier.report.html.markup import NOTHING, Child, Markup, element, together
from verifier.report.words.endpoint import in_words, namespace_labels, short, with_port
from verifier.report.words.excerpt import Stretch, stretch
from verifier.report.words.legs import Guilt, guilts, legs, place, sentence

SIGNS = {
    "proved": "✓",
    "violated": "✗",
    "unknown": "?",
    "vacuous": "∅",
    "accepted": "~",
    "opened": "+",
    "closed": "−",
    "allowed": "✓",
    "denied": "✗",
    "depends": "?",
    "error": "✗",
    "warning": "!",
    "note": "i",
}
"""Beside each word, so that none is told by its colour alone."""

_MOST_WARNINGS = 100
"""Warnings that are listed before the rest is only counted."""


def badge(word: str, kind: str | None = None) -> Markup:
    """A word, its sign and its colour. kind: which of SIGNS, where that is not the word."""
    kind = word if kind is None else kind
    sign = element("span", SIGNS[kind], aria_hidden="true")
    return element("span", sign, f" {word.upper()}", class_=f"badge {kind}")


def name(text: str) -> Markup:
    """A name, label or selector that somebody has written."""
    return element("code", text)


def paragraph(*children: Child, class_: str | None = None) -> Markup:
    return element("p", *children, class_=class_)


def bullets(lines: Iterable[Child], class_: str | None = None) -> Markup:
    """A list; nothing where there are no lines."""
    items = [element("li", line) for line in lines]
    return element("ul", *items, class_=class_) if items else NOTHING


def section(title: str, part: str, *children: Child) -> Markup:
    """A part of the page that the list of parts leads to; nothing where it is empty."""
    if not together(*children).source:
        return NOTHING
    heading = element("h2", title, id=f"{part}-title")
    return element("section", heading, *children, id=part, aria_labelledby=f"{part}-title")


def folded(title: Child, *children: Child, open_: bool = False, class_: str | None = None) -> Markup:
    return element("details", element("summary", title), *children, open=open_, class_=class_)


class Row(Struct, frozen=True):
    """A row of a table. kind: a class that colours it."""

    cells: tuple[Child, ...]
    kind: str | None = None


def table(caption: str, titles: Sequence[str], rows: Sequence[Row], sorted_: bool = True) -> Markup:
    """A table that can be sorted and filtered where scripts run; nothing where it has no rows."""
    if not rows:
        return NOTHING
    head = element("tr", *(element("th", title, scope="col") for title in titles))
    body = [element("tr", *(element("td", cell) for cell in row.cells), class_=row.kind) for row in rows]
    whole = element(
        "table",
        element("caption", caption),
        element("thead", head),
        element("tbody", *body),
        class_="sortable" if sorted_ and len(rows) > 1 else None,
    )
    return element("div", whole, class_="wide", tabindex="0", role="group", aria_label=caption)


def where(origin: Origin | None) -> Markup | None:
    """The file and the line."""
    if origin is None:
        return None
    rendered = f" as rendered by {origin.position.via}" if origin.position.via else ""
    return together(element("code", origin.position.place, class_="place"), rendered)


def excerpt(origin: Origin | None, note: str) -> Markup:
    """The lines around a place, the guilty ones marked, and what is to be said of them; the place alone, where the
    lines cannot be had."""
    found = stretch(origin) if origin is not None else None
    if found is None:
        return paragraph(where(origin), f" {note}", class_="where") if origin is not None else NOTHING
    return element(
        "figure",
        element("figcaption", where(origin)),
        element("pre", *_lines(found, note), tabindex="0", role="group", aria_label=f"lines of {found.position.place}"),
        class_="excerpt",
    )


def _lines(found: Stretch, note: str) -> Iterable[Markup]:
    pad = max(len(str(line.number)) for line in found.lines if line.number is not None)
    for line in found.lines:
        if line.number is None:
            yield element("span", f"  {' ' * pad} | {line.text}", class_="line")
            continue
        number_ = element("span", f"{'>' if line.guilty else ' '} {line.number:>{pad}} ", class_="number")
        yield element("span", number_, f" {line.text}", class_="line guilty" if line.guilty else "line")
        if line.number == found.last:
            said = f"  {' ' * pad}  {' ' * (found.column - 1)}^ {note}"
            yield element("span", said, class_="line said")


def way(witness: Witness, lines: bool = True) -> Markup:
    """The way of a connection, stop by stop, with the `lines` of manifests that decide; of a pod that is not isolated,
    that one side."""
    told = {leg.direction: leg for leg, _ in legs(witness)}
    stops = [
        _end("from" if witness.destination is not None else "pod", witness.source),
        _leg(told.get(Direction.EGRESS), witness.source),
        _leg(told.get(Direction.INGRESS), witness.destination),
        _end("to" if witness.source is not None else "pod", witness.destination),
    ]
    if witness.source is None or witness.destination is None:
        stops.sort(key=lambda stop: stop is not None and 'class="leg' in stop.source)
    blamed = guilts(witness)
    shown = [blamed[leg.direction] for leg, _ in legs(witness) if leg.direction in blamed and lines]
    return together(
        element("ol", *(stop for stop in stops if stop is not None), class_="way"),
        *_facts(witness),
        *(excerpt(guilt.origin, guilt.note) for guilt in _each_once(shown)),
    )


def _each_once(shown: Sequence[Guilt]) -> list[Guilt]:
    return list({(guilt.origin.position, guilt.note): guilt for guilt in shown}.values())


def _facts(witness: Witness) -> Iterable[Markup]:
    """The packet, and under which settings it is so."""
    if witness.source is not None and witness.destination is not None and witness.protocol is not None:
        packet = f"{witness.protocol} {witness.source.address} -> {with_port(witness.destination, witness.port)}"
        yield paragraph("packet ", name(packet), class_="fact")
    if witness.connection is not None and witness.connection.seen is not None:
        yield paragraph(
            f"seen by ipBlocks as coming from {witness.connection.seen}, the address of a node", class_="fact"
        )
    for switch, value in sorted(witness.switches.items()):
        about = f" ({SWITCHES[switch].about})" if switch in SWITCHES else ""
        yield paragraph("if ", name(f"{switch} = {value}"), about, class_="fact")


def _end(role: str, end: Endpoint | None) -> Markup | None:
    if end is None:
        return None
    facts: list[Child] = []
    if end.kind in PODLIKE:
        labels = namespace_labels(end)
        facts += [element("dt", "pod labels"), element("dd", in_words(end.labels))]
        facts += [element("dt", "namespace labels"), element("dd", in_words(labels))] if labels else []
    written = end.workload.origin if end.workload is not None else None
    guess = paragraph("possible, none exists today", class_="fact") if end.is_hypothetical else None
    return element(
        "li",
        element("span", role, class_="role"),
        element("strong", short(end)),
        guess,
        element("dl", *facts) if facts else None,
        paragraph(where(written), class_="fact") if written is not None else None,
        class_="end",
    )


def _leg(leg: Leg | None, end: Endpoint | None) -> Markup | None:
    if leg is None or end is None:
        return None
    fate = "depends" if len(leg.outcomes) > 1 else "allowed" if leg.allowed else "denied"
    origin = place(leg)
    return element(
        "li",
        element("span", f"{leg.direction} ", class_="role"),
        badge(fate),
        paragraph(sentence(leg, end)),
        paragraph(where(origin), class_="fact") if origin is not None else None,
        class_=f"leg {fate}",
    )


def diagnostics(wrong: Sequence[Diagnostic], warnings: Sequence[Diagnostic]) -> Markup:
    """What is wrong with the input, and what makes the answers less than they could be."""
    listed = bullets((_diagnostic(each) for each in wrong), "errors")
    shown = [_diagnostic(each) for each in warnings[:_MOST_WARNINGS]]
    if len(warnings) > len(shown):
        shown.append(paragraph(f"and {len(warnings) - len(shown)} more"))
    warned = folded(number(len(warnings), "warning"), bullets(shown)) if shown else None
    return together(listed, warned)


def _diagnostic(each: Diagnostic) -> Markup:
    spot = ":".join(str(part) for part in (each.file, each.line, each.column) if part is not None)
    lines = each.message.split("\n")
    return together(
        element("code", spot, class_="place") if spot else None,
        " " if spot else None,
        lines[0],
        *(paragraph(line, class_="fact") for line in lines[1:]),
        paragraph(f"hint: {each.hint}", class_="fact") if each.hint is not None else None,
    )


def severity_of(verdict: Verdict) -> int:
    """By which verdicts are sorted: what is wrong comes first."""
    return (Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.VACUOUS, Verdict.ACCEPTED, Verdict.PROVED).index(verdict)
