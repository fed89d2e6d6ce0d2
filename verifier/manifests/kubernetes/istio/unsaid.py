"""What nobody can say about a connection through a mesh, each as one condition with words of its own."""

from verifier.ir.policy import Formula, Havoc


def unsaid(words: str, *texts: str) -> Formula:
    """A condition about `words`, in which each `{}` is one of the texts that the manifests hold. Conditions are equal
    iff these are: they go by their words."""
    return Havoc(words.format(*map(_shown, texts)))


def _shown(text: str) -> str:
    """The text in backticks, on one line, and told from every other."""
    if text.isprintable() and "\\" not in text and "`" not in text:
        return f"`{text}`"
    return "`" + text.encode("unicode_escape").decode().replace("`", "\\x60") + "`"
