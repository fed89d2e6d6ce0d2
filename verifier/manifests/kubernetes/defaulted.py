"""What the API server fills in, and what stays of it where the same object is applied anew (docs/semantics.md 3.7).

`kubectl apply` takes out what the manifest of before said and this one does not; what the server had filled in for that
one nobody had said, so it stays. Of what decides about traffic that is the directions of a policy: `policyTypes` of
NetworkPolicies, `types` of Calico's.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Protocol, TypeVar

from verifier.errors import Diagnostic, Severity
from verifier.ir.origin import Origin
from verifier.ir.policy import Citation
from verifier.manifests.documents.document import Document
from verifier.manifests.kubernetes.settling import CODE, at, grouped, place_of


class _Directed(Protocol):
    """The spec of a policy: None in a direction to which it does not apply."""

    @property
    def ingress(self) -> object: ...
    @property
    def egress(self) -> object: ...


class _Policy(Protocol):
    @property
    def spec(self) -> _Directed: ...
    @property
    def origin(self) -> Origin: ...
    @property
    def citation(self) -> Citation: ...


_Given = TypeVar("_Given", bound=_Policy)


def filled_in(policies: Sequence[_Given], key: Callable[[_Given], Hashable], name: str) -> Iterator[Diagnostic]:
    """Errors about policies that count since they are read last and leave their directions open, where an earlier one
    of the same object does too, and other ones are filled in for it. key: as in `Settling.each_once`. name: the field
    of the spec that says the directions."""
    for *others, counts in grouped(policies, key):
        if not _leaves_open(counts.origin, name):
            continue
        for other in others:
            if _leaves_open(other.origin, name) and _directions(other) != _directions(counts):
                message = (
                    f"{counts.citation} leaves `{name}` open, and what the API server fills in for the one at "
                    f"{place_of(other.origin)} stays when this one is applied after it"
                )
                yield at(counts.origin, CODE, message, f"write `{name}` into the one that counts", Severity.ERROR)
                break


def _directions(policy: _Policy) -> tuple[bool, bool]:
    return policy.spec.ingress is not None, policy.spec.egress is not None


def _leaves_open(origin: Origin, name: str) -> bool:
    """True iff the object at `origin` says nothing there; where its text is not at hand that counts as open."""
    value = origin.document.value if isinstance(origin.document, Document) else None
    for step in (*origin.path, "spec", name):
        if isinstance(value, dict):
            value = value.get(step)
        else:
            value = value[step] if isinstance(value, list) and isinstance(step, int) else None
    return not value
