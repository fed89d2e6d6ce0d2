"""A picture as data: nodes in boxes, and arrows between them; a library lays it out in the reader's browser.

All that a picture says is said in words elsewhere on its page.
"""

from msgspec import Struct

from verifier.report.words.paint import visible

MOST_NODES = 350
"""Nodes, and arrows, beyond which a picture tells nobody anything, and takes long to be laid out."""
MOST_EDGES = 900


class Node(Struct, frozen=True):
    """kind: `workload`, `class` of possible pods, `external`, `node`, `many` (a word for several), `possible` (a pod
    that need not exist). box: the number of the box that it stands in. unguarded: policies let everything in."""

    name: str
    kind: str
    box: int | None = None
    unguarded: bool = False


class Edge(Struct, frozen=True):
    """sign: `+` opened, `-` closed, `!` breaks a claim, `x` is blocked against one; empty: is there. claims: the
    numbers of those. unrestricted: policies let everything out of the one
    end and into the other."""

    source: int
    destination: int
    label: str
    sign: str = ""
    claims: tuple[int, ...] = ()
    unrestricted: bool = False


class View(Struct, frozen=True):
    """One way of drawing it. about: what an arrow says here."""

    title: str
    about: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    boxes: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        return len(self.nodes) <= MOST_NODES and len(self.edges) <= MOST_EDGES


class Picture(Struct, frozen=True):
    """views: the first is shown first. claims: the names of properties that are broken."""

    views: tuple[View, ...]
    claims: tuple[str, ...] = ()


def is_worth_it(view: View) -> bool:
    """True iff there is an arrow to be seen, and not more of them than anybody sees."""
    return bool(view.edges) and view.fits


def as_data(picture: Picture) -> dict[str, object]:
    """The picture as the script of the page reads it."""
    return {"claims": [visible(claim) for claim in picture.claims], "views": [_view(view) for view in picture.views]}


def _view(view: View) -> dict[str, object]:
    return {
        "title": visible(view.title),
        "about": visible(view.about),
        "boxes": [visible(box) for box in view.boxes],
        "nodes": [{"name": visible(n.name), "kind": n.kind, "box": n.box, "bare": n.unguarded} for n in view.nodes],
        "edges": [
            {
                "from": e.source,
                "to": e.destination,
                "label": visible(e.label),
                "sign": e.sign,
                "claims": list(e.claims),
                "free": e.unrestricted,
            }
            for e in view.edges
        ],
    }
