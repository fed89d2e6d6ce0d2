"""The program that cvc5's wheel lacks: reads a script from standard input, prints its answers.

    python -m verifier.smt.cvc5program [RLIMIT] < script.smt2

RLIMIT: cvc5's resource units, reproducible. The one importer of cvc5, and a process of its own: whatever becomes of it,
by Ctrl-C or for want of memory, the run that asked is still there to say so. Imports nothing of this package.
"""

import signal
import sys

import cvc5


def answers(script: str, rlimit: int | None = None) -> list[str]:
    """What cvc5 prints: `sat`, `unsat` or `unknown (WHY)` for each `check-sat`."""
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("incremental", "true" if script.count("(check-sat") > 1 else "false")
    if rlimit is not None:
        solver.setOption("rlimit", str(rlimit))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "script")
    symbols = parser.getSymbolManager()
    said: list[str] = []
    while True:
        command = parser.nextCommand()
        if command.isNull():
            return said
        answer = command.invoke(solver, symbols).strip()
        if answer:
            said.append(answer)


def main() -> None:
    if hasattr(signal, "pthread_sigmask"):  # whoever starts this may have blocked what should end it
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    script = sys.stdin.buffer.read().decode("utf-8", "replace")
    print("\n".join(answers(script, int(sys.argv[1]) if len(sys.argv) > 1 else None)))


if __name__ == "__main__":
    main()
