"""What answers hardly ever cover, in standing sentences; the rest of what they do not cover is this run's own."""

from collections.abc import Iterable

from verifier.ir.cluster import LAST_COUNTS, LEFT_OUT

NODES = "nodes and hostNetwork pods"
OTHER_HOSTPODS = "hostNetwork pods other than those of the manifests"
NODES_BUT_LISTED = f"nodes, and {OTHER_HOSTPODS}"
NODES_BUT_MEANT = f"{NODES_BUT_LISTED} that a peer selects"
OTHER_PROTOCOLS = "protocols other than TCP, UDP and SCTP"

UNDECLARED = "pods of undeclared namespaces"

STANDING = frozenset({NODES, OTHER_HOSTPODS, NODES_BUT_LISTED, NODES_BUT_MEANT, OTHER_PROTOCOLS})


_NOT_READ = (LAST_COUNTS, LEFT_OUT)
"""How assumptions begin that are about what of the input was not read."""


def each_once(entries: Iterable[str]) -> tuple[str, ...]:
    """What several answers do not cover, each once. Of undeclared namespaces there is one entry: not what a wider one
    says anyway (`..., as destinations` beside `..., as destinations of anything but pods of declared ones`), and the
    others joined.

    >>> each_once((f"{UNDECLARED}, as destinations", "x", f"{UNDECLARED}, as sources"))
    ('pods of undeclared namespaces, as destinations, and as sources', 'x')
    """
    found = dict.fromkeys(entries)
    about = [entry for entry in found if entry.startswith(UNDECLARED)]
    wide = [e for e in about if not any(e != w and e.startswith((f"{w},", f"{w} ")) for w in about)]
    joined = [*wide[:1], *(f"and{entry.removeprefix(f'{UNDECLARED},')}" for entry in wide[1:])]
    return tuple(", ".join(joined) if entry in about else entry for entry in found if entry not in about[1:])


def left_out_here(not_covered: Iterable[str]) -> tuple[str, ...]:
    """What a run leaves out beyond the standing sentences about nodes and other protocols."""
    return tuple(entry for entry in not_covered if entry not in STANDING)


def not_read_here(assumptions: Iterable[str]) -> tuple[str, ...]:
    """Of what answers rest on, what is said of manifests that were left out, or overwritten by others."""
    return tuple(entry for entry in assumptions if entry.startswith(_NOT_READ))
