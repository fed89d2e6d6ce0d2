"""What `-v` tells: sizes, and where the time went."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from verifier.cli.inputs.inputs import Question
from verifier.cli.inputs.sides import Sides
from verifier.engine.results.check import CheckReport, Stats
from verifier.engine.results.diff import Difference, GateReport
from verifier.fleet.result import FleetReport
from verifier.ir.prose import number

if TYPE_CHECKING:
    from verifier.cli.inputs.gatereading import Reading
    from verifier.manifests.kubernetes.load import Loaded


def timings(question: Question, report: CheckReport, total: float) -> str:
    """A table of the phases of a run with their shares, then a line for each property."""
    encoding = sum(result.stats.encoding for result in report.results)
    solving = sum(result.stats.solving for result in report.results)
    phases = {
        "reading": question.seconds,
        "encoding": encoding,
        "solving": solving,
        "other": max(0.0, total - question.seconds - encoding - solving),
    }
    lines = [_sizes(question.loaded, report)]
    lines += [f"{name:<9}{seconds:8.3f} s {100 * seconds / total:4.0f} %" for name, seconds in phases.items()]
    lines.append(f"{'total':<9}{total:8.3f} s")
    for result in report.results:
        stats = result.stats
        lines.append(
            f"{result.property.name}: {stats.policies} policies, {stats.queries} queries, "
            f"{stats.script_bytes} bytes of SMT-LIB, encoding {stats.encoding:.3f} s, solving {stats.solving:.3f} s"
        )
        lines += _opinions(stats)
    return "\n".join(lines)


def diff_timings(sides: Sides, difference: Difference, total: float) -> str:
    """The same for a comparison; and how far its lists are from the shortest."""
    stats = difference.stats
    lines = [
        f"{name}: read {read.files} files, {read.bytes} bytes, {read.documents} documents: {read.policies} policies, "
        f"{len(read.cluster.workloads)} workloads, {len(read.cluster.namespaces)} namespaces"
        for name, read in (("old", sides.old), ("new", sides.new))
    ]
    lists = (
        ("opened", difference.added, difference.fewest_added),
        ("closed", difference.removed, difference.fewest_removed),
    )
    for name, regions, least in lists:
        if regions and least is not None:
            lines.append(f"{name}: {number(len(regions), 'region')}, every complete list has {least} or more")
    lines += _phases(sides.seconds, stats.encoding, stats.solving, total)
    lines.append(f"{stats.queries} queries, {stats.script_bytes} bytes of SMT-LIB")
    lines += _opinions(stats)
    return "\n".join(lines)


def coverage_timings(stats: Stats, total: float) -> str:
    """The same for `coverage`: the questions of all properties, about the policies as they are and edited."""
    return lint_timings(stats, total)


def lint_timings(stats: Stats, total: float) -> str:
    """The same for the questions of `lint`, all in all."""
    phases = {"encoding": stats.encoding, "solving": stats.solving, "total": total}
    lines = [f"{name:<9}{seconds:8.3f} s" for name, seconds in phases.items()]
    lines.append(f"{stats.queries} queries, {stats.script_bytes} bytes of SMT-LIB")
    return "\n".join([*lines, *_opinions(stats)])


def fleet_timings(report: FleetReport, total: float) -> str:
    """A line for each cluster. The work of several processes adds up to more than the run took."""
    lines = []
    reading = encoding = solving = 0.0
    for each in report.clusters:
        stats = [result.stats for result in each.report.results]
        mine = sum(s.encoding for s in stats), sum(s.solving for s in stats)
        lines.append(
            f"{each.name}: {each.reading.files} files, {each.reading.bytes} bytes, {each.report.counts.policies} "
            f"policies, {len(stats)} properties, {sum(s.queries for s in stats)} queries, "
            f"reading {each.reading.seconds:.3f} s, encoding {mine[0]:.3f} s, solving {mine[1]:.3f} s"
        )
        reading, encoding, solving = reading + each.reading.seconds, encoding + mine[0], solving + mine[1]
    lines.append(f"all clusters: reading {reading:.3f} s, encoding {encoding:.3f} s, solving {solving:.3f} s of work")
    lines.append(f"total {total:.3f} s")
    return "\n".join(lines)


def gate_timings(reading: "Reading", report: GateReport, total: float) -> str:
    """The same for a gate, whose sizes are those of the head."""
    results = [(name, r) for name, side in (("base", report.base), ("head", report.head)) for r in side.results]
    asked = [(f"{name}: {result.property.name}", result.stats) for name, result in results]
    asked.append(("difference", report.difference.stats))
    stats = [each for _, each in asked]
    encoding, solving = sum(s.encoding for s in stats), sum(s.solving for s in stats)
    lines = [] if reading.head is None else [_sizes(reading.head, report.head)]
    lines += _phases(reading.seconds, encoding, solving, total)
    lines.append(f"{sum(s.queries for s in stats)} queries, {sum(s.script_bytes for s in stats)} bytes of SMT-LIB")
    for name, each in asked:
        lines += [name, *_opinions(each)] if each.opinions else []
    return "\n".join(lines)


def _opinions(stats: Stats) -> Iterator[str]:
    """What both solvers said to each question, and how long it took them."""
    for o in stats.opinions:
        why = f" ({o.reason})" if o.reason else ""
        yield f"  {o.question}: Z3 {o.answer} {o.seconds:.3f} s, cvc5 {o.second}{why} {o.second_seconds:.3f} s"


def _phases(reading: float, encoding: float, solving: float, total: float) -> Iterator[str]:
    """A table of the phases with their shares."""
    rest = max(0.0, total - reading - encoding - solving)
    phases = {"reading": reading, "encoding": encoding, "solving": solving, "rest": rest}
    yield from (f"{name:<9}{seconds:8.3f} s {100 * seconds / total:4.0f} %" for name, seconds in phases.items())
    yield f"{'total':<9}{total:8.3f} s"


def _sizes(read: "Loaded", report: CheckReport) -> str:
    counts = report.counts
    text = (
        f"read {read.files} files, {read.bytes} bytes, {read.documents} documents: {counts.policies} policies, "
        f"{counts.workloads} workloads, {counts.namespaces} namespaces"
    )
    if read.passed_over:
        text += f"\npassed over {', '.join(f'{count} {kind}' for kind, count in read.passed_over.items())}"
    if read.left_out:
        text += f"\nleft out {len(read.left_out)}: {', '.join(read.left_out)}"
    return text
