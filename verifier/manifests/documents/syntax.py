"""Why a text is no YAML, in words that say what to mend: libyaml speaks of tokens, people of tabs and blanks."""

import re

from verifier.manifests.documents.spot import Fault

UNSEEN_BLANKS = {
    "\u00a0": "a no-break space",
    "\u2007": "a figure space",
    "\u202f": "a narrow no-break space",
    "\u3000": "an ideographic space",
    "\u200b": "a zero width space",
}
"""What looks like a blank, or like nothing, and is neither to YAML."""

_NO_BLANK = re.compile(r"[ \t]*(?:- +)*(?P<key>[A-Za-z][\w./-]*):(?=[^\s/:])")
_INDENT = "a field stands below the first letter of the one before it, or of one further out"
_TWO_FIELDS = "quote a value that holds `: `; or this line is indented too far, as the one above has a value already"


def told(text: str, fault: Fault) -> tuple[Fault, str | None]:
    """The fault in our words, where it has some, and what to do about it."""
    if fault.spot is None:
        return fault, None
    lines = text.split("\n")
    line = lines[fault.spot.line] if fault.spot.line < len(lines) else ""
    at = line[fault.spot.column : fault.spot.column + 1]
    if fault.message.endswith("cannot start any token"):
        if "\t" in line[: fault.spot.column + 1]:
            return Fault("a tab where YAML wants blanks", fault.spot), "indent with blanks only"
        return Fault(f"a value cannot begin with `{at}`", fault.spot), "quote it"
    unseen = unseen_blank(line)
    if unseen is not None:
        return fault, unseen
    if "could not find expected ':'" in fault.message:
        missing = without_blank(line)
        hint = f"a blank is missing after the colon of `{missing}:`" if missing else "a field is `name: value`"
        return Fault("a line that is neither a field nor a value", fault.spot), hint
    if fault.message.endswith("did not find expected key"):
        return Fault("a field is expected here, and none begins", fault.spot), _INDENT
    if fault.message.startswith("mapping values are not allowed"):
        return fault, _TWO_FIELDS
    return fault, None


def unseen_blank(text: str) -> str | None:
    """A hint about the first character of `text` that looks like a blank and is none; None where there is none."""
    for character in text:
        if character in UNSEEN_BLANKS:
            name = f"{UNSEEN_BLANKS[character]} (U+{ord(character):04X})"
            return f"{name} stands here, which YAML takes for a letter: write a blank"
    return None


def without_blank(text: str) -> str | None:
    """The name of the field that a line, or a value that should be a mapping, begins with, where no blank follows its
    colon; None otherwise. What looks like the beginning of a URL is none.

    >>> without_blank("  protocol:TCP"), without_blank("protocol: TCP"), without_blank("https://a")
    ('protocol', None, None)
    """
    found = _NO_BLANK.match(text)
    return found["key"] if found is not None else None
