"""Names of live clusters among those of manifests: `cluster:CONTEXT`, by a context of the kubeconfig. They win over a
file or a revision of such a name (write `./cluster:x`, or `refs/heads/cluster:x`)."""

from collections.abc import Callable

from verifier.ir.origin import CLUSTER

Told = Callable[[str], object]
"""Is told what is being read."""


def context_of(name: object) -> str | None:
    """The context that the name of a MANIFEST names (empty: the current one); None where it names no cluster."""
    return name.removeprefix(CLUSTER) if isinstance(name, str) and name.startswith(CLUSTER) else None


def untold(_what: str) -> None:
    """For whom nobody waits."""
