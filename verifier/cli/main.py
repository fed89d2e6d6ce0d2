"""The entry point: one wrapper round click that knows every way a run can end, and its exit code."""

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import NoReturn

import click

from verifier.cli.commands import completion
from verifier.cli.exits import Exit
from verifier.cli.group import netpol
from verifier.cli.terminal.colour import coloured
from verifier.cli.terminal.crash import ISSUES, write_crash_report
from verifier.cli.terminal.signals import end_on_signals, end_run
from verifier.cli.terminal.streams import OutputError, say, say_diagnostics, silence_stdout
from verifier.errors import InputError, Undecided, UsageError
from verifier.report.words.paint import Paint


def main() -> NoReturn:
    """Run the command line in `sys.argv` and end the process."""
    gc.disable()  # a run is short and keeps what it makes: looking for garbage took a tenth of it
    end_on_signals()
    run = _complete if completion.VARIABLE in os.environ else _invoke
    code = _guarded(run, sys.argv[1:])
    gc.freeze()  # the interpreter looks for garbage once more before it ends
    sys.exit(_guarded(lambda _arguments: _flush(code), ()))


def run(arguments: Sequence[str]) -> int:
    """The exit code of a command line, in whatever way it ends; for those who go on after it."""
    return _guarded(_invoke, arguments)


def _invoke(arguments: Sequence[str]) -> int:
    with netpol.make_context(_name(), list(arguments)) as context:
        code = netpol.invoke(context)
    return code if isinstance(code, int) else Exit.OK


def _complete(arguments: Sequence[str]) -> int:
    return completion.answer(netpol, arguments)


def _name() -> str:
    """What the user typed: `kubectl netpol` runs `kubectl-netpol`."""
    return "kubectl netpol" if PurePath(sys.argv[0]).name.startswith("kubectl-") else "netpol"


def _flush(code: int) -> int:
    """The code; what click has printed must have arrived."""
    if sys.stdout is not None:
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            silence_stdout()
    return code


def _guarded(run: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> int:
    paint = Paint(coloured("auto", sys.stderr, os.environ))
    try:
        return run(arguments)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        say_diagnostics(_usage(error).diagnostics, paint)
        return Exit.INPUT
    except InputError as error:
        say_diagnostics(error.diagnostics, paint)
        return Exit.INPUT
    except Undecided as error:
        say(f"netpol: undecided: {paint(error)}")
        return Exit.UNDECIDED
    except KeyboardInterrupt:
        end_run(signal.SIGINT)
    except BrokenPipeError:
        silence_stdout()
        return Exit.OK
    except OutputError as error:
        say(f"netpol: {paint(error)}")
        return Exit.INTERNAL
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None:
            silence_stdout()
            say(f"netpol: cannot write to standard output: {error.strerror}")
        else:
            _crash(error, paint)
        return Exit.INTERNAL


def _usage(error: click.ClickException) -> UsageError:
    """click's words in our form."""
    message, _, rest = error.format_message().partition("\n")
    context = getattr(error, "ctx", None)
    if message.endswith("Choose from:"):
        message, rest = message.removesuffix(" Choose from:"), ""
    hint = rest.removeprefix("hint: ")
    if not hint and context is not None:
        hint = f"see `{context.command_path} --help`"
    return UsageError(message[:1].lower() + message[1:].rstrip("."), hint or None)


def _crash(error: Exception, paint: Paint) -> None:
    trace = "".join(traceback.format_exception(error))
    path = write_crash_report(trace)
    detail = f" (details in {path})" if path is not None else ""
    say(f"netpol: internal error: {type(error).__name__}: {paint(error)}{detail}; please report it at {ISSUES}")
    if "--debug" in sys.argv:
        say("\n".join(map(paint, trace.rstrip().split("\n"))))
