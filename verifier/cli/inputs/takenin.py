"""What kustomizations take in that nobody read as a manifest: patches, values, files of any suffix, and directories
above and beside them. A gate compares it, since it decides what becomes of the manifests."""

import posixpath
from collections.abc import Iterator, Set

from msgspec import Struct, field

from verifier.manifests.documents.held import Held
from verifier.manifests.kubernetes.kustomization import FILES
from verifier.manifests.kubernetes.mentions import Mentions, is_address, mentions_of, texts_of


class TakenIn(Struct, frozen=True):
    """files: objects by their paths from the kustomization, as one text. elsewhere: what it names that is not in the
    repository, or that cannot be read, so that nobody knows what it says."""

    files: str
    elsewhere: frozenset[str]


def taken_in(said: Mentions, folder: str, held: Held, read: Set[str]) -> TakenIn:
    """What a kustomization of a directory takes in. read: real paths of what was read as manifests: that is judged, or
    compared as text, by itself."""
    walk = _Walk(held, read)
    home = held.real(folder)
    if home is None:
        return TakenIn("", frozenset(said.possible | said.required))
    walk.waiting.append(_Named(said, (home,), of_configs=False))
    while walk.waiting:
        walk.follow(walk.waiting.pop())
    files = sorted((posixpath.relpath(path, home or "."), identity) for path, identity in walk.found.items())
    return TakenIn("\0".join(part for pair in files for part in pair), frozenset(walk.elsewhere))


class _Named(Struct, frozen=True):
    """What a file names. folders: what its paths may count from. of_configs: it, or what it takes in, is read by
    kustomize for more than its objects."""

    said: Mentions
    folders: tuple[str, ...]
    of_configs: bool


class _Walk(Struct):
    """found: what was not read, with its objects. followed: what was looked into, and whether for its texts."""

    held: Held
    read: Set[str]
    waiting: list[_Named] = field(default_factory=list)
    found: dict[str, str] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)
    followed: set[tuple[str, tuple[str, ...], bool]] = field(default_factory=set)

    def follow(self, named: _Named) -> None:
        for text in sorted(named.said.possible | named.said.required):
            of_configs = named.of_configs or text in named.said.configs
            places = list(self._places(text, named.folders))
            if text in named.said.required and (not places or is_address(text)):
                self.elsewhere.add(text)
            for place in places:
                key = place, named.folders, of_configs
                if key not in self.followed:
                    self.followed.add(key)
                    self._take(place, named.folders, of_configs=of_configs)

    def _places(self, text: str, folders: tuple[str, ...]) -> Iterator[str]:
        """What lies where a text may lead, if something does."""
        for folder in folders:
            real = self.held.real(posixpath.join(folder, text))
            if real is not None and self.held.below(real):
                yield real

    def _take(self, place: str, folders: tuple[str, ...], *, of_configs: bool) -> None:
        if place in self.held.known:
            self._take_file(place, folders, of_configs=of_configs)
            return
        inside = next((path for name in FILES if (path := posixpath.join(place, name)) in self.held.known), None)
        if inside is None:
            for path in self.held.below(place):
                real = self.held.real(path)
                self._take_file(path if real is None else real, folders, of_configs=of_configs)
            return
        self._take_file(inside, folders, of_configs=False)
        if inside not in self.read or of_configs:
            said = mentions_of(self.held.content(inside) or b"")
            if said is None:
                self.elsewhere.add(inside)
            else:
                within = (place, *folders) if of_configs else (place,)
                self.waiting.append(_Named(said, within, of_configs=of_configs))

    def _take_file(self, path: str, folders: tuple[str, ...], *, of_configs: bool) -> None:
        if path not in self.read and (identity := self.held.id_of(path)) is not None:
            self.found[path] = identity
        if of_configs:
            texts = texts_of(self.held.content(path) or b"")
            if texts is None:
                self.elsewhere.add(path)
            else:
                self.waiting.append(_Named(Mentions(frozenset(texts)), folders, of_configs=False))
