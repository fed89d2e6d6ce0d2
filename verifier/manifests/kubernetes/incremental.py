"""Manifests that are held on to: many texts, of which some change from time to time.

Gives the cluster that `load` gives of the same texts. A change that touches NetworkPolicies only costs what it touches;
after any other everything is read afresh. A document that only moves within its file stays the object that it was, at
its new place, so that whatever cites it cites the right line.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from verifier.errors import Diagnostic
from verifier.ir.origin import Locator, Origin
from verifier.ir.policy import PolicySet
from verifier.manifests.documents.document import Document, documents, paused_collector
from verifier.manifests.documents.objectdocument import object_documents
from verifier.manifests.documents.plainyaml import PlainTexts
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.joining import Homes, joined
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
    """Life cycle: made from texts by name, or from sources of which it is known where they are, then updated any number
    of times; `cluster` is always what they say now, `diagnostics` what was found about them."""

    def __init__(self, texts: Mapping[str, str | Source], options: Options = _DEFAULTS) -> None:
        self._options = options
        self._read({name: _source(name, text) for name, text in texts.items()})

    def update(self, changed: Mapping[str, str | Source | None]) -> PolicySet | None:
        """Takes new texts in; None instead of a text: it is gone. Gives the policies that went or came; None:
        everything was read afresh. Raises InputError, and stays as it was, where a text is wrong."""
        fresh = {name: _source(name, text or "") for name, text in changed.items()}
        gone = {name for name, text in changed.items() if text is None}
        with paused_collector():
            touched = self._quick(fresh)
            if touched is None:
                self._read({n: s for n, s in {**self._sources, **fresh}.items() if n not in gone})
                return None
        for name, source in fresh.items():
            if name in gone:
                self._sources.pop(name, None)
            else:
                self._sources[name] = source
        return touched

    @property
    def homes(self) -> Homes | None:
        """The policies by namespace; None: there are others than NetworkPolicies, or it is not known of which
        namespace one is."""
        return self._homes if self._can_be_quick else None

    def sources(self, names: Iterable[str]) -> dict[str, Source | None]:
        """What is held under these names; None where there is nothing."""
        return {name: self._sources.get(name) for name in names}

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
        self._homes = Homes.of({home: _joined(parts) for home, parts in self._parts.items()})
        self._declared = frozenset(n.name for n in self.cluster.namespaces)
        nameless = (n.origin for n in self.cluster.namespaces if n.labels is None)
        self._founding = frozenset(id(origin.document) for origin in nameless if origin is not None)
        """Documents by which alone a namespace is declared."""
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

    def _quick(self, fresh: Mapping[str, Source]) -> PolicySet | None:
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
        homes = {part.home for part in (*went, *come)}
        self._homes = self._homes.but({home: _joined(self._parts.get(home, {})) for home in homes})
        self._move(edits, come)
        self.cluster = replace(self.cluster, policies=self._homes.all)
        return joined([part.lowered for part in (*went, *come)])

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
        before, _ = _documents(old, plain)
        after, faults = _documents(new, plain, strict=self._options.strict_fields)
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
        return all(part.home in self._declared for part in come) and self._founding.isdisjoint(gone)

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


def _source(name: str, text: str | Source) -> Source:
    """A text under its name; what is a source already is cited as that says."""
    return text if isinstance(text, Source) else Source.text_of(name, text)


def _documents(source: Source, plain: PlainTexts, *, strict: bool = True) -> tuple[list[Document], list[Diagnostic]]:
    """As they are read of any source."""
    return object_documents(source) if source.is_object else documents(source, strict=strict, plain=plain)


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


def _joined(parts: Mapping[str, _Part]) -> PolicySet:
    """Those of one namespace, in the order of their names."""
    return joined([part.lowered for _, part in sorted(parts.items())])
