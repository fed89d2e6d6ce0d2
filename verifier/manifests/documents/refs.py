"""Names of git revisions, resolved once: a branch, a tag or an object of which there is no other of that name."""

import re

from msgspec import Struct

from verifier.errors import Diagnostic, InputError
from verifier.manifests.documents import git

_BEGINNING = re.compile(r"(?:(?!@\{)[^~^:])*")
"""What comes before the operators of gitrevisions(7)."""
_ABBREVIATION = re.compile(r"[0-9a-f]{4,39}", re.IGNORECASE)
_PLACES = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
"""Where git looks for a name, in this order (gitrevisions(7)); it takes the first that it finds, and a tag that hides a
branch is a way to be judged against something else than everybody thinks."""
_SHORT = 12


class Revision(Struct, frozen=True):
    """A revision that was looked up. name: as somebody typed it. commit: its commit, or its tree where the name is one
    of a tree. tree: what it holds; both are ids of objects, which no later change of a name can turn."""

    name: str
    commit: str
    tree: str

    @property
    def short(self) -> str:
        """The beginning of the commit's id, as reports show it."""
        return self.commit[:_SHORT]


class Target(Struct, frozen=True):
    """A path at a revision, as it was written. at: what the revision was resolved to; None: nobody has looked yet."""

    revision: str
    path: str
    at: Revision | None = None

    def __str__(self) -> str:
        return f"{self.revision}:{self.path}"


def resolve(name: str) -> Revision:
    """The revision of this name; raises InputError where there is none, or where the name means several."""
    if not name or "\n" in name:
        what = "a revision is missing before `:`" if not name else "a line break in the name of a revision"
        raise InputError(Diagnostic("revision", what, hint="as in `main:k8s`"))
    tree, commit, remote = git.look_up([f"{name}^{{tree}}", f"{name}^{{commit}}", f"origin/{name}^{{tree}}"])
    if tree.kind is git.Kind.AMBIGUOUS:
        raise InputError(Diagnostic("revision", f"`{name}` is short for several objects"))
    if tree.kind is not git.Kind.TREE:
        raise InputError(_unknown(name, remote))
    _refuse_namesakes(name)
    return Revision(name, commit.id if commit.kind is git.Kind.COMMIT else tree.id, tree.id)


def is_revision(name: str) -> bool:
    """True iff something is called so in the repository that the working directory is in, if it is in one."""
    if not name or "\n" in name:
        return False
    try:
        [found] = git.look_up([f"{name}^{{tree}}"])
    except InputError:
        return False
    return found.kind in (git.Kind.TREE, git.Kind.AMBIGUOUS)


def _unknown(name: str, remote: git.Found) -> Diagnostic:
    if remote.kind is git.Kind.TREE:
        hint = f"did you mean `origin/{name}`?"
    elif git.is_shallow():
        hint = "this clone lacks history: fetch it all (`git fetch --unshallow`; in an action, `fetch-depth: 0`)"
    else:
        hint = "`git branch --all` and `git tag` list the names there are"
    return Diagnostic("revision", f"no revision `{name}` here", hint=hint)


def _refuse_namesakes(revision: str) -> None:
    """Raises InputError iff the name in `revision` stands for different objects in different places."""
    match = _BEGINNING.match(revision)
    name = match[0] if match is not None else ""
    if name in ("", "@"):
        return
    places = [name, *(place.format(name) for place in _PLACES)]
    found = git.look_up([f"{place}^{{}}" for place in places])
    meant = {place: each.id for place, each in zip(places, found, strict=True) if each.id}
    if _ABBREVIATION.fullmatch(name):
        objects = git.run("rev-parse", f"--disambiguate={name.lower()}").decode("ascii").split()
        commits = git.look_up([f"{each}^{{commit}}" for each in objects])
        meant |= {f"commit {each.id[:_SHORT]}": each.id for each in commits if each.kind is git.Kind.COMMIT}
    if len(set(meant.values())) > 1:
        several = [place for place in meant if place != name]
        message = f"`{name}` is ambiguous: {' and '.join(f'`{place}`' for place in several)} are not the same"
        raise InputError(Diagnostic("revision", message, hint="write out the one that is meant"))
