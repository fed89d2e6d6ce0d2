"""Bugs in what the playground asks, and of what it shows."""

from tests.mutants.fault import Fault

_INSIDE = "playground/inside.py"

PLAYGROUND = (
    Fault(
        "playground: a claim can be an option",
        _INSIDE,
        'f"--expr={claim}" for claim',
        "claim for claim",
    ),
    Fault(
        "playground: what was changed is taken for what it was",
        _INSIDE,
        '["diff", BEFORE, AFTER]',
        '["diff", AFTER, BEFORE]',
    ),
    Fault(
        "playground: the report of the question before is shown where there is none",
        _INSIDE,
        "(POLICIES, BEFORE, AFTER, _PAGE, _DATA)",
        "(POLICIES, BEFORE, AFTER)",
    ),
    Fault(
        "playground: the pods that were chosen are not asked about",
        _INSIDE,
        "line.append(f\"--universe={question['universe']}\")",
        "pass",
    ),
    Fault(
        "playground: the page may ask other hosts",
        "playground/build.py",
        "\"connect-src 'self'\",",
        '"connect-src *",',
    ),
    Fault(
        "signals: where there are no threads nothing ends the run",
        "verifier/cli/terminal/signals.py",
        "signal.pthread_sigmask(signal.SIG_UNBLOCK, heard)",
        "pass",
    ),
)
