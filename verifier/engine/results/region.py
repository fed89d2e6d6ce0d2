"""A set of connections, described by what its ends and its ports meet: plain data."""

from collections.abc import Mapping

from msgspec import Struct, field

from verifier.engine.results.witness import Witness
from verifier.ir.endpoint import Kind, Workload
from verifier.ir.labels import EVERYTHING, Selector
from verifier.ir.network import AddressSet, Intervals, Protocol
from verifier.ir.policy import Direction
from verifier.ir.trace import Step


class EndRegion(Struct, frozen=True):
    """The endpoints at one end of a region: all conditions hold together.

    kinds: pods, external addresses, nodes: those that are possible.
    namespaces: in one of these (None: in any). not_namespaces: in none of these.
    namespace_selector, pod_selector: what labels meet. addresses: where the address lies (None: anywhere), the one that
        ipBlocks see. own: where its own lies, if that is to be told apart (switch `external_source`).
    workloads: the pods of these workloads, as `Kind ns/name` (None: of any); in an inventory, those that changed.
    was: where the address of such a workload lay before, if it turned to hostNetwork, or from it.
    address_of: whose the one address is that `addresses` holds, as the input says.
    """

    kinds: frozenset[Kind]
    namespaces: frozenset[str] | None = None
    not_namespaces: frozenset[str] = frozenset()
    namespace_selector: Selector = EVERYTHING
    pod_selector: Selector = EVERYTHING
    addresses: AddressSet | None = None
    own: AddressSet | None = None
    workloads: frozenset[str] | None = None
    was: AddressSet | None = None
    address_of: str | None = None


class Part(Struct, frozen=True):
    """What is taken out of a region: the connections that meet all of these conditions, which mean what they mean in a
    Region; those of an empty mapping, and None, hold anywhere."""

    source: EndRegion
    destination: EndRegion
    ports: Mapping[Protocol, Intervals]
    port_names: Mapping[str, bool] = field(default_factory=dict)
    same_namespace: bool | None = None
    same_node: bool | None = None
    switches: Mapping[str, str] = field(default_factory=dict)
    supposing: Mapping[str, bool] = field(default_factory=dict)
    provided: frozenset[Direction] = frozenset()
    same_labels: Mapping[tuple[str, bool], bool] = field(default_factory=dict)
    unselected: frozenset[Direction] = frozenset()


class Region(Struct, frozen=True):
    """A set of connections that were all added, or all removed, or that all break a property.

    ports: by protocol, the ports (a protocol that is missing has none; OTHER has no ports to list).
    port_names: the destination has (True) or has not (False) a container port of that name, written `TCP/http`, or
        `http` whatever its protocol, which is the connection's.
    same_namespace: both ends are in one namespace, or in two; None: either. same_node: likewise of nodes.
    switches: the setting under which it differs; empty: under every one.
    supposing: whether conditions that nobody can say hold, by what they are about (`what `example.com` resolves to`):
        whether the destination is among that.
    provided: only what the policies of the source let out (egress), or those of the destination let in (ingress), which
        are the same on both sides: where spelling them out would drown the change.
    same_labels: both ends have (True) or have not (False) a label of this key with one value, or neither has it; True
        beside the key: of their namespaces.
    unselected: in these directions no policy isolates the pod that they govern: the source (egress), or the destination
        (ingress).
    witness: one of its connections, as the side that allows it has it; of pods that are not isolated, one of these.
        before, after: what decided it on either side, the deciding step of each leg that matters.
    sources, destinations: the workloads of today that fall into it.
    new, gone: in an inventory, the workloads of the new, or the old, side alone, where nobody else can be at one of its
        ends.
    excluding: what is taken out of it, where that says it in fewer words than many regions would.
    since: switches in which the sides of a comparison differ: with these alike nothing of it would.
    """

    source: EndRegion
    destination: EndRegion
    ports: Mapping[Protocol, Intervals]
    witness: Witness
    port_names: Mapping[str, bool] = field(default_factory=dict)
    same_namespace: bool | None = None
    same_node: bool | None = None
    switches: Mapping[str, str] = field(default_factory=dict)
    supposing: Mapping[str, bool] = field(default_factory=dict)
    provided: frozenset[Direction] = frozenset()
    same_labels: Mapping[tuple[str, bool], bool] = field(default_factory=dict)
    unselected: frozenset[Direction] = frozenset()
    before: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()
    sources: tuple[Workload, ...] = ()
    destinations: tuple[Workload, ...] = ()
    new: tuple[Workload, ...] = ()
    gone: tuple[Workload, ...] = ()
    excluding: tuple[Part, ...] = ()
    since: tuple[str, ...] = ()
