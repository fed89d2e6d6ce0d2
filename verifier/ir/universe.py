"""The universe as its author wrote it: which pods, namespaces and addresses may exist (`docs/universe.md`)."""

from collections.abc import Mapping

from msgspec import Struct, field

from verifier.ir.endpoint import Namespace
from verifier.ir.network import AddressSet
from verifier.ir.origin import Origin
from verifier.ir.pods import PodPeer
from verifier.ir.policy import NO_POLICIES, PolicySet


class LabelDomain(Struct, frozen=True):
    """What values a label key may have. `others`: values not listed are possible too. `required`: it is never
    absent."""

    values: tuple[str, ...] = ()
    others: bool = True
    required: bool = False
    origin: Origin | None = None


class Invariant(Struct, frozen=True):
    """Every pod that `pods` describes is one that `only_in` describes."""

    name: str
    pods: PodPeer
    only_in: PodPeer
    origin: Origin | None = None


class Universe(Struct, frozen=True):
    """A universe only removes possibilities (but for `nodes`). The default one is `open`.

    known: namespaces declared here, with exactly these labels.
    other_namespaces: namespaces that nobody declared may exist.
    other_pods: pods that no manifest holds may exist; without them the universe is an inventory.
    templates: `newNamespacesGet`: policies of every namespace that is neither declared nor mentioned; their `Selects`
        name `NewNamespaces.ALL`.
    nodes: nodes, and hostNetwork pods with any labels, are endpoints.
    pod_addresses: None: private addresses are assumed (`verifier.ir.network.PRIVATE_ADDRESSES`). An address list
        restricts only the families it contains; so do the next two.
    switches: fixed here; "open" leaves one open.
    """

    name: str = "open"
    known: tuple[Namespace, ...] = ()
    other_namespaces: bool = True
    other_pods: bool = True
    namespace_labels: Mapping[str, LabelDomain] = field(default_factory=dict)
    pod_labels: Mapping[str, LabelDomain] = field(default_factory=dict)
    invariants: tuple[Invariant, ...] = ()
    templates: PolicySet = NO_POLICIES
    nodes: bool = False
    families: frozenset[int] = frozenset({4, 6})
    pod_addresses: AddressSet | None = None
    node_addresses: AddressSet | None = None
    service_addresses: AddressSet | None = None
    switches: Mapping[str, str] = field(default_factory=dict)
    origin: Origin | None = None


OPEN = Universe()
INVENTORY = Universe(name="inventory", other_pods=False)
RESERVED = (OPEN.name, INVENTORY.name)
"""Names that no file can give its universe."""
