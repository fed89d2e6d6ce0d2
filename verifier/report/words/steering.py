"""Text that steers whoever reads a log: the workflow commands of continuous integration.

A runner of GitHub takes a line that begins with `::name::`, blanks before it or not, for a command, and so it does
whatever follows `##[` anywhere in a line, on both streams; those of Azure and TeamCity read `##vso[` and `##teamcity[`.
Names of files and objects come from other people, so such text is broken wherever it goes: visibly, or in the way by
which a format says the same. (GitLab's sections need control characters, which are shown as escapes anyway.)
"""

import re

_HASH = re.compile(r"(?<=#)#(?=\w*\[)")
_COLONS = re.compile(r"^((?:[^\S\n]|\x1b\[[0-9;]*m)*):(?=:)", re.MULTILINE)


def unhashed(text: str) -> str:
    """`text` without `##[` and the like.

    >>> print(unhashed("##[add-mask]e.yaml"))
    #\\x23[add-mask]e.yaml
    """
    return _HASH.sub(r"\\x23", text)


def heard_by_nobody(text: str) -> str:
    """Whole lines of `text`, none of which is a command.

    >>> print(heard_by_nobody("::stop-commands::x.yaml:1:1: not YAML"))
    \\x3a:stop-commands::x.yaml:1:1: not YAML
    """
    return _COLONS.sub(r"\1\\x3a", unhashed(text))


def in_json(text: str) -> str:
    """JSON that means the same, and in which no line is a command."""
    return _HASH.sub(r"\\u0023", text)


def in_xml(text: str) -> str:
    """XML that means the same, and in which no line is a command."""
    return _COLONS.sub(r"\1&#58;", _HASH.sub("&#35;", text))
