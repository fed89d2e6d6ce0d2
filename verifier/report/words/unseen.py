"""Characters that nobody sees, or that move, hide or turn around what stands beside them.

Python knows the categories that print nothing (control, format, surrogate, private, unassigned, and every separator but
the blank). Of letters, marks and symbols some show nothing either, and only a list can say which.
"""

_EMPTY = (
    # Default_Ignorable_Code_Point of Unicode 16.0 (DerivedCoreProperties.txt), as far as it is letters and marks
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x115F, 0x1160),  # Hangul fillers
    (0x17B4, 0x17B5),  # Khmer inherent vowels
    (0x180B, 0x180F),  # Mongolian variation selectors and vowel separator
    (0x3164, 0x3164),  # Hangul filler
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFFA0, 0xFFA0),  # halfwidth Hangul filler
    (0xE0000, 0xE0FFF),  # tags, variation selectors, and what is kept for more of them
    # Symbols and letters whose glyph is blank
    (0x2800, 0x2800),  # Braille pattern blank
    (0x13441, 0x13442),  # Egyptian hieroglyph blanks
    (0x16FE4, 0x16FE4),  # Khitan filler
    (0x1D159, 0x1D159),  # musical symbol null notehead
)
_UNSEEN = frozenset(chr(code) for low, high in _EMPTY for code in range(low, high + 1))


def is_seen(character: str) -> bool:
    """True iff the character prints something of its own, or is the blank."""
    return character.isprintable() and character not in _UNSEEN
