"""The console blocks of the documents, and what their commands print today.

python -m tests.readme      writes that into them
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.console import PAGES, ROOT, program


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def run(block: str) -> str:
    """The block with what its commands print, standard error included; `$?` is the code of the command before. They run
    in a folder with the examples and the ready-made properties, one after the other."""
    commands = re.findall(r"^\$ (.*)$", block, re.MULTILINE)
    lines, code = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for name in ("examples", "properties"):
            shutil.copytree(ROOT / name, Path(folder) / name)
        programs = Path(folder) / "bin"
        programs.mkdir()
        program(programs)
        places = (str(programs), str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin")
        environ = {"PATH": os.pathsep.join(places), "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
        for command in commands:
            done = subprocess.run(
                ["bash", "-c", f"(exit {code}); {command}"],
                cwd=folder,
                env=environ,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            code = done.returncode
            lines += [f"$ {command}", *done.stdout.strip("\n").splitlines()]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def main() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in blocks(text, "console"):
            text = text.replace(f"```console\n{block}```", f"```console\n{run(block)}```")
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
