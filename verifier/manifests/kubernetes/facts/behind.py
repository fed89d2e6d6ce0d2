"""What the input says is behind Services, for the policies that name one (docs/semantics.md 5.3, 6.2)."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from verifier.ir.service import Backend, Service
from verifier.manifests.kubernetes.fields import told


class Behind(Struct, frozen=True):
    """Of each Service of the input that says what is behind it: the one object of that name, and what is listed for it.

    services: by namespace and name; None where several differ, of which nobody says which counts.
    """

    services: Mapping[tuple[str, str], Service | None] = {}
    backends: Mapping[tuple[str, str], tuple[Backend, ...]] = {}

    @classmethod
    def of(cls, services: Iterable[Service], backends: Iterable[Backend]) -> "Behind":
        found: dict[tuple[str, str], Service | None] = {}
        for service in services:
            found[service.key] = service if service.key not in found else None
        listed: dict[tuple[str, str], tuple[Backend, ...]] = {}
        for backend in backends:
            listed[backend.key] = (*listed.get(backend.key, ()), backend)
        return cls(found, listed)

    def service(self, namespace: str, name: str) -> Service | None:
        """The Service; None where nobody can say what is behind it: it is not in the input, or in it with several
        meanings, or it is a name for something else, or it selects no pods and nothing is listed for it."""
        found = self.services.get((namespace, name))
        if found is None or found.external_name is not None:
            return None
        return found if found.selector or found.key in self.backends else None

    def listed(self, service: Service) -> tuple[Backend, ...]:
        """The addresses that are listed for it."""
        return self.backends.get(service.key, ())

    def unclear(self, namespace: str | None, name: str) -> str:
        """What the input says of the Services of that name (namespace None: in any) behind which nobody can say what
        is: of two inputs that say something else not the same."""
        mine = {key: s for key, s in self.services.items() if key[1] == name and namespace in (None, key[0])}
        said = [(key, s and (dict(s.selector), s.external_name)) for key, s in sorted(mine.items())]
        return f", which is `{told(said)}`" if said and any(self.service(*key) is None for key in mine) else ""

    def written(self, namespace: str) -> str:
        """What the input says of all Services of a namespace (empty: of any), for what may hang on each."""
        mine = sorted((key, s) for key, s in self.services.items() if namespace in ("", key[0]))
        said = [(key, s and (dict(s.selector), s.external_name)) for key, s in mine]
        return f" among `{told(said)}`" if said else ""

    def homes(self, name: str) -> tuple[str, ...]:
        """The namespaces in which the input has Services of that name."""
        return tuple(sorted(namespace for namespace, called in self.services if called == name))


NOTHING_BEHIND = Behind()
