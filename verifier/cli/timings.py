"""What `-v` tells: sizes, and where the time went."""

from verifier.cli.question import Question
from verifier.engine.result import CheckReport


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
    lines = [_sizes(question, report)]
    lines += [f"{name:<9}{seconds:8.3f} s {100 * seconds / total:4.0f} %" for name, seconds in phases.items()]
    lines.append(f"{'total':<9}{total:8.3f} s")
    for result in report.results:
        stats = result.stats
        lines.append(
            f"{result.property.name}: {stats.policies} policies, {stats.queries} queries, "
            f"{stats.script_bytes} bytes of SMT-LIB, encoding {stats.encoding:.3f} s, solving {stats.solving:.3f} s"
        )
    return "\n".join(lines)


def _sizes(question: Question, report: CheckReport) -> str:
    read, counts = question.loaded, report.counts
    return (
        f"read {read.files} files, {read.bytes} bytes, {read.documents} documents: {counts.policies} policies, "
        f"{counts.workloads} workloads, {counts.namespaces} namespaces"
    )
