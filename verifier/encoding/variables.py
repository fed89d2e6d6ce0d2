"""The variables of a question."""

from collections.abc import Mapping

from msgspec import Struct

from verifier.encoding.tenancy import Tenancy
from verifier.ir.endpoint import Kind, Workload
from verifier.ir.network import Intervals, Protocol
from verifier.ir.switches import switch_called
from verifier.smt.script import FALSE, TRUE, Told, Var, conj
from verifier.vocabulary import Vocabulary

KINDS = (Kind.POD, Kind.EXTERNAL, Kind.NODE, Kind.HOSTPOD)
"""Kinds by code."""
PROTOCOLS = (Protocol.TCP, Protocol.UDP, Protocol.SCTP, Protocol.OTHER)
"""Protocols by code."""


class End(Struct, frozen=True):
    """The variables of one end. Labels are codes of the vocabulary's domains, the address is the index of a cell.

    `seen`: the address as ipBlocks see it.
    """

    name: str
    kind: Var
    namespace: Told
    labels: Mapping[str, Var]
    namespace_labels: Mapping[str, Var]
    address: Var
    seen: Var
    podlike: str
    nodelike: str

    def is_kind(self, *kinds: Kind) -> str:
        return self.kind.among(KINDS.index(k) for k in kinds if KINDS.index(k) < self.kind.size)


class Which(Struct, frozen=True):
    """Which of the listed workloads an end is a pod of, as far as the question can tell: `value` is their number."""

    value: Var
    numbers: Mapping[Workload, int]


class World(Struct, frozen=True):
    """All variables of a question. `assumptions`: literals to assume, and what each one stands for."""

    source: End
    destination: End
    protocol: Var
    port: Var
    same_node: str
    named: Mapping[str, str]
    switches: Mapping[str, Var | str]
    """An open switch is a variable; a fixed one is its value."""
    assumptions: dict[str, str]
    vocabulary: Vocabulary
    unknowns: Mapping[str, str] = {}
    """Literals of conditions that nobody can say, by what they are about; those that are missing have none."""
    tenancies: Mapping[str, Tenancy] = {}
    """Who can have which address, as far as the input says: under each literal what holds if it does."""
    which: Mapping[tuple[str, Kind], Which] = {}
    """For an end and a kind, where addresses of listed pods are known."""
    called: Mapping[str, str] = {}
    """How regions call switches that are variables of this side of a comparison alone."""
    names_called: str = ""
    """What regions put before port names that are others on either side of a comparison."""
    version: Var | None = None
    """Which of several versions of the policies is meant, where there are several."""
    marks: Mapping[str, str] = {}
    """Of each mark (`verifier.encoding.marks`) the term that it holds."""

    def port_among(self, protocol: Protocol, ports: Intervals) -> str:
        """True iff the connection's protocol is this one and its port one of `ports`."""
        cells = self.port.within(self.vocabulary.ports.ranges(ports, 0))
        return conj((self.protocol.equals(PROTOCOLS.index(protocol)), cells))

    def switch_is(self, switch: str, value: str) -> str:
        """True iff the setting under consideration has this value."""
        setting = self.switches[switch]
        if isinstance(setting, str):
            return TRUE if setting == value else FALSE
        return setting.equals(switch_called(switch).values.index(value))
