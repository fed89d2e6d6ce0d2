"""Text that is safe for a terminal, and dressed for one where it is wanted.

Names, labels and source lines come from other people's files: whatever could move the cursor, hide text or turn it
around is shown as an escape instead of being sent.
"""

import re

from msgspec import Struct

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "magenta": "35", "cyan": "36"}

# Control characters, line and paragraph separators, marks that reverse or hide text, lone surrogates, noncharacters.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """`text` with every character that is not plainly printable written as an escape.

    >>> print(visible("a\\x1b[2Jb"))
    a\\x1b[2Jb
    """
    return _UNSAFE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
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
