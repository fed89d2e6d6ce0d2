"""The normal form of all policy dialects (docs/semantics.md 8): Pipe, Stage, Block, Rung, and the guards they carry.

Guards are formulas over a governed endpoint (SUBJECT), its peer (PEER) and the connection. For ingress the subject is
the destination and the peer the source; for egress the other way round. A formula that speaks of one endpoint only
(a property's peer, say) is written over SUBJECT.

Readers share equal formula objects between policies (one object for one meaning), so that later stages may cache by
identity.
"""

from collections.abc import Callable, Iterator
from enum import Enum, StrEnum
from functools import cached_property
from itertools import compress
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from verifier.ir.endpoint import Kind
from verifier.ir.labels import Selector
from verifier.ir.network import AddressSet, Intervals, Protocol
from verifier.ir.origin import Origin


class Direction(StrEnum):
    INGRESS = "ingress"
    EGRESS = "egress"


class Role(Enum):
    SUBJECT = "subject"
    PEER = "peer"


class Action(StrEnum):
    ALLOW = "allow"
    DENY = "deny"
    NEXT = "next"


# Formulas. Each docstring says when it holds.


class And(Struct, frozen=True):
    """Iff all items hold; the empty one is true."""

    items: tuple["Formula", ...]


class Or(Struct, frozen=True):
    """Iff some item holds; the empty one is false."""

    items: tuple["Formula", ...]


class Not(Struct, frozen=True):
    item: "Formula"


class KindIn(Struct, frozen=True):
    """Iff the endpoint is of one of these kinds."""

    role: Role
    kinds: frozenset[Kind]


class PodLabels(Struct, frozen=True):
    """Iff the endpoint is a pod or hostpod and its labels meet the selector (2.1)."""

    role: Role
    selector: Selector


class WorkloadIn(Struct, frozen=True):
    """Iff the endpoint is a pod of one of these workloads, written as `Kind ns/name`."""

    role: Role
    names: frozenset[str]


class NamespaceLabels(Struct, frozen=True):
    """Iff the endpoint is a pod or hostpod and the labels of its namespace meet the selector."""

    role: Role
    selector: Selector


class NamespaceIn(Struct, frozen=True):
    """Iff the endpoint is a pod or hostpod in one of these namespaces."""

    role: Role
    names: frozenset[str]


class SameNamespace(Struct, frozen=True):
    """Iff both ends are pods or hostpods of one namespace."""


class SameNode(Struct, frozen=True):
    """Iff one end is a node or a hostpod, and the other is on that node too. Where two pods run nobody asks."""


class SameLabel(Struct, frozen=True):
    """Iff both ends are pods or hostpods and, of their own labels or those of their namespaces, both carry `key` with
    one value or neither carries it."""

    key: str
    of_namespace: bool


class AddressIn(Struct, frozen=True):
    """Iff the address of the endpoint, as policies see it (switch `external_source`), lies in the set."""

    role: Role
    addresses: AddressSet


class PortIn(Struct, frozen=True):
    """Iff the protocol is this one and the destination port lies in `ports` (never for OTHER)."""

    protocol: Protocol
    ports: Intervals


class PortNamed(Struct, frozen=True):
    """Iff the destination is a pod or hostpod with a container port of this name, of the connection's protocol and
    port (3.4); `protocol` None: the name fits whatever protocol it was declared with."""

    name: str
    protocol: Protocol | None


class SwitchIs(Struct, frozen=True):
    """Iff the switch has this value in the setting under consideration (1.5)."""

    switch: str
    value: str


class Hairpin(Struct, frozen=True):
    """Iff a pod talks to itself through a Service (3.6)."""


class Havoc(Struct, frozen=True):
    """Nobody can say: a condition that the model does not hold (that the destination is among the addresses behind a
    domain name, say). It holds of a connection or not; each place where it stands counts for itself, but in a
    comparison, where equal ones are one unknown (8). `about`: among what the destination would have to be, in a few
    words, what the manifests name in backticks. `domain`: the name or pattern, in lower case, if it is one: what a name
    resolves to is among what a pattern that covers it does (4.2). `nodes`: what selects nodes, if that is it: the
    addresses of some are among those of more. `shared`: a fact of the connection, which is one unknown wherever it
    stands in a pipe (7); all of that name are."""

    about: str
    domain: str | None = None
    nodes: Selector | None = None
    shared: bool = False


OfOneEnd = KindIn | PodLabels | WorkloadIn | NamespaceLabels | NamespaceIn | AddressIn
"""What speaks of one end alone, its `role`."""
Leaf = OfOneEnd | SameNamespace | SameNode | SameLabel | PortIn | PortNamed | SwitchIs | Hairpin | Havoc
Formula = And | Or | Not | Leaf
"""INVARIANT: whoever takes a formula apart names every kind, and ends in `assert_never`: a kind that is new is then an
error of types in each of these places (CONTRIBUTING lists them, tests/test_formula_readers.py asks them)."""

TRUE = And(())
FALSE = Or(())


def mirrored(formula: Formula) -> Formula:
    """The formula that says of the peer what `formula` says of the subject, and the other way round."""
    match formula:
        case And(items):
            return And(tuple(mirrored(item) for item in items))
        case Or(items):
            return Or(tuple(mirrored(item) for item in items))
        case Not(item):
            return Not(mirrored(item))
        case SameNamespace() | SameNode() | SameLabel() | PortIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc():
            return formula
        case KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | AddressIn():
            return replace(formula, role=Role.PEER if formula.role is Role.SUBJECT else Role.SUBJECT)
        case _:
            assert_never(formula)


def parts_of(formula: Formula) -> tuple[Formula, ...]:
    """What the formula joins, or denies; nothing where it is a leaf."""
    match formula:
        case And(items) | Or(items):
            return items
        case Not(item):
            return (item,)
        case (
            KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace() | SameNode()
            | SameLabel() | AddressIn() | PortIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            return ()
        case _:
            assert_never(formula)


class NewNamespaces(Enum):
    """The namespaces that nobody declared or mentioned (`newNamespacesGet` of a universe)."""

    ALL = "new namespaces"


class Citation(Struct, frozen=True):
    """What a report names: an object, a rule inside it (`ingress[0].from[1]`; None: the whole object), where it stands,
    and a detail that places it among its like (`priority 10`)."""

    kind: str
    namespace: str | None
    name: str
    rule: str | None = None
    origin: Origin | None = None
    detail: str | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace is not None else f"{self.kind} {self.name}"


class Selects(Struct, frozen=True):
    """Whom a policy governs in one direction: endpoints of `namespace` (None: of any) for which `pods` holds over
    SUBJECT.

    The namespace stands apart so that policies which differ in nothing else can share one term.
    """

    namespace: str | NewNamespaces | None
    pods: Formula
    citation: Citation


class Rung(Struct, frozen=True):
    """A guarded action: fires iff its policy selects the subject and `guard` holds.

    `selects` None: fires for every subject. `joint`: what it says hangs on other policies of its kind too, which it can
    override or be overridden by; so it is no part of its policy that could go alone, and nobody is told to remove it.
    """

    selects: Selects | None
    guard: Formula
    action: Action
    citation: Citation
    joint: bool = False


class Block(Struct, frozen=True):
    """Rungs in order; the first that fires decides."""

    rungs: tuple[Rung, ...]


class Tie(Struct, frozen=True):
    """Blocks of equal priority, in the order of their policies' names: of those in which a rung fires, any may decide
    (switch `same_priority`, 4.4)."""

    blocks: tuple[Block, ...]


CROWDED = -1
"""Of a stage: policies of another set would come where some of its own are, and nobody says which are first."""


class Stage(Struct, frozen=True, dict=True):
    """Speaks iff one of `applies` selects the subject (None: always); then its blocks in order, then `end`. room: of a
    stage whose order matters, before which part of its body the policies of another set come that joins it, or
    `CROWDED`; None: no other set joins it."""

    name: str
    applies: tuple[Selects, ...] | None
    body: tuple[Block | Tie, ...]
    end: Action
    room: int | None = None

    @property
    def is_tier(self) -> bool:
        """True iff its policies may decide before those of later stages, and of its own: it applies to everybody, or is
        ordered. Any other stage is the union of what its policies allow."""
        return self.applies is None or self.is_ordered

    @cached_property
    def is_ordered(self) -> bool:
        """True iff a policy's rung does something else than allow, so that it can matter in which order the rungs
        stand. A rung that is of no policy (`hairpin` of 3.6) does not count."""
        return any(
            rung.action is not Action.ALLOW and rung.selects is not None
            for block in self.blocks()
            for rung in block.rungs
        )

    @cached_property
    def isolates(self) -> bool:
        """True iff whoever it applies to is denied whatever none of its rules lets through: a default deny. Where a
        rung that is of no policy leaves some connections between two ends to what comes after, it is none."""
        return self.end is Action.DENY and not any(
            rung.selects is None and rung.action is not Action.DENY and not _is_of_hairpins(rung.guard)
            for block in self.blocks()
            for rung in block.rungs
        )

    def blocks(self) -> Iterator[Block]:
        """Every block, those of ties included."""
        for part in self.body:
            yield from part.blocks if isinstance(part, Tie) else (part,)

    def mapped(self, whom: Callable[[Selects], Selects | None], rung: Callable[[Rung], Rung | None]) -> "Stage":
        """The stage with each selection and each rung replaced, or, where the result is None, left out. Ties are then
        of blocks that have rungs."""
        return self._made(
            lambda applies: tuple(s for s in map(whom, applies) if s is not None),
            lambda rungs: tuple(r for r in map(rung, rungs) if r is not None),
        )

    def kept(self, whom: Callable[[Selects], bool]) -> "Stage":
        """The stage with the selections for which `whom` holds, and their rungs."""

        def keep(rungs: tuple[Rung, ...]) -> tuple[Rung, ...]:
            selections = [rung.selects for rung in rungs]
            keys = list(map(id, selections))
            wanted = {key for key, who in dict(zip(keys, selections, strict=True)).items() if who is None or whom(who)}
            return tuple(compress(rungs, map(wanted.__contains__, keys)))

        return self._made(lambda applies: tuple(filter(whom, applies)), keep)

    def _made(
        self,
        whom: Callable[[tuple[Selects, ...]], tuple[Selects, ...]],
        rungs: Callable[[tuple[Rung, ...]], tuple[Rung, ...]],
    ) -> "Stage":
        applies = None if self.applies is None else whom(self.applies)

        def block(old: Block) -> Block:
            return Block(rungs(old.rungs))

        def part(old: Block | Tie) -> Block | Tie:
            if isinstance(old, Block):
                return block(old)
            left = tuple(b for b in map(block, old.blocks) if b.rungs)
            return Tie(left) if len(left) > 1 else Block(tuple(r for b in left for r in b.rungs))

        return Stage(self.name, applies, tuple(map(part, self.body)), self.end, self.room)


def _is_of_hairpins(formula: Formula) -> bool:
    """True iff the formula speaks of a pod that talks to itself, and plainly of nothing else."""
    return isinstance(formula, Hairpin) or (isinstance(formula, And) and any(map(_is_of_hairpins, formula.items)))


class Pipe(Struct, frozen=True):
    """Stages in order, the first that does not answer Next decides; else `final`."""

    stages: tuple[Stage, ...]
    final: Action = Action.ALLOW


class PolicySet(Struct, frozen=True):
    """All policies of a cluster: a pipe for each direction, and the objects they came from.

    idle: whom policies select that have no rules, and of whom rules speak that are not in force: these stand in no pipe
        and govern nobody, but the namespaces that they name are named (`newNamespacesGet`).
    scheme: whose stages these are: the plugin whose policies stand among them, if only one reads them; empty: those of
        Kubernetes. variants: the same policies in the stages of other schemes, where nobody knows yet which is wanted.
    """

    ingress: Pipe
    egress: Pipe
    objects: tuple[Citation, ...] = ()
    idle: tuple[Selects, ...] = ()
    scheme: str = ""
    variants: tuple["PolicySet", ...] = ()

    def pipe(self, direction: Direction) -> Pipe:
        return self.ingress if direction is Direction.INGRESS else self.egress


NO_POLICIES = PolicySet(Pipe(()), Pipe(()))
