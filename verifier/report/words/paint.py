"""Text that is safe for a terminal, and dressed for one where it is wanted.

Names, labels and source lines come from other people's files: whatever could move the cursor, hide text, turn it around
or give commands to a runner is shown as an escape instead of being sent.
"""

import re

from msgspec import Struct

from verifier.report.words.steering import unhashed
from verifier.report.words.unseen import is_seen

_UNUSUAL = re.compile("[^ -~]")
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "magenta": "35", "cyan": "36"}


def visible(text: str) -> str:
    """`text` with every character that nobody sees written as an escape.

    >>> print(visible("a\\x1b[2Jb"))
    a\\x1b[2Jb
    """
    return unhashed(_UNUSUAL.sub(_shown, text))


def _shown(match: re.Match[str]) -> str:
    character = match.group()
    if is_seen(character):
        return character
    code = ord(character)
    if code < 0x100:
        return {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r"}.get(code, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class Paint(Struct, frozen=True):
    """Makes text safe, and dresses it iff `colour`."""

    colour: bool = False

    def __call__(self, text: object, *styles: str) -> str:
        safe = visible(str(text))
        if not (self.colour and styles and safe):
            return safe
        return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{safe}\x1b[0m"


PLAIN = Paint()
