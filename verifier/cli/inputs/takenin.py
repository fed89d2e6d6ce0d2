"""What kustomizations take in that nobody judges as a manifest: patches, values, files of any suffix, directories above
and beside them, and the objects that they look into or change. A gate compares it, since it decides what becomes of the
manifests."""

import posixpath
from collections.abc import Iterable, Iterator, Set

from msgspec import Struct, field

from verifier.manifests.documents.held import Held
from verifier.manifests.kubernetes.kustomization import FILES
from verifier.manifests.kubernetes.mentions import Mentions, is_address, mentions_of, mentions_of_config
from verifier.manifests.kubernetes.touched import Chosen, are_made_touched, merged, replaced, text_of_touched, values_of


class TakenIn(Struct, frozen=True):
    """files: what counts, by paths from the kustomization, as one text. all: the real paths of what it takes in, by
    those. elsewhere: what it names that is not in the repository, or that cannot be read, so that nobody knows what it
    says."""

    files: str
    elsewhere: frozenset[str]
    all: tuple[tuple[str, str], ...] = ()


def taken_in(said: Mentions, folder: str, held: Held, read: Set[str]) -> TakenIn:
    """What a kustomization of a directory takes in. read: real paths of what was read as manifests, which is judged by
    itself, as far as the kustomization does the same with all objects."""
    walk = _Walk(held, read)
    home = held.real(folder)
    if home is None:
        return TakenIn("", frozenset(said.possible | said.required))
    walk.touch(said, (home,))
    walk.waiting.append(_Named(said, _Way((home,))))
    while walk.waiting:
        walk.follow(walk.waiting.pop())
    places = sorted((posixpath.relpath(path, home or "."), path) for path in walk.whole | walk.made | walk.resources)
    held.fetch(sorted(walk.resources - walk.whole) if walk.touched else ())
    counted = ((name, text) for name, path in places for text in walk.counted(path))
    return TakenIn("\0".join(part for pair in counted for part in pair), frozenset(walk.elsewhere), tuple(places))


class _Way(Struct, frozen=True):
    """How a file is come by. folders: what its paths may count from. of_configs: kustomize reads more of it than its
    objects. beside: it is named elsewhere than among resources. within: it belongs to a kustomization that was read,
    and is judged, or compared, by itself."""

    folders: tuple[str, ...]
    of_configs: bool = False
    beside: bool = False
    within: bool = False


class _Named(Struct, frozen=True):
    """What a file names."""

    said: Mentions
    way: _Way


class _Walk(Struct):
    """What was found: whole: files that count. resources: those that were read, of which touched objects count. made:
    other kustomizations that were read, and what these name. touched: objects. followed: what was looked into."""

    held: Held
    read: Set[str]
    waiting: list[_Named] = field(default_factory=list)
    whole: set[str] = field(default_factory=set)
    resources: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)
    touched: set[Chosen] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)
    followed: set[tuple[str, _Way]] = field(default_factory=set)

    def counted(self, path: str) -> Iterator[str]:
        """What counts of a file; nothing, where nothing does."""
        if path in self.whole or (path in self.made and are_made_touched(self.touched)):
            identity = self.held.id_of(path)
            yield from () if identity is None else (identity,)
        elif path in self.resources and self.touched:
            text = text_of_touched(self.held.content(path) or b"", frozenset(self.touched))
            yield from (text,) if text else ()

    def touch(self, said: Mentions, folders: tuple[str, ...]) -> None:
        """Takes down which objects a kustomization looks into."""
        self.touched |= said.touched.chosen
        for text in said.touched.merging:
            self.touched.update(merged(self._values(text, folders)))
        for text in said.touched.replacing:
            self.touched.update(replaced(self._values(text, folders)))

    def _values(self, text: str, folders: tuple[str, ...]) -> Iterable[object] | None:
        contents = [self.held.content(place) for place in self._places(text, folders)]
        found = [None if content is None else values_of(content) for content in contents]
        return found[0] if len(found) == 1 else None

    def follow(self, named: _Named) -> None:
        said, way = named.said, named.way
        for text in sorted(said.possible | said.required):
            places = list(self._places(text, way.folders))
            if text in said.required and not way.within and (not places or is_address(text)):
                self.elsewhere.add(text)
            of_configs = way.of_configs or text in said.configs
            for place in places:
                key = place, _Way(way.folders, of_configs, text in said.beside, way.within)
                if key not in self.followed:
                    self.followed.add(key)
                    self._take(*key)

    def _places(self, text: str, folders: tuple[str, ...]) -> Iterator[str]:
        """What lies where a text may lead, if something does."""
        for folder in folders:
            real = self.held.real(posixpath.join(folder, text))
            if real is not None and self.held.below(real):
                yield real

    def _take(self, place: str, way: _Way) -> None:
        if place in self.held.known:
            self._take_file(place, way)
            return
        inside = next((path for name in FILES if (path := posixpath.join(place, name)) in self.held.known), None)
        if inside is None:
            for path in self.held.below(place):
                real = self.held.real(path)
                self._take_file(path if real is None else real, way)
            return
        within = way.within or (inside in self.read and not way.of_configs and not way.beside)
        (self.made if within else self.whole).add(inside)
        said = mentions_of(self.held.content(inside) or b"")
        if said is None:
            self.elsewhere.add(inside)
            return
        if not within and not way.of_configs:
            self.touch(said, (place,))
        folders = (place, *way.folders) if way.of_configs else (place,)
        self.waiting.append(_Named(said, _Way(folders, way.of_configs, within=within)))

    def _take_file(self, path: str, way: _Way) -> None:
        if way.of_configs or (not way.within and (way.beside or path not in self.read)):
            self.whole.add(path)
        else:
            if path in self.read:
                self.resources.add(path)
            if way.within and (way.beside or path not in self.read):
                self.made.add(path)
        if way.of_configs:
            said = mentions_of_config(self.held.content(path) or b"")
            if said is None:
                self.elsewhere.add(path)
            else:
                self.waiting.append(_Named(said, _Way(way.folders)))
