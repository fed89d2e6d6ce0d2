"""The report about a fleet for people: a table of clusters and properties, then everything about what is not proved.

The table does not depend on the terminal. It has a column for each cluster and a row for each property; where there are
too many clusters, a row for each of them, with numbers. What holds everywhere takes one line, however much it is.
"""

from collections.abc import Iterator, Mapping, Sequence

from verifier.engine.results.check import Result, Verdict
from verifier.fleet.result import ClusterReport, FleetReport
from verifier.ir.cluster import PassedOver
from verifier.ir.prose import listed, number
from verifier.report.findings.finding import of_result
from verifier.report.findings.findings import errors_in
from verifier.report.words.paint import PLAIN, Paint, visible
from verifier.report.words.result import COLOUR, REGIONS, block_of, brief, footer, own_assumptions, uncovered
from verifier.report.words.tally import fleet_tally

WIDTH = 110
"""Characters of a line of the table."""

MOST_TABLES = 3
"""Of clusters that fill more of them than this, only numbers are shown."""

MOST_ROWS = 60
"""Of properties that are proved in all clusters, so many have a row of their own."""

_MOST = 7
_GAP = "  "
_NOT_READ = "not read"
_NOT_ASKED = "-"
_VERDICTS = tuple(verdict for verdict in Verdict if verdict is not Verdict.ACCEPTED)
"""Acceptances are for the manifests of one repository, not for many clusters."""


def fleet(report: FleetReport, paint: Paint = PLAIN, quiet: bool = False) -> str:
    """The whole report; `quiet`: only violations, why others are neither proved nor violated, the tally, and what
    this run left out."""
    blocks = [] if quiet else [[paint(_read(report), "dim")]]
    blocks += _table(report, paint, quiet)
    blocks += _details(report, paint, quiet)
    about = list(_unanswered(report, paint) if quiet else _about(report, paint))
    blocks += [] if quiet else [list(_notes(report, paint))]
    blocks.append([paint(fleet_tally(report), "bold"), *about])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _read(report: FleetReport) -> str:
    counts = [each.report.counts for each in report.clusters]
    return ", ".join(
        (
            f"fleet {report.name}: {number(len(report.clusters), 'cluster')}",
            number(len(properties_of(report)), "property", "properties"),
            number(sum(c.policies for c in counts), "policy", "policies"),
            number(sum(c.workloads for c in counts), "workload"),
            number(sum(c.namespaces for c in counts), "namespace"),
        )
    )


def properties_of(report: FleetReport) -> Sequence[str]:
    """The names of all properties, each once, in the order of the clusters that have them."""
    return tuple(dict.fromkeys(r.property.name for each in report.clusters for r in each.report.results))


def verdicts_of(clusters: Sequence[ClusterReport]) -> Sequence[Mapping[str, Verdict]]:
    """For each cluster the verdicts by the name of the property."""
    return [{r.property.name: r.verdict for r in each.report.results} for each in clusters]


def _table(report: FleetReport, paint: Paint, quiet: bool) -> Iterator[list[str]]:
    parts = list(_columns(report))
    if len(parts) > MOST_TABLES:
        yield list(_rows(report, paint, quiet))
        return
    for number_of_part, part in enumerate(parts):
        yield list(_matrix(report, part, paint, quiet, last=number_of_part == len(parts) - 1))


def _columns(report: FleetReport) -> Iterator[Sequence[ClusterReport]]:
    """The clusters that fit on one line each time."""
    room = WIDTH - max((len(visible(name)) for name in properties_of(report)), default=0)
    part: list[ClusterReport] = []
    for each in report.clusters:
        width = sum(len(_GAP) + _width(one) for one in (*part, each))
        if part and width > room:
            yield part
            part = []
        part.append(each)
    yield part


def _width(each: ClusterReport) -> int:
    return max(len(visible(each.name)), len(_NOT_READ))


def _matrix(
    report: FleetReport, part: Sequence[ClusterReport], paint: Paint, quiet: bool, *, last: bool
) -> Iterator[str]:
    """A column for each cluster of the part, a row for each property."""
    everywhere, properties = verdicts_of(report.clusters), properties_of(report)
    here, widths = verdicts_of(part), [_width(each) for each in part]
    first = max((len(visible(name)) for name in properties), default=0)
    names = [f"{visible(each.name):<{width}}" for each, width in zip(part, widths, strict=True)]
    yield paint(f"{'':<{first}}{_GAP}{_GAP.join(names)}".rstrip(), "bold")
    proved = 0
    for name in properties or [""]:
        holds = bool(name) and all(found.get(name, Verdict.PROVED) is Verdict.PROVED for found in everywhere)
        proved += holds
        if holds and (quiet or proved > MOST_ROWS):
            continue
        cells = (_cell(each, found.get(name)) for each, found in zip(part, here, strict=True))
        dressed = (_dressed(cell, width, paint) for cell, width in zip(cells, widths, strict=True))
        yield f"{paint(name)}{' ' * (first - len(visible(name)))}{_GAP}{_GAP.join(dressed)}".rstrip()
    if last:
        unread = f", but {number(report.not_read, 'cluster')} not read" if report.not_read else ""
        yield from _left_out(proved, "property", "properties", f"proved wherever asked{unread}", quiet)


def _rows(report: FleetReport, paint: Paint, quiet: bool) -> Iterator[str]:
    """A row for each cluster: a number for each verdict, and what is not proved."""
    width = max(len(visible(each.name)) for each in report.clusters)
    yield paint(f"{'':<{width}}{_GAP}" + _GAP.join(f"{verdict:>8}" for verdict in _VERDICTS), "bold")
    proved = 0
    for each in report.clusters:
        counts, results = each.report.tally(), each.report.results
        holds = bool(results) and counts[Verdict.PROVED] == len(results)
        proved += holds
        if holds and (quiet or proved > MOST_ROWS):
            continue
        cells = (
            [_count(verdict, counts[verdict], paint) for verdict in _VERDICTS] if results else [paint(_NOT_READ, "red")]
        )
        open_ones = [visible(r.property.name) for r in results if r.verdict is not Verdict.PROVED]
        what = [listed(open_ones, 3)] if open_ones else []
        yield f"{paint(each.name)}{' ' * (width - len(visible(each.name)))}{_GAP}{_GAP.join([*cells, *what])}"
    yield from _left_out(proved, "cluster", "clusters", "in which everything is proved", quiet)


def _left_out(proved: int, one: str, many: str, what: str, quiet: bool) -> Iterator[str]:
    """The line that stands for rows in which there is nothing to see."""
    count, more = (proved, "") if quiet else (proved - MOST_ROWS, "more ")
    if count > 0:
        yield f"{number(count, more + one, more + many)} {what}"


def _cell(each: ClusterReport, verdict: Verdict | None) -> str:
    if verdict is None:
        return _NOT_ASKED if each.report.results else _NOT_READ
    return str(verdict) if verdict is Verdict.PROVED else verdict.upper()


def _dressed(cell: str, width: int, paint: Paint) -> str:
    colour = "red" if cell == _NOT_READ else COLOUR.get(Verdict(cell.lower())) if cell != _NOT_ASKED else None
    return f"{paint(cell, colour) if colour else cell}{' ' * (width - len(cell))}"


def _count(verdict: Verdict, count: int, paint: Paint) -> str:
    text = f"{count:>8}"
    return paint(text, COLOUR[verdict]) if count else text


def _details(report: FleetReport, paint: Paint, quiet: bool) -> Iterator[list[str]]:
    """Everything about what is not proved, cluster by cluster; what is the same in several clusters is told once."""
    left, untold = report.told, 0
    places = _places(report)
    for each in report.clusters:
        found = [
            r for r in each.report.results if r.verdict is not Verdict.PROVED and places[_identity(r)][0] == each.name
        ]
        told = found if left is None else found[:left]
        untold += len(found) - len(told)
        left = None if left is None else left - len(told)
        troubles = list(troubles_of(each))
        if told or troubles:
            yield [paint(f"== {each.name}", "bold"), *(paint(trouble, "red") for trouble in troubles)]
        for result in told:
            others = places[_identity(result)][1:]
            whole = not quiet or result.verdict is Verdict.VIOLATED
            block = (
                block_of(result, paint, own_assumptions(result, each.report), REGIONS)
                if whole
                else brief(result, paint)
            )
            yield [*block, *_also(result, others, paint)]
    if untold:
        yield [f"{number(untold, 'more finding')}, beyond --limit {report.told}"]


def _places(report: FleetReport) -> Mapping[tuple[object, ...], Sequence[str]]:
    """For each finding the clusters in which it is found."""
    places: dict[tuple[object, ...], list[str]] = {}
    for each in report.clusters:
        for result in each.report.results:
            if result.verdict is not Verdict.PROVED:
                places.setdefault(_identity(result), []).append(each.name)
    return places


def _identity(result: Result) -> tuple[object, ...]:
    """The same for findings about equal claims that policies and rules of the same names decide."""
    found = of_result(result)
    return result.property.name, result.verdict, result.reason, found.fingerprint if found is not None else None


def _also(result: Result, others: Sequence[str], paint: Paint) -> Iterator[str]:
    if others:
        why = ": policies and rules of the same names decide there" if result.verdict is Verdict.VIOLATED else ""
        yield from ("", f"  Also in {paint(listed(others, _MOST), 'bold')}{why}.")


def troubles_of(each: ClusterReport) -> Iterator[str]:
    """Why a cluster has no verdicts, or not all of them."""
    wrong = errors_in(each.report.diagnostics)
    if wrong:
        extent = "some properties were not asked" if each.report.results else "nothing was checked"
        yield f"{number(len(wrong), 'error')} in the input: {extent}"
    yield from (f"failed: {failure.message}" for failure in each.failures)


def _notes(report: FleetReport, paint: Paint) -> Iterator[str]:
    """What is to be said about what is proved, clusters for which it is the same together."""
    noted: dict[tuple[str, str], list[str]] = {}
    for each in report.clusters:
        for result in each.report.results:
            for note in result.notes if result.verdict is Verdict.PROVED else ():
                noted.setdefault((result.property.name, note), []).append(each.name)
    for (name, note), clusters in noted.items():
        yield f"note: {paint(name, 'bold')}: {paint(note)} ({paint(listed(clusters, _MOST))})"


def _unanswered(report: FleetReport, paint: Paint) -> Iterator[str]:
    """What this run left out, cluster by cluster."""
    for each in report.clusters:
        said = uncovered(each.report.not_covered, paint, each.report.assumptions)
        yield from (f"In {paint(each.name)}: {line}" for line in said)


def _about(report: FleetReport, paint: Paint) -> Iterator[str]:
    """About what the answers speak, and about what not; clusters for which the same is to be said together."""
    groups: dict[tuple[str, tuple[str, ...], tuple[str, ...], tuple[PassedOver, ...]], list[str]] = {}
    for each in report.clusters:
        if each.report.results:
            key = (each.report.universe, each.report.assumptions, each.report.not_covered, each.report.passed_over)
            groups.setdefault(key, []).append(each.name)
    for (universe, assumptions, not_covered, passed_over), names in groups.items():
        if len(groups) > 1:
            yield ""
            yield paint(f"In {listed(names, _MOST)}:")
        yield from footer(universe, assumptions, not_covered, paint, passed_over)
