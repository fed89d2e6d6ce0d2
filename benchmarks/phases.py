"""One check in a process of its own, its phases timed apart; prints them as JSON.

    python -m benchmarks.phases FOLDER CLAIM...

reading: files to plain data. lowering: plain data to our own form. encoding: to SMT-LIB, and Z3 taking it in.
solving: Z3. report: the text.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from verifier.engine.check.check import report
from verifier.manifests.kubernetes import load as loading
from verifier.manifests.notation.expression import parse_expression
from verifier.report.formats import formats_of
from verifier.report.words.paint import PLAIN


def main() -> None:
    folder, *claims = sys.argv[1:]
    seconds = dict.fromkeys(("reading", "lowering", "encoding", "solving", "witness and notes", "report"), 0.0)
    loading.documents = timed(loading.documents, seconds, "reading")  # type: ignore[assignment]
    started = time.perf_counter()
    loaded = loading.load([folder])
    seconds["lowering"] = time.perf_counter() - started - seconds["reading"]
    started = time.perf_counter()
    answer = report(loaded.cluster, [parse_expression(claim) for claim in claims])
    asked = time.perf_counter() - started
    seconds["encoding"] = sum(r.stats.encoding for r in answer.results)
    seconds["solving"] = sum(r.stats.solving for r in answer.results)
    seconds["witness and notes"] = asked - seconds["encoding"] - seconds["solving"]
    started = time.perf_counter()
    formats_of("check")["text"](answer, PLAIN, False)
    seconds["report"] = time.perf_counter() - started
    print(json.dumps(seconds))


def timed(function: Callable[..., Any], seconds: dict[str, float], name: str) -> Callable[..., Any]:
    def wrapped(*arguments: Any, **options: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*arguments, **options)
        finally:
            seconds[name] += time.perf_counter() - started

    return wrapped


if __name__ == "__main__":
    main()
