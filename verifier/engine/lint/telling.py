"""What lint says of a peculiar writing: the rule, how severe it is, and the words."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from verifier.engine.results.lint import LintFinding
from verifier.errors import Severity
from verifier.ir.quirk import Quirk


def _no_words(_: Quirk) -> Mapping[str, str]:
    return {}


class Telling(Struct, frozen=True):
    """message, why: templates of `str.format`, with {place}, {object}, {detail} of the quirk, and with what `words`
    makes of it. What users wrote is only ever put in, and never a template."""

    rule: str
    severity: Severity
    message: str
    why: str
    words: Callable[[Quirk], Mapping[str, str]] = _no_words

    def of(self, quirk: Quirk) -> LintFinding:
        words = {"place": quirk.place, "object": str(quirk.object), "detail": quirk.detail, **self.words(quirk)}
        message, why = (template.format_map(words) for template in (self.message, self.why))
        return LintFinding(self.rule, self.severity, message, quirk.object, quirk.origin, (why,))
