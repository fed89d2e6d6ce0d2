"""Manifests that are held on to: many texts, of which some change from time to time.

Gives the cluster that `load` gives of the same texts. A change that touches NetworkPolicies only costs what it touches;
after any other everything is read afresh. A document that only moves within its file stays the object that it was, at
its new place, so that whatever cites it cites the right line.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from verifier.errors import Diagnostic
from verifier.ir.origin import Locator, Origin
from verifier.ir.policy import NO_POLICIES, Action, Block, Direction, Pipe, PolicySet, Rung, Selects, Stage
from verifier.manifests.documents.document import Document, documents, paused_collector
from verifier.manifests.documents.plainyaml import PlainTexts
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.kinds import is_of_calico
from verifier.manifests.kubernetes.load import Options, cluster_of, collect, new_reader, raise_errors
from verifier.manifests.kubernetes.lowering import KIND, Policy, lower

_DEFAULTS = Options()


class _Part(Struct, frozen=True):
    """A policy, and what it says alone. `home`: its namespace."""

    policy: Policy
    lowered: PolicySet

    @property
    def home(self) -> str:
        return str(self.policy.namespace)

    @property
    def document(self) -> Locator:
        return self.policy.origin.document


class _Edit(Struct, frozen=True):
    """What becomes of the documents of one file. `moved`: the old one and its new place."""

    gone: tuple[Document, ...]
    come: tuple[Document, ...]
    moved: tuple[tuple[Document, Document], ...]


class Incremental:
    """Life cycle: made from texts by name, then updated any number of times; `cluster` is always what they say
    now, `diagnostics` what was found about them."""

    def __init__(self, texts: Mapping[str, str], options: Options = _DEFAULTS) -> None:
        self._options = options
        self._read({name: Source.text_of(name, text) for name, text in texts.items()})

    def update(self, changed: Mapping[str, str | None]) -> PolicySet | None:
        """Takes new texts in; None instead of a text: it is gone. Gives the policies that went or came; None:
        everything was read afresh. Raises InputError, and stays as it was, where a text is wrong."""
        fresh = {name: Source.text_of(name, text or "") for name, text in changed.items()}
        sources = {
            name: source for name, source in {**self._sources, **fresh}.items() if changed.get(name, "") is not None
        }
        with paused_collector():
            touched = self._quick(fresh, sources)
            if touched is None:
                self._read(sources)
        return touched

    def texts(self, names: Iterable[str]) -> dict[str, str | None]:
        """The texts of that name; None where there is none."""
        return {name: self._sources[name].text if name in self._sources else None for name in names}

    def _read(self, sources: dict[str, Source]) -> None:
        diagnostics: list[Diagnostic] = []
        with paused_collector():
            found, _ = collect(sources.values(), self._options, diagnostics, self._options.namespace)
            raise_errors(diagnostics)
            self.cluster = cluster_of(found, self._options)
        self.diagnostics = tuple(diagnostics)
        self._sources = sources
        duplicates = any(d.code == "duplicate-object" for d in diagnostics)
        self._can_be_quick = not self.cluster.policies.scheme and not (
            found.tiers or found.mesh or duplicates or any(p.name.endswith("*") for p in found.policies)
        )
        self._parts: dict[str, dict[str, _Part]] = {}
        """By namespace and name."""
        self._of_document: dict[int, list[_Part]] = defaultdict(list)
        if self._can_be_quick:
            self._add([_Part(p, lower([p])) for p in found.policies])
        self._joined = {home: _joined_policies(parts) for home, parts in sorted(self._parts.items())}
        origins: list[Origin | None] = [policy.origin for policy in found.policies]
        origins += [namespace.origin for namespace in found.namespaces]
        origins += [workload.origin for workload in (*found.workloads, *found.owned, *found.finished)]
        origins += [node.origin for node in found.nodes]
        origins += [service.origin for service in found.services] + [backend.origin for backend in found.backends]
        self._cited = {_place(origin.document): origin.document for origin in origins if origin is not None}

    def _add(self, parts: Iterable[_Part]) -> None:
        for part in parts:
            self._parts.setdefault(part.home, {})[part.policy.name] = part
            self._of_document[id(part.document)].append(part)

    def _quick(self, fresh: Mapping[str, Source], sources: dict[str, Source]) -> PolicySet | None:
        """`update`, where only NetworkPolicies went and came, and nothing is wrong with them; else None, and nothing
        has changed."""
        if not self._can_be_quick or any(d.file in fresh for d in self.diagnostics):
            return None
        edits, plain = [], PlainTexts()
        for name, source in fresh.items():
            edit = self._edit(self._sources.get(name, Source(name, "")), source, plain)
            if edit is None:
                return None
            edits.append(edit)
        gone = {id(self._cited.get(_place(d))) for edit in edits for d in edit.gone}
        went = [part for document in gone for part in self._of_document.get(document, ())]
        come = self._policies_of(d for edit in edits for d in edit.come)
        if come is None or self._is_taken(come, went) or not self._same_namespaces(come, gone):
            return None
        for part in went:
            del self._parts[part.home][part.policy.name]
            self._of_document.pop(id(part.document), None)
        self._add(come)
        for home in {part.home for part in (*went, *come)}:
            self._joined[home] = _joined_policies(self._parts.get(home, {}))
        self._move(edits, come)
        self._sources = sources
        self.cluster = replace(self.cluster, policies=_joined([self._joined[home] for home in sorted(self._joined)]))
        return _joined([part.lowered for part in (*went, *come)])

    def _is_taken(self, come: Iterable[_Part], went: Iterable[_Part]) -> bool:
        """True iff one of the names is that of another policy."""
        free = {(part.home, part.policy.name) for part in went}
        seen: set[tuple[str, str]] = set()
        for part in come:
            key = (part.home, part.policy.name)
            if key in seen or (key not in free and part.policy.name in self._parts.get(part.home, {})):
                return True
            seen.add(key)
        return False

    def _edit(self, old: Source, new: Source, plain: PlainTexts) -> _Edit | None:
        """None where a text is wrong, or where other things than NetworkPolicies went or came."""
        before, _ = documents(old, plain=plain)
        after, faults = documents(new, strict=self._options.strict_fields, plain=plain)
        waiting: dict[str, list[Document]] = defaultdict(list)
        for document in before:
            waiting[_text(document)].append(document)
        come, moved = [], []
        for document in after:
            same = waiting[_text(document)]
            if same:
                moved.append((same.pop(0), document))
            else:
                come.append(document)
        gone = [document for rest in waiting.values() for document in rest]
        if faults or not all(_is_policy(document) for document in (*gone, *come)):
            return None
        return _Edit(tuple(gone), tuple(come), tuple(moved))

    def _policies_of(self, come: Iterable[Document]) -> list[_Part] | None:
        """None where something is to be said about them."""
        reader = new_reader(self._options, self._options.namespace)
        for document in come:
            reader.read(document)
        if reader.finish() or any(p.name.endswith("*") for p in reader.collection.policies):
            return None
        return [_Part(p, lower([p])) for p in reader.collection.policies]

    def _same_namespaces(self, come: Iterable[_Part], gone: set[int]) -> bool:
        """True only if the declared namespaces stay what they are."""
        declared = {n.name: n for n in self.cluster.namespaces}
        if not all(part.policy.namespace in declared for part in come):
            return False
        return not any(n.labels is None and n.origin and id(n.origin.document) in gone for n in declared.values())

    def _move(self, edits: Iterable[_Edit], come: Iterable[_Part]) -> None:
        places = [(self._cited.pop(_place(old), None), new) for edit in edits for old, new in edit.moved]
        for edit in edits:
            for document in edit.gone:
                self._cited.pop(_place(document), None)
        for cited, new in places:
            if isinstance(cited, Document):
                cited.move(new)
                self._cited[_place(cited)] = cited
        for part in come:
            self._cited[_place(part.document)] = part.document


def _place(document: object) -> tuple[str, int]:
    assert isinstance(document, Document)
    return document.source.name, document.start


def _text(document: Document) -> str:
    return document.source.text[document.start : document.end]


def _is_policy(document: Document) -> bool:
    value = document.value
    if not isinstance(value, dict) or value.get("kind") != KIND:
        return False
    return not is_of_calico(str(value.get("apiVersion")), KIND)


def _joined_policies(parts: Mapping[str, _Part]) -> PolicySet:
    return _joined([part.lowered for _, part in sorted(parts.items())])


def _joined(parts: Sequence[PolicySet]) -> PolicySet:
    """What `lower` gives of all policies, from what it gives of some after the other, in the order of their names."""
    all_parts = [part for part in parts if part.objects]
    if not all_parts:
        return NO_POLICIES
    ingress, egress = (_joined_pipe([p.pipe(direction) for p in all_parts]) for direction in Direction)
    return PolicySet(ingress, egress, tuple(citation for p in all_parts for citation in p.objects))


def _joined_pipe(pipes: list[Pipe]) -> Pipe:
    applies: list[Selects] = []
    rungs: list[Rung] = []
    first = pipes[0].stages[0].body[0]
    for stage, block in _only_stages(pipes):
        applies += stage.applies or ()
        rungs += block.rungs
    return Pipe((Stage(KIND, tuple(applies), (first, Block(tuple(rungs))), Action.DENY),), Action.ALLOW)


def _only_stages(pipes: Iterable[Pipe]) -> Iterator[tuple[Stage, Block]]:
    """The stage of NetworkPolicies of each pipe, and the block of its rules."""
    for pipe in pipes:
        (stage,) = pipe.stages
        block = stage.body[1]
        assert isinstance(block, Block)
        yield stage, block
