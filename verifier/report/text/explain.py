"""The explanation for people: the verdict, both ends, and each side in sentences with the lines that decide."""

from collections.abc import Iterator, Sequence

from verifier.engine.explain.condition import When
from verifier.engine.explain.nearmiss import NearMiss
from verifier.engine.explain.result import Case, Explanation, Side
from verifier.ir.connectionquery import InquiryEnd, NodeEnd
from verifier.ir.endpoint import PODLIKE, Endpoint, Kind
from verifier.ir.origin import Origin
from verifier.ir.policy import Action, Citation, Direction
from verifier.ir.prose import number
from verifier.report.words.conditions import conditions
from verifier.report.words.endpoint import both, in_words, namespace_labels, on_port, short
from verifier.report.words.excerpt import excerpt
from verifier.report.words.legs import is_of_mesh, place, sentence, would
from verifier.report.words.paint import PLAIN, Paint
from verifier.report.words.result import depends, footer, uncovered

_WORDS = {True: ("ALLOWED", "green"), False: ("DENIED", "red"), None: ("DEPENDS", "yellow")}
_FATES = {True: "allowed", False: "denied", None: "undecided"}

MOST = 6
"""Policies and outcomes that are listed before the rest is only counted."""


def explain(explanation: Explanation, paint: Paint = PLAIN, quiet: bool = False) -> str:
    """The whole explanation; `quiet`: the verdict, what it hangs on, and what it leaves out."""
    blocks = [list(_verdict(explanation, paint))]
    if not quiet:
        blocks.append(list(_ends(explanation, paint)))
        blocks += _sides(explanation.cases, paint)
        if explanation.notes:
            blocks.append([f"note: {paint(note)}" for note in explanation.notes])
        over = explanation.passed_over
        blocks.append(list(footer(explanation.universe, explanation.assumptions, explanation.not_covered, paint, over)))
    else:
        blocks.append(uncovered(explanation.not_covered, paint, explanation.assumptions))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _verdict(explanation: Explanation, paint: Paint) -> Iterator[str]:
    word, colour = _WORDS[explanation.allowed]
    connection = explanation.cases[0].connection
    source, destination = both(connection.source, connection.destination)
    source = called(explanation.query.source, source)
    destination = called(explanation.query.destination, destination)
    destination = "itself" if connection.itself else destination
    port = on_port(connection.protocol, connection.port).removeprefix(" on ")
    yield f"{paint(word, 'bold', colour)}  {paint(f'{source} -> {destination} : {port}', 'bold')}"
    if len(explanation.cases) == 1:
        return
    yield ""
    for outcome in (True, False, None):
        listed = [conditions(when) for when, fate in explanation.outcomes if fate is outcome]
        yield from _listed(_FATES[outcome], listed, paint)
    yield from (f"  {paint(advice)}" for advice in depends(explanation.depends_on))
    doubtful = [case for case in explanation.cases if case.allowed is None]
    if any(len(side.leg.outcomes) > 1 for case in doubtful for side in (case.egress, case.ingress)):
        yield "  undecided: policies of equal priority disagree, or a condition is not in the manifests"


def _listed(fate: str, alternatives: Sequence[str], paint: Paint) -> Iterator[str]:
    for count, condition in enumerate(alternatives[:MOST]):
        yield f"  {fate if not count else '':<9} {paint('where' if not count else 'or', 'dim')} {paint(condition)}"
    if len(alternatives) > MOST:
        yield f"  {'':<9} and in {number(len(alternatives) - MOST, 'more case')}"


def called(asked: InquiryEnd, words: str) -> str:
    """What the end is called: a node by its name or as any, whichever address a case gives it."""
    return str(asked) if isinstance(asked, NodeEnd) else words


def _ends(explanation: Explanation, paint: Paint) -> Iterator[str]:
    connection = explanation.cases[0].connection
    yield from _end("from", connection.source, explanation.query.source, paint)
    yield from _end("to", connection.destination, explanation.query.destination, paint)


def _end(role: str, end: Endpoint, asked: InquiryEnd, paint: Paint) -> Iterator[str]:
    title = called(asked, both(end, end)[0])
    where = ""
    if isinstance(asked, NodeEnd) and asked.node is not None:
        where = f"   {paint(_position(asked.node.origin), 'dim')}"
    elif end.workload is not None and end.workload.origin is not None:
        where = f"   {paint(_position(end.workload.origin), 'dim')}"
    elif end.is_hypothetical:
        where = f"   {paint('(a pod that need not exist)', 'dim')}"
    yield f"     {role:<5}{paint(title, 'bold')}{where}"
    if end.kind in PODLIKE:
        yield f"          pod labels       {paint(in_words(end.labels))}"
        if labels := namespace_labels(end):
            yield f"          namespace labels {paint(in_words(labels))}"
    if end.kind is Kind.HOSTPOD:
        yield "          hostNetwork      true"


def _sides(cases: Sequence[Case], paint: Paint) -> list[list[str]]:
    """Both sides; one that is the same in all cases is told once."""
    blocks = []
    for name in ("egress", "ingress"):
        told: dict[tuple[str, ...], list[When]] = {}
        for case in cases:
            side = case.egress if name == "egress" else case.ingress
            told.setdefault(tuple(_side(side, paint)), []).append(case.when)
        for lines, whens in told.items():
            title = paint(f"{name.capitalize():<8}", "bold")
            if len(told) == 1:
                blocks.append([f"{title} {lines[0]}", *lines[1:]])
            else:
                where = paint(f"where {conditions(whens[0])}", "dim")
                blocks.append([f"{title} {where}", f"         {lines[0]}", *lines[1:]])
    return blocks


def _side(side: Side, paint: Paint) -> Iterator[str]:
    origin = place(side.leg)
    found = decides(side)
    shown = excerpt(*found, paint) if found is not None else []
    fate = paint(_FATES[next(iter(side.leg.outcomes)) if len(side.leg.outcomes) == 1 else None], "bold")
    said = sentence(side.leg, side.subject).removeprefix(f"{short(side.subject)}: ")
    yield f"{fate}: {paint(said)}" + (":" if shown and origin is not None else "")
    yield from shown
    yield from policies(side, paint, bool(shown))
    yield from otherwise(side, paint)
    for near in side.near:
        yield ""
        yield from _near(near, side, paint)


def policies(side: Side, paint: Paint, shown: bool) -> Iterator[str]:
    """What passed the connection on before it was decided, and the policies that have a part in it besides the one
    that decides. shown: that one's line is."""
    passed = [step.because for step in side.leg.steps[:-1] if step.citation is not None and not is_of_mesh(step)]
    yield from (f"         {'before' if not n else '':<9} {paint(because)}" for n, because in enumerate(passed))
    others = [c for c in side.selecting if not _is_cited(c, side)]
    if others:
        yield from _policies("also selected by" if shown else "selected by", others, paint)
    if side.also:
        yield from _policies("likewise by", side.also, paint)


def _is_cited(citation: Citation, side: Side) -> bool:
    """True iff the sentence, or what is said of later stages, names the policy already."""
    named = (step.citation for step in (*filter(is_of_mesh, side.leg.steps), side.leg.steps[-1], *side.otherwise))
    return any(str(citation) == str(other) for other in named if other is not None)


def decides(side: Side) -> tuple[Origin, str] | None:
    """Where the rule stands that decides, or the selection that isolates the pod, and what it does; None: nowhere."""
    last = side.leg.steps[-1]
    if last.citation is None or last.citation.origin is None:
        return None
    way = "in" if side.leg.direction is Direction.INGRESS else "out"
    if last.citation.rule is None:
        return last.citation.origin, f"selects the pod, and no rule lets it {way}"
    verb = "this lets it" if last.decision is Action.ALLOW else "this keeps it from getting"
    return last.citation.origin, f"{verb} {way}"


def otherwise(side: Side, paint: Paint) -> Iterator[str]:
    """What the stages after the deciding one would have said, as far as they would have said something, and that a
    connection which is denied would have been allowed in the end."""
    title = "otherwise"
    for step in side.otherwise:
        if step.citation is None:
            if step.decision is Action.DENY:
                yield f"         {title:<9} {paint(step.because)}"
                return
            continue
        where = step.citation.origin
        position = f"   {paint(_position(where), 'dim')}" if where is not None else ""
        yield f"         {title:<9} {paint(would(step, side.leg.direction))}{position}"
        title = ""
        if step.decision is not Action.NEXT:
            return
    if side.otherwise and (not title or not side.leg.allowed):
        yield f"         {title:<9} nothing {'else ' if not title else ''}would decide, and it would be allowed"


def _policies(title: str, citations: Sequence[Citation], paint: Paint) -> Iterator[str]:
    for count, citation in enumerate(citations[:MOST]):
        rule = f" {citation.rule}" if citation.rule is not None else ""
        where = f"   {paint(_position(citation.origin), 'dim')}" if citation.origin is not None else ""
        yield f"         {title if not count else '':<{len(title)}} {paint(f'{citation}{rule}')}{where}"
    if len(citations) > MOST:
        yield f"         {'':<{len(title)}} and {len(citations) - MOST} more"


def _near(near: NearMiss, side: Side, paint: Paint) -> Iterator[str]:
    """What almost spoke of the connection, with the place that would have to be other."""
    verb = "let it in" if side.leg.direction is Direction.INGRESS else "let it out"
    name = paint(str(near.citation), "bold")
    if not near.selection:
        yield f"         close: {name} {paint(near.citation.rule or '')} would {verb}, but {paint(near.lack.what)}"
    elif near.rule is not None:
        yield f"         close: {name} would {verb}, but does not select this pod: {paint(near.lack.what)}"
    else:
        yield f"         close: {name} does not select this pod: {paint(near.lack.what)}"
    if near.citation.origin is not None and (near.lack.hint is not None or near is side.near[0]):
        yield from excerpt(near.citation.origin, near.lack.hint or near.lack.what, paint)
    elif near.citation.origin is not None:
        yield f"                {paint(_position(near.citation.origin), 'dim')}"


def _position(origin: Origin) -> str:
    return origin.position.place
