"""What on a command line gets past a refusal of manifests: a file or directory left out, a switch, an option.

A remedy is a guess from what a diagnostic says. Whether it does get past the refusal is for `waysout` to try.
"""

import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from verifier.errors import Diagnostic
from verifier.manifests.kubernetes.kustomization import FILES as KUSTOMIZATIONS
from verifier.manifests.kubernetes.settling import CODE as DUPLICATE

_ASIDE = frozenset({
    "example", "examples", "sample", "samples", "demo", "demos", "test", "tests", "testing", "testdata", "e2e",
    "fixtures", "hack", "doc", "docs",
})  # fmt: skip
"""Names of directories that hold what is not deployed."""

_SWITCHES = {"old-peer": "nested_peers=read", "mixed-tiers": "mixed_tiers={first}"}
FIRST = ("v1alpha1_first", "v1alpha2_first")
"""Of policies of two versions, which come first: nothing but the user says."""
_SKIPPED = "unknown-policy"
_NO_FILE = frozenset({"path", "nothing-to-check", "usage"})
"""What is wrong with a command line, and with no manifest."""


FEW = 3
"""Kustomizations that are named one by one where they cannot be built."""

_RENDERED_TWICE = "rendered-twice"
"""Two directories that give one object differently: the diagnostic is about the second."""


class Remedy(Struct, frozen=True):
    """left_out: files and directories, as they are cited, a directory with a `/` at its end. switches: as `--set` takes
    them. last, skip: `--duplicates last` and `--skip-unknown`. globs: names of files that are left out everywhere.
    """

    left_out: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    last: bool = False
    skip: bool = False
    globs: tuple[str, ...] = ()

    def and_also(self, other: "Remedy") -> "Remedy":
        """Both of them; what lies in a directory that is left out is not named."""
        names = dict.fromkeys((*self.left_out, *other.left_out))
        kept = tuple(n for n in names if not any(n != d and d.endswith("/") and n.startswith(d) for d in names))
        switches = tuple(dict.fromkeys((*self.switches, *other.switches)))
        globs = tuple(dict.fromkeys((*self.globs, *other.globs)))
        return Remedy(kept, switches, self.last or other.last, self.skip or other.skip, globs)


NOTHING = Remedy()


def remedy_for(
    mistakes: Sequence[Diagnostic], files: Iterable[str], *, last: bool, few: int, first: str = FIRST[0]
) -> Remedy | None:
    """What may get past all of the mistakes, or at first past those that are gone where files are left out; None where
    something has to be mended. files: those that are read, as they are cited. last: of objects that differ the last one
    is to count, instead of leaving one out. few: so many kustomizations are left out one by one; of more, all are.
    first: of policies of two versions, which come first."""
    known = frozenset(files)
    unbuilt = {posixpath.basename(m.file or "") for m in mistakes if _is_kustomization(m)}
    if sum(map(_is_kustomization, mistakes)) > few:
        return Remedy(globs=tuple(sorted(unbuilt)))
    crowds = Counter(_side(d) for d in mistakes if d.code == DUPLICATE)
    found = NOTHING
    for mistake in mistakes:
        if mistake.code in _SWITCHES and _aside(mistake.file or "") is None:
            found = found.and_also(Remedy(switches=(_SWITCHES[mistake.code].format(first=first),)))
        elif mistake.code == _SKIPPED:
            found = found.and_also(Remedy(skip=True))
        elif mistake.code == DUPLICATE and last:
            found = found.and_also(Remedy(last=True))
        elif mistake.code == _RENDERED_TWICE:
            found = found.and_also(Remedy((f"{mistake.file}/",)))
        elif mistake.code in _NO_FILE or mistake.file not in known or mistake.other_file == mistake.file:
            return None
        else:
            found = found.and_also(Remedy((_left_out(mistake, crowds),)))
    return Remedy(found.left_out) if found.left_out else found


def _is_kustomization(mistake: Diagnostic) -> bool:
    return posixpath.basename(mistake.file or "") in KUSTOMIZATIONS


def _left_out(mistake: Diagnostic, crowds: Mapping[str, int]) -> str:
    """What of it to leave out: a directory of examples or tests, else of two files the one that is called after the
    other, or the second."""
    mine, other = mistake.file or "", mistake.other_file
    if other is None:
        return _aside(mine) or mine
    for this, that in ((mine, other), (other, mine)):
        folder = _aside(this)
        if folder is not None and not that.startswith(folder):
            return folder
    if _is_called_after(other, mine):
        return other
    side = _side(mistake)
    return side if crowds[side] > 1 else mine


def _aside(file: str) -> str | None:
    """The first directory of the file's path that holds what is not deployed, by its name; the path's own first one may
    be what the user means."""
    parts = file.split("/")
    for number, part in enumerate(parts[:-1]):
        if number > 0 and part.lower() in _ASIDE:
            return "/".join(parts[: number + 1]) + "/"
    return None


def _side(mistake: Diagnostic) -> str:
    """The deepest directory of the file that the other one does not lie in; the file where there is none."""
    mine, other = mistake.file or "", mistake.other_file or ""
    folder = posixpath.dirname(mine) + "/"
    return mine if folder == "/" or other.startswith(folder) else folder


def _is_called_after(this: str, that: str) -> bool:
    """True iff the name of the first says that it is a variant of the second, beside it: `x-2.yaml` of `x.yaml`."""
    mine, its = (posixpath.splitext(name)[0] for name in (this, that))
    return mine != its and mine.startswith(its)
