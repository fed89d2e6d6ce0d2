"""Documents: one YAML or JSON value of a source, as plain data, able to say where its parts stand.

`read_documents` is for files whose every mistake is fatal; `documents` lets a reader of many files collect the mistakes
of all of them. Scalars follow kubectl's rules, a key that stands twice is a mistake.
"""

import gc
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from verifier.errors import Diagnostic, InputError, Severity
from verifier.ir.origin import Path, Position
from verifier.manifests.documents.plainyaml import PlainTexts
from verifier.manifests.documents.source import Source
from verifier.manifests.documents.spot import Fault, Spot
from verifier.manifests.documents.stream import HINT, hidden_break, may_be_json, pieces, wrong_separator, wrong_start
from verifier.manifests.documents.syntax import told
from verifier.manifests.documents.tracing import Trace

if TYPE_CHECKING:
    from verifier.manifests.documents import jsontext, yamlplaces

_DIRECTIVE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*%")
_END = re.compile(r"^\.\.\.", re.MULTILINE)
_TEMPLATE_LINE = re.compile(r"^[ \t]*(?:- )?\{\{.*\}\}[ \t]*$", re.MULTILINE)
_TEMPLATE = re.compile(r"\{\{.*?\}\}")

_SECOND = "a second document that kubectl passes over: no line `---` stands before it"

_AROUND = 8
"""Lines before and after a document that go with it to another process; excerpts show fewer."""


class Document(Struct, eq=False):
    """One document as plain data. Its text, from `start` to `end` of the source, is read again to find positions.

    line: how many lines of the source come before `start`.
    """

    source: Source
    start: int
    end: int
    line: int
    value: object
    is_json: bool = False
    is_shared: bool = False
    """Its values are shared with other documents of the same text, so that one object means one text."""
    _index: "jsontext.Index | None" = None
    _places: "yamlplaces.Index | None" = None

    def __reduce__(self) -> "tuple[Callable[..., Document], tuple[object, ...]]":
        """Sent to another process is what positions and excerpts need: its own text and the lines around it, at their
        numbers; neither its value nor the rest of the file."""
        source, start, end, line = self._cut()
        return _of_text, (source.name, source.text, start, end, line, self.is_json, source.trace)

    def _cut(self) -> tuple[Source, int, int, int]:
        """A source that has blank lines where this document and its surroundings are not, and the document's place
        in it."""
        text, starts = self.source.text, self.source.line_starts
        before = starts[max(0, bisect_right(starts, self.start) - 1 - _AROUND)]
        last = min(len(starts) - 1, bisect_right(starts, self.end) - 1 + _AROUND)
        after = starts[last + 1] if last + 1 < len(starts) else len(text)
        blank = "\n" * text.count("\n", 0, before)
        moved = len(blank) - before
        source = Source(self.source.name, blank + text[before:after], trace=self.source.trace)
        return source, self.start + moved, self.end + moved, self.line

    def locate(self, path: Path) -> Position:
        """The position of the value at `path`; of its nearest ancestor where the path does not exist."""
        return self._locate(path, key=False)

    def locate_key(self, path: Path) -> Position:
        """The same for the name of the field at `path`, instead of its value."""
        return self._locate(path, key=True)

    def locate_repeated(self, path: Path) -> Position:
        """The position of the second occurrence of the repeated field at `path`."""
        if self.source.trace is not None:
            return self.locate_key(path)
        if self.is_json:
            offset = self._indexed().second_of(path)
            spot = None if offset is None else self._spot(offset)
        else:
            found = self._composed().second_of(path)
            spot = None if found is None else Spot(found.line + self.line, found.column)
        return self.locate_key(path) if spot is None else self._position(spot, spot)

    def excerpt(self, first: int, last: int, file: str | None = None) -> list[tuple[int, str]]:
        """Numbered lines of the file, from line `first` to line `last` inclusive, clipped to what exists. file: of
        those that a rendered document was made of, the one that is meant."""
        if self.source.trace is not None and file is not None:
            return self.source.trace.excerpt(first, last, file)
        first, lines = max(first, 1), self.source.lines
        return list(enumerate(lines[first - 1 : last], first))

    def _locate(self, path: Path, *, key: bool) -> Position:
        trace = self.source.trace
        return self._find(path, key=key) if trace is None else trace.locate(path, self._line_at, key=key)

    def _line_at(self, path: Path) -> str:
        """The line of this very text at which a path stands; empty where it has none."""
        lines, number = self.source.lines, self._find(path, key=True).line
        return lines[number - 1] if number <= len(lines) else ""

    def _find(self, path: Path, *, key: bool) -> Position:
        if self.is_json:
            with paused_collector():
                start, end = self._indexed().find(path, key=key)
            return self._position(self._spot(start), self._spot(end))
        start_spot, end_spot = self._composed().find(path, key=key)
        return self._position(
            Spot(start_spot.line + self.line, start_spot.column),
            Spot(end_spot.line + self.line, end_spot.column),
        )

    def _position(self, start: Spot, end: Spot) -> Position:
        """YAML knows more line breaks than editors do, so that a spot can lie behind the last line."""
        lines = self.source.lines
        line, column = end.line, end.column
        while line > start.line and (line >= len(lines) or lines[line][:column].strip() == ""):
            line -= 1
            column = len(lines[line]) if line < len(lines) else 0
        return Position(self.source.name, start.line + 1, start.column + 1, line + 1, column + 1)

    @property
    def has_aliases(self) -> bool:
        """False only if it has no more values than are written down."""
        return self.source.text.find("&", self.start, self.end) >= 0

    def hidden_break(self) -> Diagnostic | None:
        """The complaint about a line break in the document that only a YAML parser takes for one."""
        return None if self.is_json else hidden_break(self.source, self.start, self.end)

    def move(self, to: "Document") -> None:
        """Takes the place of `to`, which holds the same text. What was found in the old place is looked for again."""
        self.source, self.start, self.end, self.line = to.source, to.start, to.end, to.line
        self._index = None

    def _indexed(self) -> "jsontext.Index":
        from verifier.manifests.documents import jsontext

        if self._index is None:
            self._index = jsontext.Index(self.source.text, self.start, self.end)
        return self._index

    def _composed(self) -> "yamlplaces.Index":
        from verifier.manifests.documents import yamlplaces, yamltext

        if self._places is None:
            root = yamltext.compose(self.source.text[self.start : self.end])[0]
            assert root is not None
            self._places = yamlplaces.Index(root)
        return self._places

    def _spot(self, offset: int) -> Spot:
        line = bisect_right(self.source.line_starts, offset) - 1
        return Spot(line, offset - self.source.line_starts[line])


def _of_text(name: str, text: str, start: int, end: int, line: int, is_json: bool, trace: Trace | None) -> Document:
    return Document(Source(name, text, trace=trace), start, end, line, None, is_json)


def read_documents(source: Source) -> list[Document]:
    """The documents of `source` that are not empty; raises InputError with everything that is wrong with them."""
    found, mistakes = documents(source)
    if mistakes:
        raise InputError(mistakes)
    return found


def documents(
    source: Source, *, strict: bool = True, plain: PlainTexts | None = None
) -> tuple[list[Document], list[Diagnostic]]:
    """The documents of `source` that can be read, and what is wrong with it.

    strict: a key that stands twice is an error; else a warning, and the last one wins. plain: reads the texts that need
    no YAML parser; what it gives may not be changed.
    """
    with paused_collector():
        if may_be_json(source.text):
            found = _json(source)
            if found is not None:
                return found[0], [mistake for each in found[1] for mistake in _repetitions(*each, strict=strict)]
        wrong = wrong_start(source)
        if wrong is not None:
            return [], [wrong]
        results: list[Document] = []
        mistakes: list[Diagnostic] = []
        for start, end, line in pieces(source.text):
            separator = wrong_separator(source, start, line)
            if separator is not None:
                mistakes.append(separator)
                continue
            value = None if plain is None else plain.read(source.text[start:end])
            if value is not None:
                results.append(Document(source, start, end, line, value, is_shared=True))
                continue
            try:
                document, repeated = _yaml(source, start, end, line)
                if document.value is not None:
                    results.append(document)
                    mistakes += _repetitions(document, repeated, strict=strict)
            except Fault as fault:
                mistakes.append(_syntax(source, start, end, line, fault))
        return results, _one_template(mistakes)


@contextmanager
def paused_collector() -> Iterator[None]:
    """Keeps Python's cyclic collector from walking millions of values that are all in use."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


_Repeated = tuple[Document, list[Path]]


def _json(source: Source) -> tuple[list[Document], list[_Repeated]] | None:
    """None iff the text is no JSON, so that it is to be tried as YAML, of which JSON is nearly a part."""
    from verifier.manifests.documents import jsontext

    try:
        found = jsontext.decode(source.text)
    except ValueError:
        return None
    if len(found) > 1 and source.text.lstrip()[:1] == "[":
        return None
    results, repetitions = [], []
    for start, end, value, repeated in found:
        line = source.text.count("\n", 0, start)
        document = Document(source, start, end, line, value, is_json=True, is_shared=True)
        results.append(document)
        if repeated:
            repetitions.append((document, repeated))
    return results, repetitions


def _yaml(source: Source, start: int, end: int, line: int) -> _Repeated:
    """The only document of a piece; raises Fault where there is more than one."""
    from verifier.manifests.documents import yamltext

    text = source.text[start:end]
    first, *others = yamltext.compose(text) or [None]
    for other in others:
        if other is not None and yamltext.build(other, text)[0] is not None:
            raise Fault(_SECOND, yamltext.start_of(other))
    value, repeated = (None, []) if first is None else yamltext.build(first, text)
    if value is None and (end_mark := _END.search(text)):
        raise Fault("`...` where no document stands", yamltext.spot(text, end_mark.start()))
    return Document(source, start, end, line, value), repeated


def _repetitions(document: Document, repeated: list[Path], *, strict: bool) -> Iterator[Diagnostic]:
    severity = Severity.ERROR if strict else Severity.WARNING
    fate = "" if strict else "; the last one wins"
    if len({path for path in repeated if path in (("apiVersion",), ("kind",))}) == 2:
        place = document.locate_repeated(("apiVersion",))
        yield Diagnostic(
            "missing-separator",
            f"a second `apiVersion` and `kind` in one document{fate}",
            place.file,
            place.line,
            place.column,
            f"two objects need a line `---` between them: put one before line {place.line}",
            severity,
        )
        return
    for path in dict.fromkeys(repeated):
        place = document.locate_repeated(path)
        message = f"`{path[-1]}` stands twice in one mapping{fate}"
        hint = "keep one of the two" if strict else None
        yield Diagnostic("duplicate-key", message, place.file, place.line, place.column, hint, severity)


def _syntax(source: Source, start: int, end: int, line: int, fault: Fault) -> Diagnostic:
    text = source.text[start:end]
    row = None if fault.spot is None else fault.spot.line + line + 1
    column = None if fault.spot is None else fault.spot.column + 1
    if _is_template(text, fault):
        hint = "render it first: `helm template CHART | netpol check -`"
        return Diagnostic("template", "looks like a Helm template", source.name, row, column, hint)
    hidden = hidden_break(source, start, end)
    if hidden is not None:
        return hidden
    if source.text.lstrip()[:1] == "{" and source.name.endswith(".json"):
        return _no_json(source)
    if _DIRECTIVE.match(text):
        return Diagnostic(
            "yaml", "a YAML directive, which kubectl refuses", source.name, row, column, "remove the line"
        )
    if fault.message == _SECOND or fault.message.endswith("expected <document start>"):
        return Diagnostic("separator", _SECOND, source.name, row, column, HINT)
    fault, advice = told(text, fault)
    return Diagnostic("yaml", fault.message, source.name, row, column, advice)


def _is_template(text: str, fault: Fault) -> bool:
    """True iff it is `{{` that keeps `text` from being read."""
    if "{{" not in text:
        return False
    if fault.spot is not None and "{{" in text.split("\n")[min(fault.spot.line, text.count("\n"))]:
        return True
    from verifier.manifests.documents import yamltext

    try:
        yamltext.compose(_TEMPLATE.sub("x", _TEMPLATE_LINE.sub("", text)))
    except Fault:
        return False
    return True


def _one_template(mistakes: list[Diagnostic]) -> list[Diagnostic]:
    """Of a file that is a template, one message says so."""
    first = next((m for m in mistakes if m.code == "template"), None)
    return [m for m in mistakes if m.code != "template" or m is first]


def _no_json(source: Source) -> Diagnostic:
    import json

    from verifier.manifests.documents import jsontext

    try:
        jsontext.decode(source.text)
    except json.JSONDecodeError as error:
        message = f"no JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        return Diagnostic("json", message, source.name, error.lineno, error.colno)
    except ValueError as error:
        return Diagnostic("json", f"no JSON: {error}", source.name)
    raise AssertionError("read as JSON in the first place")
