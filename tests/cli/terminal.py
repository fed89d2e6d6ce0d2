"""A terminal in which a program runs: what it wrote, and what can be seen of it at the end."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from tests.cli.process import environment

_CONTROL = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|\x1b.")
COLUMNS = 140


def _environment(**more: str) -> dict[str, str]:
    """Without what says how large some other terminal is."""
    return {name: value for name, value in environment(**more).items() if name not in ("COLUMNS", "LINES")}


def _own_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    def __init__(self, command: Sequence[str], cwd: Path, **env: str) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=cwd, start_new_session=True,
            env=_environment(**{"TERM": "xterm", **env}), preexec_fn=_own_terminal,  # noqa: PLW1509
        )  # fmt: skip
        os.close(theirs)
        self._data = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            while chunk := os.read(self._ours, 65536):
                self._data += chunk
        except OSError:  # the other end has closed: Linux says so with EIO
            pass

    @property
    def raw(self) -> str:
        return self._data.decode("utf-8", "replace")

    @property
    def plain(self) -> str:
        """All that was ever written, without control sequences."""
        return _CONTROL.sub("", self.raw)

    def until(self, text: str) -> None:
        for _ in range(600):
            if text in self.plain:
                return
            time.sleep(0.05)
        raise AssertionError(f"no {text!r} in {self.plain!r}")

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def wait(self) -> int:
        code = self.process.wait(timeout=60)
        self._reader.join(timeout=10)
        os.close(self._ours)
        return code

    @property
    def cursor_is_shown(self) -> bool:
        return self.raw.rfind("\x1b[?25l") <= self.raw.rfind("\x1b[?25h")

    @property
    def screen(self) -> list[str]:
        """The lines as they stand there at the end; knows the few things that programs of ours do to a terminal."""
        rows: list[list[str]] = [[]]
        row = column = 0
        text, at = self.raw, 0
        while at < len(text):
            control = _CONTROL.match(text, at)
            if control is not None:
                at = control.end()
                match control.group(2):
                    case "A":
                        row = max(0, row - int(control.group(1) or 1))
                    case "K":
                        assert control.group(1) == "2"
                        rows[row] = []
                    case "m" | "h" | "l":
                        pass
                    case other:
                        raise AssertionError(f"an unknown control sequence: {other}")
                continue
            sign, at = text[at], at + 1
            if sign == "\r":
                column = 0
                continue
            if sign == "\n" or column == COLUMNS:
                row, column = row + 1, column if sign == "\n" else 0
                rows += [[]] * (row + 1 - len(rows))
            if sign != "\n":
                line = rows[row] + [" "] * (column - len(rows[row]))
                rows[row] = [*line[:column], sign, *line[column + 1 :]]
                column += 1
        return ["".join(line).rstrip() for line in rows]
