"""One profile for the two sides of a comparison, where it chooses itself from the objects of either."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from verifier.errors import UsageError

if TYPE_CHECKING:
    from verifier.manifests.kubernetes.load import Loaded

Again = Callable[[str], "Loaded"]
"""Reads a side once more, under a profile."""


def chosen_by(old: "Loaded | None", new: "Loaded | None") -> str | None:
    """The profile that one of the sides chose, or both; None where neither did. Raises UsageError where they chose two:
    nothing can be compared under both."""
    chosen = [side.cluster for side in (old, new) if side is not None and side.cluster.chosen_for is not None]
    profiles = [cluster.profile for cluster in chosen if cluster.profile is not None]
    if len(set(profiles)) > 1:
        one, other = (cluster.chosen_for for cluster in chosen)
        raise UsageError(
            f"{one} chooses the profile `{profiles[0]}`, {other} the profile `{profiles[1]}`: sides are compared under "
            "one profile",
            f"to compare two plugins: --profile {profiles[0]} --to-profile {profiles[1]}",
        )
    return profiles[0] if profiles else None


def alike(old: "Loaded", new: "Loaded", old_again: Again, new_again: Again) -> "tuple[Loaded, Loaded]":
    """The sides, both read under the profile that one of them chose, so that they differ in nothing but what they say.
    Raises UsageError where they chose two."""
    chosen = chosen_by(old, new)
    if chosen is None:
        return old, new
    return (
        old if old.cluster.profile == chosen else old_again(chosen),
        new if new.cluster.profile == chosen else new_again(chosen),
    )
