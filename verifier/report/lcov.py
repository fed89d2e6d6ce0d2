"""`coverage` as a tracefile of lcov, which code review and editors show: a line of a policy was run as often as edits
of it are noticed, and each edit is a branch of it. What stands in no file of the repository has no place there, nor
has what a report says besides."""

from collections import defaultdict
from collections.abc import Iterator

from verifier.engine.results.coverage import CoverageReport, Fate
from verifier.report.words.paint import visible
from verifier.report.words.place import place

_NAME = "netpol"


def coverage(report: CoverageReport) -> str:
    files: dict[str, dict[int, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for each in report.judged:
        where = None if each.fate is Fate.EQUIVALENT or each.edit.is_new else place(each.edit.origin)
        if where is not None:
            files[where.file][where.line].append(each.fate is Fate.NOTICED)
    return "".join(f"{line}\n" for file, lines in sorted(files.items()) for line in _record(file, lines))


def _record(file: str, lines: dict[int, list[bool]]) -> Iterator[str]:
    yield f"TN:{_NAME}"
    yield f"SF:{visible(file)}"
    branches = [noticed for _, edits in sorted(lines.items()) for noticed in edits]
    for line, edits in sorted(lines.items()):
        yield from (f"BRDA:{line},0,{number},{int(noticed)}" for number, noticed in enumerate(edits))
    yield f"BRF:{len(branches)}"
    yield f"BRH:{sum(branches)}"
    yield from (f"DA:{line},{sum(edits)}" for line, edits in sorted(lines.items()))
    yield f"LF:{len(lines)}"
    yield f"LH:{sum(any(edits) for edits in lines.values())}"
    yield "end_of_record"
