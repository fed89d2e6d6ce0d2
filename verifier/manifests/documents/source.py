"""Text with a name: what documents are read from and what positions refer to."""

import os
import re
import stat
from collections.abc import Callable
from functools import cached_property, lru_cache
from itertools import accumulate, count
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from verifier.errors import Diagnostic, InputError
from verifier.ir.origin import BREAK
from verifier.manifests.documents.tracing import Trace

if TYPE_CHECKING:
    from verifier.manifests.documents.refs import Target

MAX_BYTES = 256 * 1024 * 1024
"""The largest file that is read."""

_PIECE = 1 << 16
_MARKS = (b"\xff\xfe", b"\xfe\xff")
"""What UTF-16 begins with, as a rule."""
_UNMARKED = re.compile(rb"(?:[^\0]\0){2}|(?:\0[^\0]){2}", re.DOTALL)
"""The same without the mark: every other byte of plain letters is 0."""
_AS_UTF_8 = "save it as UTF-8; `>` of Windows PowerShell writes UTF-16"
_BYTE_ORDER_MARK = re.compile(
    r"\A\ufeff(?![ \t\n]*\{)|(?:^|(?<=\ufeff))((?!---|\ufeff)[^\n]*\n---[^\n]*\n)\ufeff", re.MULTILINE
)
"""One that means nothing: it begins the text or, where files were concatenated, a later document. In front of `{` it
says to kubectl that this is no JSON, and of two separators in a row the second is a part of the document."""
HIDDEN_BREAK = re.compile(r"[\r\x85\u2028\u2029]")
"""What breaks lines for a YAML parser, and not where kubectl takes a file apart, nor for most editors and reviewers."""
_BREAKS = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_LARGE_FILE = b"version https://git-lfs.github.com/spec/"


class Source(Struct, frozen=True, dict=True):
    """A text, in which `\\n` breaks lines, and the name under which it is cited. place: the file of the work tree, or
    the path at a revision, that it was read from; None: neither. is_object: it is the JSON text of one object of a
    live cluster, which the name names. trace: where it was written, if it was rendered.

    INVARIANT: where a text comes from is asked of `place`, never read off the name: a file can be called like a path at
    a revision.
    """

    name: str
    text: str
    place: "str | Target | None" = None
    is_object: bool = False
    trace: Trace | None = None

    @classmethod
    def of(cls, name: str, data: bytes) -> "Source":
        """The text that `data` holds; raises InputError where it is no UTF-8 text, or too large."""
        if len(data) > MAX_BYTES:
            raise InputError(Diagnostic("size", f"larger than {MAX_BYTES >> 20} MiB", name))
        if data.startswith(_MARKS) or _UNMARKED.match(data):
            raise InputError(Diagnostic("encoding", "encoded as UTF-16", name, hint=_AS_UTF_8))
        if data.startswith(_LARGE_FILE):
            hint = "fetch it (`git lfs pull`) and name the file of the work tree"
            raise InputError(Diagnostic("lfs", "a pointer of Git LFS, not the content of the file", name, hint=hint))
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            line, column = _place(data[: error.start].decode())
            raise InputError(Diagnostic("encoding", "not UTF-8 text", name, line, column)) from error
        return cls.text_of(name, text)

    @classmethod
    def text_of(cls, name: str, text: str) -> "Source":
        """The same for text that is already decoded."""
        if "\0" in text:
            line, column = _place(text[: text.index("\0")])
            raise InputError(Diagnostic("encoding", "a NUL character, so this is no text file", name, line, column))
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        if "\ufeff" in text:
            text = _without_marks(name, text)
        return cls(name, text)

    @classmethod
    def read(cls, path: str) -> "Source":
        """The file or pipe at `path`; raises InputError where it is missing, unreadable or neither."""
        name = shown(path)
        try:
            return replace(cls.of(name, _content(path, name)), place=path)
        except BlockingIOError as error:
            raise InputError(Diagnostic("path", "a file that has nothing to read yet", name)) from error
        except (OSError, ValueError) as error:
            raise InputError(Diagnostic("path", reason(error), name)) from error

    @classmethod
    def stdin(cls, read: Callable[[], bytes]) -> "Source":
        """What `read` gives, under the name `<stdin>`."""
        return cls.of("<stdin>", read())

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset of each line's first character."""
        broken = self.lines if self.text.endswith("\n") else self.lines[:-1]
        return [0, *map(add, accumulate(map(len, broken)), count(1))]

    @cached_property
    def hidden_breaks(self) -> list[int]:
        """The offsets of the line breaks that only a YAML parser sees."""
        return [found.start() for found in HIDDEN_BREAK.finditer(self.text)]

    @cached_property
    def lines(self) -> list[str]:
        """The lines, without their breaks."""
        lines = self.text.split("\n")
        return lines[:-1] if lines[-1] == "" else lines


def _without_marks(name: str, text: str) -> str:
    """`text` without the byte order marks that mean nothing. Other ones at the beginning of a line, which a YAML parser
    may pass over, are a part of the text for kubectl."""
    text = _BYTE_ORDER_MARK.sub(lambda found: found[1] or "", text)
    place = text.find("\n\ufeff")
    if place >= 0:
        line, column = _place(text[: place + 1])
        message = "a byte order mark inside a document"
        raise InputError(Diagnostic("encoding", message, name, line, column, "remove it"))
    return text


def read_some(file: BinaryIO) -> bytes:
    """All that `file` holds, or the first bytes of what is too large."""
    pieces, left = [], MAX_BYTES + 1
    while left > 0 and (piece := file.read(min(left, _PIECE))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _content(path: str, name: str) -> bytes:
    """What a file or pipe holds. Waits for nobody but the writer of a pipe: what there is may have become something
    else since it was looked at, or be a file of the kernel's that has no end."""
    waits = stat.S_ISFIFO(_readable(os.stat(path).st_mode, name))  # noqa: PTH116
    with open(path, "rb", opener=None if waits else _without_waiting) as file:
        _readable(os.fstat(file.fileno()).st_mode, name)
        return read_some(file)


def _readable(mode: int, name: str) -> int:
    """`mode`; raises InputError where it is that of something that is not read."""
    if stat.S_ISDIR(mode):
        raise InputError(Diagnostic("path", "a directory where a file is expected", name))
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        raise InputError(Diagnostic("path", "neither a file nor a directory", name))
    return mode


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def shown(path: str) -> str:
    """`path` as it is cited: with `/`, without a leading `./`, and on one line."""
    folder, _, name = path.rpartition("/")
    above = _folder(folder)
    if os.sep != "/" or not folder or above[-1] == "/" or name in ("", "."):
        return _BREAKS.sub(BREAK, Path(path).as_posix())
    return _BREAKS.sub(BREAK, name if above == "." else f"{above}/{name}")


@lru_cache(maxsize=64)
def _folder(path: str) -> str:
    return Path(path).as_posix()


def reason(error: OSError | ValueError) -> str:
    """Why a path could not be read: `no such file or directory`, `permission denied`."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]


def _place(before: str) -> tuple[int, int]:
    """Line and column of the character that follows `before`."""
    lines = before.replace("\r\n", "\n").split("\n")
    return len(lines), len(lines[-1].removeprefix("\ufeff")) + 1
