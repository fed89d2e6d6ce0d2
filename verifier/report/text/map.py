"""The map for people: namespace by namespace, who is reached, by whom, on which ports."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from verifier.engine.map.result import Map
from verifier.ir.prose import listed
from verifier.report.words.mapnotes import alike, counted
from verifier.report.words.mapplaces import Entry, by_source, groups, is_cut, open_to_all
from verifier.report.words.mapwords import Words
from verifier.report.words.paint import PLAIN, Paint
from verifier.report.words.result import depends, footer, uncovered

WIDTH = 100
"""Characters of a line, where names are not longer."""

MOST = 8
"""Namespaces in which the same holds that are named before the rest is only counted."""


def draw(drawn: Map, paint: Paint = PLAIN, quiet: bool = False) -> str:
    """The whole map; `quiet`: without what it rests on, but for what this run left out."""
    words = Words(drawn)
    glance = open_to_all(drawn, words)
    blocks = [] if quiet else [[paint(_head(drawn), "dim"), *([] if glance is None else _wrapped("", glance, paint))]]
    if drawn.kinds:
        blocks.append([line for text in alike(drawn) for line in _wrapped("", text, paint)])
    for group in groups(drawn, words):
        told = (line for entry in group.entries for line in _entry(drawn, entry, paint))
        blocks.append([*_title(group.titles, paint), *told])
    if not drawn.links:
        blocks.append(["nothing of this may talk to anything" if is_cut(drawn) else "nothing may talk to anything"])
    if not quiet:
        advice = [paint(line) for line in depends(drawn.depends_on)]
        blocks += [advice] if advice else []
        about = footer(drawn.universe, drawn.assumptions, drawn.not_covered, paint, drawn.passed_over)
        blocks.append(list(about))
    elif left := uncovered(drawn.not_covered, paint, drawn.assumptions):
        blocks.append(left)
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _head(drawn: Map) -> str:
    whom = "pods that could exist, as far as was read" if drawn.passed_over else "every pod that could exist"
    whom = whom if drawn.complete else "not every pod that could exist, as there are too many classes"
    return f"{counted(drawn)}{f'; {whom}' if drawn.possible else ''}"


def _title(places: Sequence[str], paint: Paint) -> Iterator[str]:
    """The namespaces in which the same holds."""
    if len(places) == 1:
        yield paint(places[0], "bold")
        return
    yield from _wrapped("", f"in each of {listed(places, MOST)}", paint, "bold")


def _entry(drawn: Map, entry: Entry, paint: Paint) -> Iterator[str]:
    """One node, and below it who reaches it (or whom it reaches, where the map is wanted by source)."""
    outward = by_source(drawn)
    yield from _wrapped("  ", entry.name, paint, "cyan")
    if entry.behind:
        yield from _wrapped("    ", f"behind {entry.behind}", paint, "dim")
    if not entry.lines:
        yield f"    {paint('reaches nothing' if outward else 'nothing reaches it', 'dim')}"
    for others, ports in entry.lines:
        yield from _wrapped(f"    {'->' if outward else '<-'} ", f"{others}: {ports}", paint)


def _wrapped(indent: str, text: str, paint: Paint, *styles: str) -> Iterator[str]:
    lines = wrap(text, WIDTH - len(indent), break_long_words=False, break_on_hyphens=False) or [""]
    yield f"{indent}{paint(lines[0], *styles)}"
    yield from (f"{' ' * (len(indent) + 2)}{paint(line, *styles)}" for line in lines[1:])
