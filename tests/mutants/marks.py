"""What a tree of marked faults has as its `sitecustomize`, with which every Python starts that runs there.

Before a statement in which a fault stands `__reached__` is called, which notes the fault and the test that runs. As a
plugin of pytest it notes which tests pass; pytest comes too late to rewrite it: PYTEST_DONT_REWRITE."""

import ast
import builtins
import contextlib
import functools
import json
import os
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

MARKS, REACHED, PASSED = "marks.json", "reached.tsv", "passed.tsv"
TREE = Path(__file__).parent
_running: list[str] = []
"""The test that runs in this process, or those one of which has started it."""
_caches: list[Any] = []


def pytest_runtest_logstart(nodeid: str) -> None:
    (TREE / f"now-{os.getpid()}.txt").write_text(nodeid)
    _running[:] = [nodeid]
    for cache in _caches:
        cache.cache_clear()


def pytest_runtest_logreport(report: "pytest.TestReport") -> None:
    if report.when == "call" and report.passed:
        _note(PASSED, f"{report.duration}\t{report.nodeid}")


def install() -> None:
    marks: dict[str, dict[str, int]] = json.loads((TREE / MARKS).read_text())
    compiled = SourceFileLoader.source_to_code
    seen: set[tuple[str, int]] = set()
    # Some tests give what they start an environment of its own: only files say which test that may be.
    _running[:] = [now.read_text() for now in TREE.glob("now-*.txt")]

    def reached(fault: int) -> None:
        for test in _running:
            if (test, fault) not in seen:
                seen.add((test, fault))
                _note(REACHED, f"{fault}\t{test}")

    def source_to_code(self: SourceFileLoader, data: bytes, path: str, *, _optimize: int = -1) -> object:
        here = Path(path)
        faults = marks.get(str(here.relative_to(TREE))) if here.is_relative_to(TREE) else None
        code = data if faults is None else marked(ast.parse(data), {int(fault): faults[fault] for fault in faults})
        return compiled(self, code, path, _optimize=_optimize)

    cached = functools.lru_cache

    def lru_cache(*options: Any, **named: Any) -> Any:
        """What is kept from one test would hide from the next what it reaches."""
        made = cached(*options, **named)
        return _kept(made) if hasattr(made, "cache_clear") else lambda function: _kept(made(function))

    functools.lru_cache = lru_cache
    builtins.__reached__ = reached
    SourceFileLoader.source_to_code = source_to_code


def _kept(function: Any) -> Any:
    """Notes a cache of what is tested. What the tests keep takes long to make, and others may rely on theirs."""
    code = getattr(function.__wrapped__, "__code__", None)
    if (
        code is not None
        and Path(code.co_filename).is_relative_to(TREE)
        and not function.__module__.startswith("tests.")
    ):
        _caches.append(function)
    return function


def marked(module: ast.Module, faults: dict[int, int]) -> ast.Module:
    """The module with a call before each statement in which a fault stands, by the line it is in.

    What runs as the module is read is there for all tests: such a fault marks every function of the module."""
    places = [(fault, body, statement) for fault, line in faults.items() for body, statement in _places(module, line)]
    for fault, body, statement in places:
        call = ast.Call(ast.Name("__reached__", ast.Load()), [ast.Constant(fault)], [])
        body.insert(body.index(statement), ast.copy_location(ast.Expr(call), statement))
    return ast.fix_missing_locations(module)


def _places(module: ast.Module, line: int) -> list[tuple[list[ast.stmt], ast.stmt]]:
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    around = [function for function in functions if _holds(function, line)]
    inside = [
        (body, statement)
        for node in (ast.walk(around[0]) if around else ())
        for body in (getattr(node, part, None) for part in ("body", "orelse", "finalbody"))
        if isinstance(body, list)
        for statement in body
        if _holds(statement, line)
    ]
    innermost = sorted(inside, key=lambda place: place[1].lineno)[-1:]
    return innermost or [place for function in around[:1] or functions for place in _beginning(function)]


def _holds(statement: ast.stmt, line: int) -> bool:
    decorators = (decorator.lineno for decorator in getattr(statement, "decorator_list", ()))
    return min(statement.lineno, *decorators, statement.lineno) <= line <= (statement.end_lineno or statement.lineno)


def _beginning(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[tuple[list[ast.stmt], ast.stmt]]:
    """Nothing stands before a docstring."""
    first = 0 if ast.get_docstring(function) is None else 1
    return [(function.body, statement) for statement in function.body[first : first + 1]]


def _note(file: str, line: str) -> None:
    """A process that may not write, as in a sandbox, notes nothing."""
    with contextlib.suppress(OSError), (TREE / file).open("a") as notes:
        notes.write(line + "\n")


if __name__ == "sitecustomize":
    install()
