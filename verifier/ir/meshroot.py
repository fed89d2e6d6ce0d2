"""Which namespace is the root of a mesh: its policies are about pods of every namespace (docs/semantics.md 7)."""

from msgspec import Struct

from verifier.ir.policy import Citation

ROOT = "istio-system"
"""The root namespace where nobody says which one is."""


class MeshRoot(Struct, frozen=True):
    """The root namespace, and who names it; None: nobody does, or none but the one that counts anyway. homes: the
    namespaces in which policies of the mesh live."""

    namespace: str = ROOT
    said_by: Citation | None = None
    homes: frozenset[str] = frozenset()

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What answers rest on: that the namespace is the root, where policies would mean something else if not."""
        if self.said_by is None or self.homes.isdisjoint((self.namespace, ROOT)):
            return ()
        return (f"the root namespace of the mesh is {self.namespace}, as {str(self.said_by).rstrip()} says",)
