"""What can go wrong, as a tree of exceptions, and the diagnostic that says where.

NetpolError
├── InputError        the user's files or words are at fault (exit 2); carries every diagnostic
│   └── UsageError    the command line is at fault (exit 2)
├── Undecided         the solver gave up: a limit was reached (exit 3)
└── InternalError     our bug (exit 4)
    ├── ReplayError   a witness did not replay through `verifier.semantics`
    ├── Disagreement  two solvers gave different answers to one question
    └── WorkerDied    a process that worked for this one is gone, and its answer with it
"""

from collections.abc import Callable, Sequence
from enum import StrEnum

from msgspec import Struct


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Diagnostic(Struct, frozen=True):
    """One finding about the input: where, what, and a hint. Lines and columns count from 1; None where there is none.
    other_file: the second file that it is about."""

    code: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str | None = None
    severity: Severity = Severity.ERROR
    other_file: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        head = f"{place}: {self.message}" if place else self.message
        return head if self.hint is None else f"{head}\nhint: {self.hint}"


class NetpolError(Exception):
    """The root of all errors this package raises on purpose."""


class InputError(NetpolError):
    """The input is at fault. `diagnostics` lists everything found, not just the first."""

    def __init__(self, diagnostics: Sequence[Diagnostic] | Diagnostic) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = (
            (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        )
        super().__init__("\n".join(str(d) for d in self.diagnostics))

    def __reduce__(self) -> tuple[Callable[..., "InputError"], tuple[object, ...]]:
        return _again, (type(self), self.diagnostics)


def _again(kind: type[InputError], diagnostics: Sequence[Diagnostic]) -> InputError:
    """The error that was pickled."""
    error = kind.__new__(kind)
    InputError.__init__(error, diagnostics)
    return error


class UsageError(InputError):
    """The command line, or the call of the Python API, is at fault."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(Diagnostic(code="usage", message=message, hint=hint))


class Undecided(NetpolError):
    """The solver reached a limit before it had an answer."""


class InternalError(NetpolError):
    """A bug in this package."""


class ReplayError(InternalError):
    """The solver's witness does not hold in the plain evaluator."""


class Disagreement(InternalError):
    """Two solvers gave different answers to one question."""


class WorkerDied(InternalError):
    """A worker process is gone. index: of the item that it had, of those of its run."""

    def __init__(self, message: str, index: int | None = None) -> None:
        super().__init__(message)
        self.index = index
