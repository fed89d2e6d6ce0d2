"""The head of a gate as what merging HEAD into the base gives: what others changed on the base meanwhile is in it."""

from verifier.errors import Diagnostic, InputError, Severity
from verifier.manifests.documents import git
from verifier.manifests.documents.refs import Revision, resolve


def merged_into(base: Revision) -> tuple[Revision, tuple[Diagnostic, ...]]:
    """The merge as a revision, and a warning where the work tree holds what is not committed, which is not in it.

    Raises InputError where the two cannot be merged without a person.
    """
    head = resolve("HEAD")
    tree, conflicts = git.merge(base.commit, head.commit)
    if tree is None:
        names = ", ".join(f"`{name}`" for name in conflicts[:3]) + (" and others" if len(conflicts) > 3 else "")
        message = f"HEAD cannot be merged into `{base.name}`: {names or 'they have no common history'}"
        raise InputError(Diagnostic("merge", message, hint="merge by hand, and judge the result without `--merge`"))
    found: tuple[Diagnostic, ...] = ()
    if git.is_dirty():
        message = "what is not committed is not judged: with `--merge` the head is what merging HEAD gives"
        found = (Diagnostic("not-committed", message, severity=Severity.WARNING),)
    return Revision("merge", tree, tree), found
