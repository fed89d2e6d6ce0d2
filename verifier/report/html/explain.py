"""The page of `explain`: the fate of one connection, when it is which, and both sides with the lines that decide."""

from collections.abc import Iterator, Sequence

from verifier.engine.explain.condition import When
from verifier.engine.explain.nearmiss import NearMiss
from verifier.engine.explain.result import Explanation, Side
from verifier.engine.results.witness import Witness
from verifier.ir.policy import Direction
from verifier.report.html.frame import Page, render
from verifier.report.html.markup import Child, Markup, element, together
from verifier.report.html.parts import Row, badge, bullets, excerpt, paragraph, table, way, where
from verifier.report.text.explain import called, decides, otherwise, policies
from verifier.report.words.conditions import conditions
from verifier.report.words.coverage import coverage_of
from verifier.report.words.endpoint import both, on_port, short
from verifier.report.words.legs import sentence
from verifier.report.words.paint import PLAIN
from verifier.report.words.result import about_universe, depends

_FATES = {True: "allowed", False: "denied", None: "depends"}


def page(explanation: Explanation) -> str:
    connection = explanation.cases[0].connection
    source, destination = both(connection.source, connection.destination)
    source = called(explanation.query.source, source)
    destination = called(explanation.query.destination, destination)
    destination = "itself" if connection.itself else destination
    port = on_port(connection.protocol, connection.port).removeprefix(" on ")
    fate = _FATES[explanation.allowed]
    return render(
        Page(
            command="explain",
            verdict=(fate, fate),
            headline=f"{source} → {destination} : {port}",
            read="",
            verdicts=together(*_verdicts(explanation)),
            tables=_outcomes(explanation),
            coverage=coverage_of(explanation),
            about=about_universe(explanation.universe, explanation.passed_over),
            found=explanation.diagnostics,
            titles=("Why", "When it is which"),
        )
    )


def _verdicts(explanation: Explanation) -> Iterator[Child]:
    yield bullets(depends(explanation.depends_on))
    if len(explanation.cases) == 1 and explanation.allowed is not None:
        yield way(_witness(explanation), lines=False)
    for direction in (Direction.EGRESS, Direction.INGRESS):
        told: dict[Markup, list[When]] = {}
        for case in explanation.cases:
            side = case.egress if direction is Direction.EGRESS else case.ingress
            told.setdefault(together(*_side(side)), []).append(case.when)
        for body, whens in told.items():
            title = str(direction).capitalize()
            more = f" where {conditions(whens[0])}" if len(told) > 1 else ""
            yield element("section", element("h3", f"{title}{more}"), body, class_="side")
    yield bullets(f"note: {note}" for note in explanation.notes)
    yield paragraph("asked: ", element("code", explanation.query.text), class_="fact")


def _witness(explanation: Explanation) -> Witness:
    """The one case as a way, whose lines the sides show."""
    case = explanation.cases[0]
    connection = case.connection
    return Witness(
        source=connection.source,
        destination=connection.destination,
        protocol=connection.protocol,
        port=connection.port,
        allowed=bool(case.allowed),
        hypothetical=connection.source.is_hypothetical or connection.destination.is_hypothetical,
        egress=case.egress.leg,
        ingress=case.ingress.leg,
        connection=connection,
    )


def _side(side: Side) -> Iterator[Child]:
    fate = "depends" if len(side.leg.outcomes) > 1 else "allowed" if side.leg.allowed else "denied"
    said = sentence(side.leg, side.subject).removeprefix(f"{short(side.subject)}: ")
    yield paragraph(badge(fate), " ", said)
    found = decides(side)
    if found is not None:
        yield excerpt(*found)
    yield _lines(policies(side, PLAIN, found is not None))
    yield _lines(otherwise(side, PLAIN))
    for near in side.near:
        yield from _near(near, side)


def _lines(lines: Iterator[str]) -> Markup | None:
    found = [" ".join(line.split()) for line in lines]
    return bullets(found, "fine") if found else None


def _near(near: NearMiss, side: Side) -> Iterator[Child]:
    """What almost spoke of the connection, with the place that would have to be other."""
    verb = "let it in" if side.leg.direction is Direction.INGRESS else "let it out"
    name = element("strong", str(near.citation))
    if not near.selection:
        yield paragraph("close: ", name, f" {near.citation.rule or ''} would {verb}, but {near.lack.what}")
    elif near.rule is not None:
        yield paragraph("close: ", name, f" would {verb}, but does not select this pod: {near.lack.what}")
    else:
        yield paragraph("close: ", name, f" does not select this pod: {near.lack.what}")
    if near.citation.origin is not None and (near.lack.hint is not None or near is side.near[0]):
        yield excerpt(near.citation.origin, near.lack.hint or near.lack.what)
    elif near.citation.origin is not None:
        yield paragraph(where(near.citation.origin), class_="fact")


def _outcomes(explanation: Explanation) -> Child:
    if len(explanation.cases) == 1:
        return None
    rows: Sequence[Row] = [
        Row((badge(_FATES[fate]), conditions(when)), _FATES[fate]) for when, fate in explanation.outcomes
    ]
    return table("Outcomes", ("fate", "where"), rows)
