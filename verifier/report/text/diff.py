"""The report of `diff` for people: the relation, then what was opened and what was closed, each with the rule."""

from collections.abc import Iterator

from msgspec.structs import replace

from verifier.engine.results.diff import Difference, OneSided, Relation, Settings
from verifier.engine.results.region import EndRegion, Region
from verifier.engine.results.witness import Witness
from verifier.ir.endpoint import PODLIKE, Workload
from verifier.ir.prose import listed
from verifier.report.words import region as words
from verifier.report.words.cause import Cause, before, now
from verifier.report.words.endpoint import both, with_port
from verifier.report.words.headline import completeness, headline
from verifier.report.words.paint import PLAIN, Paint
from verifier.report.words.result import depends, footer, uncovered
from verifier.report.words.settings import instead, since

_COLOUR = {
    Relation.EQUIVALENT: "green",
    Relation.WIDER: "red",
    Relation.NARROWER: "cyan",
    Relation.INCOMPARABLE: "red",
    Relation.UNKNOWN: "yellow",
}

NEW = "New workloads and what they may reach"
GONE = "Workloads that are gone, and what they could reach"
TURNED = "Workloads that turn to hostNetwork, or from it"
INSTEAD = "What to write instead, so that it means the same under both"

WORKLOADS = 7
"""Workloads of today that are named before the rest is only counted."""


def diff(difference: Difference, paint: Paint = PLAIN, quiet: bool = False) -> str:
    """The whole report; `quiet`: only the relation, what changed, and what this run left out."""
    blocks = list(blocks_of(difference, paint))
    over, assumptions = difference.passed_over, difference.assumptions
    if not quiet:
        blocks.append(list(footer(difference.universe, assumptions, difference.not_covered, paint, over)))
    elif left := uncovered(difference.not_covered, paint, difference.assumptions):
        blocks.append(left)
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def blocks_of(difference: Difference, paint: Paint) -> Iterator[list[str]]:
    """The comparison in blocks, an empty line between two of them."""
    yield list(_head(difference, paint))
    for title, regions, opened in (("Opened", difference.added, True), ("Closed", difference.removed, False)):
        if regions:
            yield [paint(f"{title} ({len(regions)})", "bold")]
            yield from (list(_region(n, each, opened, difference.settings, paint)) for n, each in enumerate(regions, 1))
    whole = completeness(difference)
    if whole is not None:
        yield [paint(whole)]
    better = [f"  {paint(switch)}: {paint(text)}" for switch, text in instead(difference)]
    if better:
        yield [paint(INSTEAD, "bold"), *better]
    yield from _pods(NEW, "reaches", difference.new_workloads, paint)
    yield from _pods(GONE, "reached", difference.gone_workloads, paint)
    if difference.turned_workloads:
        yield [paint(f"{TURNED} ({len(difference.turned_workloads)})", "bold"), *_turned(difference, paint)]


def _head(difference: Difference, paint: Paint) -> Iterator[str]:
    yield f"{paint(difference.relation.upper(), 'bold', _COLOUR[difference.relation])}  {paint(headline(difference))}"
    yield from (f"  {paint(advice)}" for advice in depends(difference.depends_on))
    yield from (f"  note: {paint(note)}" for note in difference.notes)


def _turned(difference: Difference, paint: Paint) -> Iterator[str]:
    for workload in difference.turned_workloads:
        yield f"  {paint(workload)}   {paint(turn(workload), 'dim')}"


def turn(workload: Workload) -> str:
    """How its network changed."""
    return "uses its node's network now" if workload.host_network else "has a network of its own now"


def _pods(title: str, verb: str, workloads: tuple[OneSided, ...], paint: Paint) -> Iterator[list[str]]:
    if workloads:
        yield [
            paint(f"{title} ({len(workloads)})", "bold"),
            *(line for w in workloads for line in _pod(w, verb, paint)),
        ]


def _pod(workload: OneSided, verb: str, paint: Paint) -> Iterator[str]:
    yield f"  {paint(workload)}"
    yield from (f"     {verb:<7}  {paint(line)}" for line in words.reach_lines(workload, str))


def _region(number: int, region: Region, opened: bool, settings: Settings | None, paint: Paint) -> Iterator[str]:
    yield f"  {number}. {paint(words.line(replace(region, excluding=())), 'bold')}"
    for count, taken in enumerate(words.excluding(region, str)):
        yield f"     {'' if count else 'but not':<8} {paint(taken)}"
    yield from _causes("by" if opened else "blocked by", now(region, opened), paint)
    then = "before" if settings is None else "in OLD"
    yield from _causes(f"{'blocked' if opened else 'let through'} {then} by", before(region, opened), paint)
    yield from (
        f"     {'' if count else 'since':<8} {paint(line)}" for count, line in enumerate(since(region, settings))
    )
    yield f"     example  {paint(example(region.witness))}"
    for line in today(region):
        yield f"     today    {paint(line)}"


def _causes(title: str, causes: tuple[Cause, ...], paint: Paint) -> Iterator[str]:
    for cause in causes:
        said = f"{title} {cause.text}" if cause.origin is not None else cause.text
        yield f"     {paint(said)}   {paint(cause.where(), 'dim')}".rstrip()


def example(witness: Witness) -> str:
    """One packet, in a line: who to whom, and the addresses."""
    if witness.source is None or witness.destination is None:
        return ""
    first, second = both(witness.source, witness.destination)
    packet = f"{witness.protocol} {witness.source.address} -> {with_port(witness.destination, witness.port)}"
    return f"{first} -> {second}: {packet}{'   (possible, none exists today)' if witness.hypothetical else ''}"


def today(region: Region) -> Iterator[str]:
    """The workloads of today that fall into the region, and which of its ends none falls into."""
    if not (region.sources or region.destinations):
        return
    source = _named(region.sources, region.source, words.source(region, str))
    yield f"{source} -> {_named(region.destinations, region.destination, words.destination(region, str))}"


def _named(workloads: tuple[Workload, ...], end: EndRegion, said: str) -> str:
    """The workloads; what is said of the end itself where no pod can be there."""
    if not end.kinds & PODLIKE:
        return said
    return listed(map(str, workloads), WORKLOADS) if workloads else "(none of today's)"
