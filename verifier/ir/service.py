"""Services, and the endpoints behind them (docs/semantics.md 1.6)."""

from msgspec import Struct, field

from verifier.ir.labels import Labels
from verifier.ir.network import IPAddress, Protocol
from verifier.ir.origin import Origin


class ServicePort(Struct, frozen=True):
    """A port of a Service. `target`: the number that its pods get it on, or the name of a port of theirs."""

    protocol: Protocol
    port: int
    target: int | str
    name: str | None = None
    node_port: int | None = None

    def __str__(self) -> str:
        return f"{self.protocol}/{self.port}"


class Service(Struct, frozen=True):
    """A Service. Policies never see it: they see its pods, and the ports that these listen on.

    selector: labels of its pods; empty: it selects none, and somebody else says what is behind it. addresses: its
    clusterIPs, which are nobody's. others: further addresses that lead to it (externalIPs, those of its load balancer).
    headless: it has no address of its own, names lead to its pods. external_name: it is another name for a host.
    hides_source: outside clients may come with the address of a node (NodePort or LoadBalancer, externalTrafficPolicy
        other than Local).
    """

    namespace: str
    name: str
    selector: Labels = field(default_factory=dict)
    ports: tuple[ServicePort, ...] = ()
    addresses: tuple[IPAddress, ...] = ()
    others: tuple[IPAddress, ...] = ()
    headless: bool = False
    external_name: str | None = None
    hides_source: bool = False
    origin: Origin | None = None

    def __hash__(self) -> int:
        return hash((self.namespace, self.name, self.ports))

    def __str__(self) -> str:
        return f"Service {self.namespace}/{self.name}"

    @property
    def key(self) -> tuple[str, str]:
        return self.namespace, self.name


class BackendPort(Struct, frozen=True):
    """A port of endpoints. `name`: that of the Service's port; `port` is None where any will do."""

    protocol: Protocol
    port: int | None
    name: str | None = None


class Backend(Struct, frozen=True):
    """An address behind a Service, as Endpoints or an EndpointSlice says. `target`: kind and name of whose it is, a
    Pod's (of `namespace`) or a Node's; None: it does not say. ready: it is said to take connections. believed: that it
    is listed tells whose the address is, and is not.
    """

    namespace: str
    service: str
    address: IPAddress
    ports: tuple[BackendPort, ...] = ()
    target: tuple[str, str] | None = None
    origin: Origin | None = None
    ready: bool = True
    believed: bool = True

    @property
    def key(self) -> tuple[str, str]:
        return self.namespace, self.service

    @property
    def title(self) -> str:
        """The Service that it is behind, as it is called."""
        return f"Service {self.namespace}/{self.service}"

    @property
    def owner(self) -> str | None:
        """Whose it is, as it is called."""
        if self.target is None:
            return None
        kind, name = self.target
        return f"Node {name}" if kind == "Node" else f"Pod {self.namespace}/{name}"
