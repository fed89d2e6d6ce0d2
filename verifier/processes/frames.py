"""What parent and worker send each other: a length, then so many bytes of pickled data."""

import struct
from typing import IO

_LENGTH = struct.Struct("!Q")
_PIECE = 1 << 20


class Ended(Exception):
    """The other side is gone, perhaps in the middle of a frame."""


def send(file: IO[bytes], data: bytes) -> None:
    """Raises Ended where nobody reads any more."""
    try:
        file.write(_LENGTH.pack(len(data)))
        file.write(data)
        file.flush()
    except (OSError, ValueError) as error:
        raise Ended from error


def receive(file: IO[bytes]) -> bytes:
    """The next frame, whole; raises Ended where none follows."""
    (length,) = _LENGTH.unpack(_exactly(file, _LENGTH.size))
    return _exactly(file, length)


def _exactly(file: IO[bytes], size: int) -> bytes:
    pieces, left = [], size
    while left:
        try:
            piece = file.read(min(left, _PIECE))
        except (OSError, ValueError) as error:
            raise Ended from error
        if not piece:
            raise Ended
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
