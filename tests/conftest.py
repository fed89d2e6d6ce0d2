"""What all tests share: Ctrl-C is heard, and what they tell the reader of a run besides passing:
`record_property("shares", TEXT)` prints TEXT at the end."""

import signal

import pytest

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Shells start `make test &` so, every process inherits it, and a run that is told to ignore Ctrl-C does.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        if report.when == "call":
            for name, text in report.user_properties:
                if name == "shares":
                    terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {text}")
