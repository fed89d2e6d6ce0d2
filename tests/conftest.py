"""What tests tell the reader of a run besides passing: `record_property("shares", TEXT)` prints TEXT at the end."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        if report.when == "call":
            for name, text in report.user_properties:
                if name == "shares":
                    terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {text}")
