"""A bug as a patch."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Fault:
    """`what`: the bug in a few words. In the file `path`, `anchor` becomes `bug`."""

    what: str
    path: str
    anchor: str
    bug: str

    def fits(self, root: Path) -> bool:
        """True iff the anchor stands in the file exactly once, so that it is clear what is patched."""
        return (root / self.path).read_text().count(self.anchor) == 1

    def plant(self, root: Path) -> None:
        file = root / self.path
        assert self.fits(root), f"{self.what}: the anchor stands in {self.path} not exactly once"
        file.write_text(file.read_text().replace(self.anchor, self.bug))
