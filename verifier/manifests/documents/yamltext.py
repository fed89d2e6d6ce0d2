"""YAML text to plain data (dict, list, str, int, float, bool, None), fast, and positions inside it, late.

libyaml composes; our own builder turns nodes into plain data by kubectl's rules and throws the nodes away. Finding a
position composes the document once more and walks.
"""

import re
from contextlib import suppress
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.events import CollectionEndEvent, CollectionStartEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.scanner import Scanner

from verifier.ir.origin import Path
from verifier.manifests.documents import scalars
from verifier.manifests.documents.spot import MAX_DEPTH, Fault, Spot

MAX_EXPANDED = 500_000
"""How many values the aliases of a document may add to those that are written down."""
_SMALL, _MAX_RATIO = 1_000, 10
"""A document of more values may have so many times those that are written down; kubectl draws the line near 100."""
_NO_FIELD = "could not find expected ':'"
_EXCESSIVE = "its aliases expand to too many values"
_MAX_COMPOSED_DEPTH = 1_000
_INDICATORS = re.compile(rf"[ \t?:-]{{{_MAX_COMPOSED_DEPTH // 2}}}")
"""What block collections nest by; two of them can begin in one column."""

_FRACTION = re.compile(r"[-+.0-9_]*[.eE]")
"""What a number begins with that is a float to kubectl, even where it is whole."""

_UNSHARED = re.compile(r"[?!]|\\/|\.(?:inf|Inf|INF|nan|NaN|NAN)")
"""What stands in a text that libyaml and kubectl's parser may read in two ways."""
_TAG = re.compile(r"(?:&\S+\s+)?(![^\s{}]*)")
_USUAL_TAG = re.compile(r"!!?[A-Za-z][A-Za-z0-9_./:-]*\Z|!<tag:yaml\.org,2002:[a-z]+>\Z")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)\Z")

_PLAIN, _QUOTED, _COLLECTION = "plain", "quoted", "collection"


class _Untyped:
    """Leaves the tags of nodes alone: says only whether a scalar was plain."""

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass

    def resolve(self, kind: type[Node], _value: Any, implicit: Any) -> str:
        if kind is ScalarNode:
            return _PLAIN if implicit[0] else _QUOTED
        return _COLLECTION


class _PureLoader(_Untyped, Reader, Scanner, Parser, Composer):
    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)


try:
    from yaml._yaml import CParser

    class _CLoader(_Untyped, CParser):
        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)

    _Loader: Any = _CLoader
except ImportError:
    _Loader = _PureLoader


def compose(text: str) -> list[Node | None]:
    """The documents of `text` as nodes; raises Fault where it is no YAML."""
    _refuse_deep(text)
    try:
        loader = _Loader(text)
        nodes = []
        while loader.check_node():
            nodes.append(loader.get_node())
        return nodes
    except yaml.MarkedYAMLError as error:
        message = " ".join(part for part in (error.context, error.problem) if part)
        # a line that should be a field is shown itself, and not the one where its colon is missed
        at_key = error.context_mark if _NO_FIELD in message else None
        mark = at_key or error.problem_mark or error.context_mark
        raise Fault(message, Spot(mark.line, mark.column) if mark else None) from error
    except ReaderError as error:
        raise Fault("a control character, which YAML does not allow", _unprintable(text)) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise Fault(str(error).partition("\n")[0], None) from error


def _unprintable(text: str) -> Spot | None:
    found = Reader.NON_PRINTABLE.search(text)
    return None if found is None else spot(text, found.start())


def spot(text: str, offset: int) -> Spot:
    """The place of the character at `offset`."""
    return Spot(text.count("\n", 0, offset), offset - (text.rfind("\n", 0, offset) + 1))


def _refuse_deep(text: str) -> None:
    """libyaml's bindings recurse on the machine's stack, so what nests too deeply must not reach them. Nothing does
    but what has very many brackets, or a very long run of indentation and indicators; only there is a look worth it."""
    if len(text) <= _MAX_COMPOSED_DEPTH:
        return
    opened = text.count("[") + text.count("{") - text.count("[]") - text.count("{}")
    if opened <= _MAX_COMPOSED_DEPTH and not (_has_long_line(text) and _INDICATORS.search(text)):
        return
    loader = _Loader(text)
    depth = 0
    with suppress(yaml.YAMLError):  # the composer will come to the same place, and say what is wrong
        while loader.check_event():
            event = loader.get_event()
            if isinstance(event, CollectionStartEvent):
                depth += 1
                if depth > _MAX_COMPOSED_DEPTH:
                    mark = event.start_mark
                    raise Fault("nested too deeply", Spot(mark.line, mark.column) if mark else None)
            elif isinstance(event, CollectionEndEvent):
                depth -= 1


def _has_long_line(text: str) -> bool:
    """True iff a line is longer than what all but hostile indentation needs; skips from line to line."""
    place, longest = 0, _MAX_COMPOSED_DEPTH // 2
    while place + longest < len(text):
        end = text.rfind("\n", place, place + longest)
        if end < place:
            return True
        place = end + 1
    return False


def build(root: Node, text: str) -> tuple[object, list[Path]]:
    """The plain data of `root`, a document of `text`; and the paths of keys that stand twice in one mapping.

    Of two such keys the last one wins.
    """
    if "&" in text:
        size = _expanded_size(root, MAX_EXPANDED + len(text), {}, 0)
        if size > _SMALL and size > _MAX_RATIO * _written(root):
            raise Fault(_EXCESSIVE, start_of(root))
    if _UNSHARED.search(text):
        _refuse_unread(root, text)
    value, repeated = _Builder().run(root)
    return value, (_repeated(root, ()) if repeated else [])


class _Builder:
    """Builds one document; a class only so that the recursion carries no arguments it does not need."""

    __slots__ = ("repeated",)

    def __init__(self) -> None:
        self.repeated = False

    def run(self, root: Node) -> tuple[object, bool]:
        return self.value(root, 0), self.repeated

    def value(self, node: Node, depth: int) -> object:
        if node.__class__ is ScalarNode:
            tag = node.tag
            if tag is _PLAIN:
                return scalars.resolve(node.value)
            return node.value if tag is _QUOTED else _tagged(node)
        if depth > MAX_DEPTH:
            raise Fault(f"nested more than {MAX_DEPTH} levels deep", start_of(node))
        depth += 1
        if node.__class__ is SequenceNode:
            return [self.value(item, depth) for item in node.value]
        return self.mapping(node, depth)

    def mapping(self, node: Node, depth: int) -> dict[str, object]:
        result: dict[str, object] = {}
        resolve = scalars.resolve
        fields = 0
        for key, item in node.value:
            if key.__class__ is ScalarNode and key.tag is _PLAIN:
                if key.value == "<<":
                    fields += self.merge(item, result, depth)
                    continue
                name = resolve(key.value)
                if name.__class__ is not str:
                    name = name_of(key)
            else:
                name = name_of(key)
            fields += 1
            if item.__class__ is ScalarNode:
                tag = item.tag
                text = item.value
                result[name] = resolve(text) if tag is _PLAIN else text if tag is _QUOTED else _tagged(item)
            else:
                result[name] = self.value(item, depth)
        if len(result) != fields:
            self.repeated = True
        return result

    def merge(self, node: Node, into: dict[str, object], depth: int) -> int:
        """Adds the merged fields; gives by how many `into` grew. As in kubectl, what comes later in the text wins."""
        before = len(into)
        for source in reversed(merged(node)):
            into.update(self.mapping(source, depth))
        return len(into) - before


def merged(node: Node) -> list[Node]:
    """The mappings that a `<<` takes in, the one that wins first."""
    sources = node.value if isinstance(node, SequenceNode) else [node]
    for source in sources:
        if not isinstance(source, MappingNode):
            raise Fault("`<<` takes a mapping or a list of mappings", start_of(node))
    return list(sources)


def is_merge(key: Node) -> bool:
    return isinstance(key, ScalarNode) and key.tag is _PLAIN and key.value == "<<"


def _refuse_tagged_merge(key: Node) -> None:
    """A `<<` with a tag is a merge for some readers, and a name for others."""
    if isinstance(key, ScalarNode) and key.value == "<<" and key.tag not in (_PLAIN, _QUOTED):
        raise Fault("a tag in front of `<<`", start_of(key))


def name_of(node: Node) -> str:
    if not isinstance(node, ScalarNode):
        raise Fault("the name of a field is a list or a mapping", start_of(node))
    _refuse_tagged_merge(node)
    try:
        value = scalars.resolve(node.value) if node.tag is _PLAIN else _tagged(node)
        if isinstance(value, int) and not isinstance(value, bool) and _FRACTION.match(node.value):
            value = float(value)
        return scalars.key(value)
    except ValueError as error:
        raise Fault(str(error), start_of(node)) from error


def _tagged(node: Node) -> scalars.Scalar:
    if node.tag is _QUOTED:
        return str(node.value)
    try:
        return scalars.tagged(node.tag, node.value)
    except ValueError as error:
        raise Fault(str(error), start_of(node)) from error


def start_of(node: Node) -> Spot:
    return Spot(node.start_mark.line, node.start_mark.column)


def _expanded_size(node: Node, limit: int, known: dict[int, int], depth: int) -> int:
    """How many values `node` expands to; raises Fault where that is too many, or where it contains itself."""
    if isinstance(node, ScalarNode):
        return 1
    size = known.get(id(node))
    if size == 0:
        raise Fault("an alias inside the value it stands for", start_of(node))
    if size is None:
        if depth > MAX_DEPTH:
            raise Fault(f"nested more than {MAX_DEPTH} levels deep", start_of(node))
        known[id(node)] = 0
        items = node.value if isinstance(node, SequenceNode) else [end for pair in node.value for end in pair]
        size = 1 + sum(_expanded_size(item, limit, known, depth + 1) for item in items)
        known[id(node)] = size
    if size > limit:
        raise Fault(_EXCESSIVE, start_of(node))
    return size


def _refuse_unread(root: Node, text: str) -> None:
    """Raises Fault at what kubectl's parser does not read, or reads as something else than libyaml does."""
    seen: set[int] = set()
    waiting = [(root, False)]
    while waiting:
        node, in_flow = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        written = text[node.start_mark.index : node.end_mark.index]
        tag = _TAG.match(text, node.start_mark.index)
        if tag is not None and not _USUAL_TAG.match(tag[1]):
            raise Fault("a tag that not every reader takes for one", start_of(node))
        if isinstance(node, ScalarNode):
            if in_flow and not node.style and "?" in node.value:
                raise Fault("a `?` without quotes between brackets, which kubectl does not read", start_of(node))
            if node.style == '"' and "\\/" in written.replace("\\\\", ""):
                raise Fault("the escape `\\/`, which kubectl does not read", start_of(node))
            if not node.style and _NO_NUMBER.match(node.value):
                raise Fault("a number that JSON does not have, so that kubectl does not read it", start_of(node))
        elif isinstance(node, SequenceNode):
            waiting += [(item, bool(node.flow_style)) for item in node.value]
        elif isinstance(node, MappingNode):
            waiting += [(end, bool(node.flow_style)) for pair in node.value for end in pair]


def _written(root: Node) -> int:
    """How many values are written down below `root`."""
    seen: dict[int, Node] = {}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen[id(node)] = node
        if isinstance(node, SequenceNode):
            waiting += node.value
        elif isinstance(node, MappingNode):
            waiting += [end for pair in node.value for end in pair]
    return len(seen)


def _repeated(node: Node, path: Path) -> list[Path]:
    found: list[Path] = []
    if isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            found += _repeated(item, (*path, index))
    elif isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, item in node.value:
            if is_merge(key):
                continue
            name = name_of(key)
            if name in seen:
                found.append((*path, name))
            seen.add(name)
            found += _repeated(item, (*path, name))
    return found
