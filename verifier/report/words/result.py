"""What is said of a result: its block, its footer, what is wrong."""

from collections.abc import Iterable, Iterator, Sequence

from verifier.engine.results.check import CheckReport, Result, Verdict
from verifier.engine.results.passedover import left_unread
from verifier.engine.results.standing import left_out_here, not_read_here
from verifier.engine.results.witness import Witness
from verifier.ir.cluster import PassedOver
from verifier.ir.endpoint import PODLIKE, Endpoint
from verifier.ir.labels import Labels
from verifier.ir.policy import Direction
from verifier.ir.property import Confined, Exactly, Isolated, Never, Only, Property, PropertySeverity, Separate
from verifier.ir.prose import listed, number
from verifier.ir.switches import AFTER, BEFORE, SWITCHES
from verifier.report.words.acceptance import said
from verifier.report.words.endpoint import both, in_words, namespace_labels, on_port, short, with_port
from verifier.report.words.excerpt import excerpt
from verifier.report.words.legs import guilts, legs, place, sentence
from verifier.report.words.paint import PLAIN, Paint
from verifier.report.words.region import is_of_isolation, line

REGIONS = 5
"""Regions of what breaks a property that a text lists unless all are wanted."""
REPAIR = "look for a repair"
"""Before the line to type."""
_MOST = 4
"""Namespaces that are named before the rest is only counted."""

COLOUR = {
    Verdict.PROVED: "green",
    Verdict.VIOLATED: "red",
    Verdict.UNKNOWN: "yellow",
    Verdict.VACUOUS: "magenta",
    Verdict.ACCEPTED: "yellow",
}


_UNIVERSES = {
    "open": "every pod that could exist, with any labels, today's or not",
    "inventory": "the workloads of the manifests as they are, and external addresses",
}
_PARTLY = {
    "open": "pods with any labels, today's or not, as far as policies were read",
    "inventory": "the workloads of the manifests, and external addresses, as far as policies were read",
}


def own_assumptions(result: Result, report: CheckReport) -> list[str]:
    """Those on which not all results rest, so that it does not suffice to say them at the end."""
    return [a for a in result.assumptions if not all(a in other.assumptions for other in report.results)]


def footer(
    universe: str,
    assumptions: Sequence[str],
    not_covered: Sequence[str],
    paint: Paint = PLAIN,
    passed_over: Sequence[PassedOver] = (),
) -> Iterator[str]:
    """About what the answers speak, and about what not. passed_over: what else decides, since which no answer is about
    all that could be."""
    yield paint(f"Universe: {about_universe(universe, passed_over)}")
    for title, entries in (("Assumed:", assumptions), ("Not covered:", not_covered)):
        for count, entry in enumerate(entries):
            yield f"{'' if count else title:<{len(title)}} {paint(entry)}"


def about_universe(universe: str, passed_over: Sequence[PassedOver] = ()) -> str:
    """The universe by its name, and whom that means."""
    about = (_PARTLY if passed_over else _UNIVERSES).get(universe)
    return f"{universe} ({about})" if about else universe


def uncovered(not_covered: Sequence[str], paint: Paint = PLAIN, assumptions: Sequence[str] = ()) -> list[str]:
    """What is said where little is said of what a run does not cover: what is this run's own, and of what it rests on
    which manifests were not read."""
    lines = [f"Not covered: {entry}" for entry in left_out_here(not_covered)]
    return [paint(line) for line in (*lines, *(f"Assumed: {entry}" for entry in not_read_here(assumptions)))]


def unread(passed_over: Sequence[PassedOver], paint: Paint = PLAIN) -> list[str]:
    """What is said of it where little is said."""
    return [paint(f"Not covered: {text}") for text in left_unread(passed_over)]


def block_of(
    result: Result, paint: Paint = PLAIN, assumed: Iterable[str] = (), most: int | None = None
) -> Iterator[str]:
    """Everything about one property, line by line. assumed: what it rests on and others do not. most: of the regions of
    what breaks it so many are listed; None: all, and what is accepted is shown like what is not."""
    yield _title(result, paint)
    broken = result.verdict in (Verdict.VIOLATED, Verdict.ACCEPTED)
    if broken and result.property.description:
        yield f"          {paint(result.property.description)}"
    if broken and result.property.text != result.property.name:
        yield f"          {paint(result.property.text, 'dim')}"
    if (extent := touched(result)) is not None:
        yield f"          {paint(extent)}"
    yield from _reason(result, paint)
    yield from (f"          note: {paint(note)}" for note in result.notes)
    yield from (f"          assumed: {paint(assumption)}" for assumption in assumed)
    if result.verdict is Verdict.ACCEPTED and most is not None:
        return
    if result.witness is not None:
        yield ""
        yield from _witness(result.property, result.witness, paint)
    if result.regions:
        yield ""
        yield from _regions(result, paint, most)
    if result.suggestions:
        yield ""
        for suggestion in result.suggestions:
            yield f"  narrower claim that holds: {paint(suggestion.text, 'bold')}"
            yield f"      {paint(suggestion.because)}"
    if result.repair:
        yield ""
        yield f"  {REPAIR}: {paint(result.repair)}"


def _regions(result: Result, paint: Paint, most: int | None) -> Iterator[str]:
    """All that breaks it, a line each, and whether that is all."""
    shown = result.regions[:most]
    least = f" (every complete list has {result.fewest} or more)" if most is None and result.fewest is not None else ""
    yield f"  {paint(how_many(result) + least)}:"
    yield from (f"     {place}. {paint(line(region))}" for place, region in enumerate(shown, 1))
    if len(shown) < len(result.regions):
        yield paint(f"     and {len(result.regions) - len(shown)} more: -v lists them", "dim")


def how_many(result: Result) -> str:
    """How many regions of connections, or of pods, break a property, and whether there are others."""
    what = "region of pods" if all(map(is_of_isolation, result.regions)) else "region of connections"
    what = what if len(result.regions) == 1 else what.replace("region", "regions")
    if result.complete:
        return f"all that breaks it, in {len(result.regions)} {what}"
    return f"{len(result.regions)} {what} that break it, and there may be more (see --limit)"


def touched(result: Result) -> str | None:
    """How much of today's cluster breaks it; None where nobody knows, or where there is no more than one to name."""
    extent = result.extent
    if extent is None or (extent.namespaces.of <= 1 and extent.workloads.of <= 1):
        return None
    homes, workloads = extent.namespaces, extent.workloads
    named = f" ({listed(homes.names, _MOST, of=homes.count)})" if homes.names else ""
    words = f"broken in {homes.count} of {number(homes.of, 'declared namespace')}{named}"
    if workloads.count is None or not workloads.of:
        return words
    return f"{words}, by {workloads.count} of {number(workloads.of, 'workload')}"


def brief(result: Result, paint: Paint = PLAIN) -> Iterator[str]:
    """The verdict, and why it is none that one could go by."""
    yield _title(result, paint)
    yield from _reason(result, paint)


def _title(result: Result, paint: Paint) -> str:
    claimed = result.property
    remark = ""
    if result.verdict is Verdict.VACUOUS and claimed.optional:
        remark = "  (only a note: this property is optional)"
    elif claimed.severity is PropertySeverity.WARNING:
        remark = "  (severity warning: does not fail the run)"
    where = f"  {paint(_position(claimed), 'dim')}" if result.verdict is not Verdict.PROVED else ""
    word = paint(f"{result.verdict.upper():<8}", "bold", COLOUR[result.verdict])
    return f"{word}  {paint(claimed.name, 'bold')}{paint(remark)}{where}".rstrip()


def _reason(result: Result, paint: Paint) -> Iterator[str]:
    """Why it is neither proved nor violated, and what to do about it; who accepted it."""
    yield from (f"          {paint(said(acceptance))}" for acceptance in result.accepted)
    if result.reason is not None:
        yield f"          {paint(result.reason)}"
    yield from (f"          {paint(advice)}" for advice in depends(result.depends_on))


def _position(claimed: Property) -> str:
    if claimed.origin is None:
        return ""
    return claimed.origin.position.place


def depends(switches: Sequence[str]) -> Iterator[str]:
    """What to do about an answer that hangs on open switches."""
    for name in switches:
        plain = name.removeprefix(BEFORE).removeprefix(AFTER)
        switch = SWITCHES.get(plain)
        if switch is not None:
            to = "to-" if name.startswith(AFTER) else ""
            values = "|".join(switch.values)
            yield f"{name}: {switch.about}; decide with --{to}set {plain}={values}, or --{to}profile"


def _witness(claimed: Property, witness: Witness, paint: Paint) -> Iterator[str]:
    yield f"  {paint(wrong(claimed, witness))}"
    yield ""
    if witness.source is not None:
        yield from _end("from" if witness.destination is not None else "pod", witness.source, paint)
    if witness.destination is not None:
        yield from _end("to" if witness.source is not None else "pod", witness.destination, paint)
    if witness.source is not None and witness.destination is not None and witness.protocol is not None:
        packet = f"{witness.protocol} {witness.source.address} -> {with_port(witness.destination, witness.port)}"
        yield f"     {'packet':<7}{paint(packet)}"
    if witness.connection is not None and witness.connection.seen is not None:
        yield f"     {'seen':<7}{paint(f'by ipBlocks as coming from {witness.connection.seen}, the address of a node')}"
    for name, value in sorted(witness.switches.items()):
        about = f"   ({SWITCHES[name].about})" if name in SWITCHES else ""
        yield f"     {'if':<7}{paint(f'{name} = {value}')}{paint(about, 'dim')}"
    yield ""
    yield from _way(witness, paint)


def wrong(claimed: Property, witness: Witness) -> str:
    """What is wrong, in one sentence about this witness."""
    if isinstance(claimed.claim, Isolated):
        pod, direction = (
            (witness.destination, Direction.INGRESS) if witness.destination else (witness.source, Direction.EGRESS)
        )
        subject = short(pod) if pod is not None else "a pod"
        return f"{_capital(subject)} is not isolated for {direction}: no default deny is in force there."
    if witness.source is None or witness.destination is None:
        return "The claim does not hold."
    can = "can reach" if witness.allowed else "cannot reach"
    first, second = both(witness.source, witness.destination)
    what = f"{_capital(first)} {can} {second}"
    port = on_port(witness.protocol, witness.port)
    match claimed.claim:
        case Never():
            return f"{what}{port}, which must never be."
        case Only():
            return f"{what}{port}, and is none of those who may."
        case Exactly() if witness.allowed:
            return f"{what}{port}, and is none of those who may."
        case Confined():
            return f"{what}{port}, which is beyond what it may reach."
        case Separate(key=key):
            return f"{what}{port}, though they differ in `{key}`."
        case _:
            return f"{what}{port}, which must always work."


def said_of(result: Result) -> str:
    """What is wrong with it, in one sentence."""
    if result.verdict in (Verdict.VIOLATED, Verdict.ACCEPTED) and result.witness is not None:
        return wrong(result.property, result.witness)
    return result.reason or str(result.verdict)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _end(role: str, end: Endpoint, paint: Paint) -> Iterator[str]:
    """An endpoint with all that matters about it, one fact a line."""
    if end.workload is not None and end.workload.origin is not None:
        position = end.workload.origin.position
        where = f"   {paint(position.place, 'dim')}"
    elif end.is_hypothetical:
        where = f"   {paint('(possible, none exists today)', 'dim')}"
    else:
        where = ""
    yield f"     {role:<7}{paint(short(end), 'bold')}{where}"
    if end.kind not in PODLIKE:
        return
    if labels := namespace_labels(end):
        yield from _labels("namespace labels", labels, paint)
    yield from _labels("pod labels", end.labels, paint)
    if end.named_ports and end.workload is None:
        ports = ", ".join(f"{p.name} = {p.protocol} {p.port}" for p in end.named_ports)
        yield f"     {'':<7}named ports       {paint(ports)}"


def _labels(title: str, labels: Labels, paint: Paint) -> Iterator[str]:
    """On one line, or one label a line where that would be too long to read."""
    together = in_words(labels)
    parts = [together] if len(together) <= 90 else [f"{key}={value}" for key, value in sorted(labels.items())]
    for count, part in enumerate(parts):
        yield f"     {'':<7}{'' if count else title:<17} {paint(part)}"


def _way(witness: Witness, paint: Paint) -> Iterator[str]:
    """Both legs, egress first; where a line of a manifest decides, it follows."""
    blamed = guilts(witness)
    shown: list[str] = []
    for leg, end in legs(witness):
        if shown:
            yield ""
        guilt = blamed.get(leg.direction)
        shown = [] if guilt is None else excerpt(guilt.origin, guilt.note, paint)
        origin = place(leg)
        if origin is None:
            where = ""
        elif shown:
            where = ":"
        else:
            where = f"   {paint(origin.position.place, 'dim')}"
        yield f"  {leg.direction.capitalize():<8} {paint(sentence(leg, end))}{where}"
        yield from shown
