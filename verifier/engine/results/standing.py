"""What answers hardly ever cover, in standing sentences; the rest of what they do not cover is this run's own."""

from collections.abc import Iterable

NODES = "nodes and hostNetwork pods"
OTHER_HOSTPODS = "hostNetwork pods other than those of the manifests"
NODES_BUT_LISTED = f"nodes, and {OTHER_HOSTPODS}"
NODES_BUT_MEANT = f"{NODES_BUT_LISTED} that a peer selects"
OTHER_PROTOCOLS = "protocols other than TCP, UDP and SCTP"

STANDING = frozenset({NODES, OTHER_HOSTPODS, NODES_BUT_LISTED, NODES_BUT_MEANT, OTHER_PROTOCOLS})


def left_out_here(not_covered: Iterable[str]) -> tuple[str, ...]:
    """What a run leaves out beyond the standing sentences about nodes and other protocols."""
    return tuple(entry for entry in not_covered if entry not in STANDING)
