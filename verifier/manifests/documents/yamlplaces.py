"""Where the parts of a composed YAML document stand.

Takes the nodes of one document; gives spots. Remembers the fields of the mappings that it passed, so that thousands of
mistakes in one mapping cost no more than one search each.
"""

from yaml.nodes import MappingNode, Node, SequenceNode

from verifier.ir.origin import Path
from verifier.manifests.documents.spot import Spot
from verifier.manifests.documents.yamltext import is_merge, merged, name_of, start_of

_Field = tuple[Node, Node]


class Index:
    """Finds places in a document whose root node is known."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self._fields: dict[int, dict[str, _Field]] = {}
        self._second: dict[int, dict[str, Node]] = {}

    def find(self, path: Path, *, key: bool) -> tuple[Spot, Spot]:
        """Where the value at `path` starts and ends; its nearest ancestor where there is none.

        key: where its name stands instead, if it is a field that does.
        """
        node, name = self._root, None
        for step in path:
            found = self._child(node, step)
            if found is None:
                break
            name, node = found
        else:
            if key and name is not None:
                return start_of(name), Spot(name.end_mark.line, name.end_mark.column)
        return start_of(node), _end(node)

    def second_of(self, path: Path) -> Spot | None:
        """Where the second occurrence of the repeated field at `path` stands."""
        parent = self._root
        for step in path[:-1]:
            found = self._child(parent, step)
            if found is None:
                return None
            parent = found[1]
        if not isinstance(parent, MappingNode):
            return None
        self._named(parent)
        second = self._second[id(parent)].get(str(path[-1]))
        return None if second is None else start_of(second)

    def _child(self, node: Node, step: str | int) -> tuple[Node | None, Node] | None:
        if isinstance(node, SequenceNode):
            return (None, node.value[step]) if isinstance(step, int) and step < len(node.value) else None
        return self._named(node).get(str(step)) if isinstance(node, MappingNode) else None

    def _named(self, node: Node) -> dict[str, _Field]:
        """The fields of a mapping by their names, merged ones included; of several the last one in the text."""
        if id(node) not in self._fields:
            fields: dict[str, _Field] = {}
            second: dict[str, Node] = {}
            seen: set[str] = set()
            for key, item in node.value:
                if is_merge(key):
                    for source in reversed(merged(item)):
                        fields.update(self._named(source))
                    continue
                name = name_of(key)
                if name in seen:
                    second.setdefault(name, key)
                seen.add(name)
                fields[name] = (key, item)
            self._fields[id(node)], self._second[id(node)] = fields, second
        return self._fields[id(node)]


def _end(node: Node) -> Spot:
    """A block collection ends where its last value does: libyaml says where the next token starts."""
    while isinstance(node, SequenceNode | MappingNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last if isinstance(node, SequenceNode) else last[1]
    return Spot(node.end_mark.line, node.end_mark.column)
