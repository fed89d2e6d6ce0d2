"""What a new user types first on real manifests, the first lines of what it says, and why that is right.

`golden/NAME.txt` is about the folder NAME of $NETPOL_CORPUS: comment lines with the reason, then each command, its exit
code, and what it says. Where the first command is refused, the first line that it offers is the second one.

python -m tests.goldenfile      writes what the commands say today, and keeps the reasons
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.cli.process import environment

FOLDER = Path(__file__).parent / "golden"
LINES = 15
_HINT = re.compile(r"^note: a line that gets past .*\nhint: (.*)$", re.MULTILINE)


def reasons(file: Path) -> str:
    """The comment lines at the top."""
    kept = [line for line in file.read_text().splitlines() if line.startswith("#")] if file.exists() else []
    return "".join(f"{line}\n" for line in kept)


def told(folder: str, corpus: Path) -> str:
    """The commands for a folder of the corpus, with what they say."""
    first, said = _told(f"netpol check {folder}", corpus)
    offered = _HINT.search(said)
    return first if offered is None else first + _told(offered[1], corpus)[0]


def _told(line: str, corpus: Path) -> tuple[str, str]:
    """A command as it stands in a golden file, and all that it says. Programs that render are out of its reach: what it
    says is not to hang on which ones a machine has."""
    script = f'netpol() {{ "{sys.executable}" -m verifier "$@"; }}\n{line}\n'
    done = subprocess.run(
        ["/bin/bash", "-c", script],
        cwd=corpus,
        env=environment(PATH="/nonexistent", NO_COLOR="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    lines = done.stdout.splitlines()
    more = ["[more lines]"] if len(lines) > LINES else []
    text = "\n".join((f"$ {line}", f"[exit code {done.returncode}]", *lines[:LINES], *more))
    return f"{text}\n", done.stdout


def main() -> None:
    corpus = Path(os.environ["NETPOL_CORPUS"])
    for file in sorted(FOLDER.glob("*.txt")):
        file.write_text(reasons(file) + told(file.stem, corpus))


if __name__ == "__main__":
    main()
