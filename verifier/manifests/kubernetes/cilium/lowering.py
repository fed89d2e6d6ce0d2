"""Cilium's policies, and the NetworkPolicies beside them, in the normal form (docs/semantics.md 6.1, 8).

A deny beats an allow whatever the object, so the deny entries are a stage of their own. Then comes what is allowed, by
entries and by NetworkPolicies; then what a proxy judges, and the CIDRs beside it, since versions of Cilium differ in
whether these are broad enough to pass by the proxy; then the default deny of those who ask for one. Every policy is
read through the filter of labels that make an identity.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from verifier.ir.endpoint import Kind
from verifier.ir.origin import Origin, Path
from verifier.ir.policy import (
    NO_POLICIES,
    TRUE,
    Action,
    And,
    Block,
    Citation,
    Direction,
    Formula,
    Hairpin,
    Havoc,
    KindIn,
    Or,
    Pipe,
    PolicySet,
    Role,
    Rung,
    Selects,
    Stage,
    SwitchIs,
)
from verifier.manifests.kubernetes.cilium import meaning
from verifier.manifests.kubernetes.cilium.filter import Filter
from verifier.manifests.kubernetes.cilium.spec import (
    ACCOUNT_KEY,
    CIDRGroup,
    CiliumPolicy,
    Entry,
    Identities,
    Line,
    Rule,
    Section,
)
from verifier.manifests.kubernetes.facts.behind import NOTHING_BEHIND, Behind

DENY, ALLOW, PROXY, DEFAULT = "Cilium deny", "Cilium", "Cilium proxy", "Cilium default deny"
SCHEME, UNENFORCED = "Cilium", "Cilium, unenforced"
ALWAYS, NEVER = "always", "never"
_OLD_PROXY = Havoc("what a `CIDR` does not let by the proxy in this version of Cilium")
_EVERY_POD = Selects(
    None,
    KindIn(Role.SUBJECT, frozenset({Kind.POD})),
    Citation("Cilium", None, "(policy enforcement mode `always`)"),
)

_HAIRPIN = Block(
    (
        Rung(
            None,
            And((Hairpin(), SwitchIs("self_via_service", "allow"))),
            Action.NEXT,
            Citation("Cilium", None, "(a pod reaches itself through a Service)"),
        ),
    )
)


class Mode(Struct, frozen=True):
    """How the agent is set up: the switches `cilium_mode` and `cilium_empty_rule`."""

    enforced: str = "default"
    empty: str = "nothing"


class _Way(Struct, frozen=True):
    """One way in which an entry matches: how it is cited, where it stands below the section, and when it does."""

    rule: str
    path: Path
    formula: Formula


class _Ways(Struct, frozen=True):
    """What a section lets through, or denies: by itself, by CIDRs, and what a proxy judges: then both what the ports
    are and when it lets through."""

    plain: tuple[_Way, ...] = ()
    by_address: tuple[_Way, ...] = ()
    judged: tuple[tuple[_Way, Formula], ...] = ()


def with_cilium(
    around: PolicySet,
    policies: Sequence[CiliumPolicy],
    groups: Sequence[CIDRGroup],
    mode: Mode,
    network: str,
    behind: Behind = NOTHING_BEHIND,
) -> PolicySet:
    """`around`: the other policies, whose stage `network` is that of NetworkPolicies. behind: what the input says is
    behind Services."""
    if mode.enforced == NEVER:
        objects = (*around.objects, *(policy.citation for policy in policies))
        return replace(NO_POLICIES, objects=objects, scheme=UNENFORCED)
    ordered = sorted(policies, key=lambda p: (p.kind, p.namespace or "", p.name))
    known = meaning.Facts(tuple(sorted(groups, key=lambda group: group.name)), behind)
    ingress, egress = (_pipe(around, direction, ordered, known, mode, network) for direction in Direction)
    objects = (*around.objects, *(policy.citation for policy in ordered))
    return Filter().policies(PolicySet(ingress, egress, objects, around.idle, SCHEME))


def variants(around: PolicySet, network: str) -> tuple[PolicySet, ...]:
    """NetworkPolicies in every scheme in which Cilium's policies may stand beside them."""
    return tuple(with_cilium(around, (), (), Mode(enforced), network) for enforced in ("default", NEVER))


def ask_accounts(policies: Sequence[CiliumPolicy]) -> bool:
    """True iff one of them asks for the service accounts of pods."""
    return any(line.key == ACCOUNT_KEY and line.is_of_pods for policy in policies for line in _lines(policy))


def _lines(policy: CiliumPolicy) -> Iterator[Line]:
    for _, rule in policy.rules:
        yield from rule.subject.lines if rule.subject is not None else ()
        for entry in (entry for section in rule.sections for entry in section.entries):
            for _, peer in entry.peers or ():
                yield from peer.lines if isinstance(peer, Identities) else ()


def _pipe(
    around: PolicySet,
    direction: Direction,
    policies: Sequence[CiliumPolicy],
    facts: meaning.Facts,
    mode: Mode,
    network: str,
) -> Pipe:
    stages = around.pipe(direction).stages
    at = next((i for i, stage in enumerate(stages) if stage.name == network), None)
    before, after = (stages[:at], stages[at + 1 :]) if at is not None else ((), stages)
    namespaced = stages[at] if at is not None else Stage(network, (), (), Action.DENY)
    lets = tuple(rung for block in namespaced.blocks() for rung in block.rungs if rung.selects is not None)
    found = _Rungs(direction, facts, mode.empty)
    for policy in policies:
        for path, rule in policy.rules:
            found.add(policy, path, rule)
    asking = (*(namespaced.applies or ()), *found.asking)
    asking = (*asking, _EVERY_POD) if mode.enforced == ALWAYS else asking
    passing = () if found.judged else found.by_address
    own = (
        _stage(DENY, found.deny),
        _stage(ALLOW, (*found.allow, *passing, *lets), always=True),
        _stage(PROXY, _proxy(found) if found.judged else ()),
        Stage(DEFAULT, tuple(asking), (_HAIRPIN,), Action.DENY),
    )
    return Pipe((*before, *(stage for stage in own if stage is not None), *after), around.pipe(direction).final)


def _stage(name: str, rungs: Sequence[Rung], *, always: bool = False) -> Stage | None:
    """The stage of these rungs, which speaks of whom their policies select; None where there are none."""
    if not rungs and not always:
        return None
    whom = {id(rung.selects): rung.selects for rung in rungs if rung.selects is not None}
    return Stage(name, tuple(whom.values()), (_HAIRPIN, Block(tuple(rungs))), Action.NEXT)


def _proxy(found: "_Rungs") -> tuple[Rung, ...]:
    """Where only entries match that a proxy judges, it does; CIDRs beside them let by it, or do not."""
    judging = tuple(replace(rung, guard=lets) for rung, lets in found.judged)
    closing = tuple(replace(rung, action=Action.DENY) for rung, _ in found.judged)
    doubtful = tuple(replace(rung, guard=And((_OLD_PROXY, rung.guard))) for rung in closing) if found.by_address else ()
    return (*judging, *doubtful, *found.by_address, *closing)


class _Rungs:
    """The rungs of one direction, and who asks for a default deny. Life cycle: rules are added, then it is read."""

    def __init__(self, direction: Direction, facts: meaning.Facts, empty: str) -> None:
        self.deny: list[Rung] = []
        self.allow: list[Rung] = []
        self.by_address: list[Rung] = []
        self.judged: list[tuple[Rung, Formula]] = []
        self.asking: list[Selects] = []
        self._direction, self._facts, self._empty = direction, facts, empty
        self._known: dict[tuple[int, bool], _Ways] = {}
        """By the identity of the section, which the policies keep alive."""

    def add(self, policy: CiliumPolicy, path: Path, rule: Rule) -> None:
        if rule.subject is None:
            return
        selects = _selects(policy, rule.subject, path)
        if self._direction in rule.asks:
            self.asking.append(selects)
        for section in rule.sections:
            if section.direction is not self._direction:
                continue
            ways = self._ways(section, policy.namespace is None)
            action = Action.DENY if section.denies else Action.ALLOW
            of_section = _Cited(policy, path, selects, action)
            if section.denies:
                self.deny += map(of_section.rung, (*ways.plain, *ways.by_address))
                continue
            self.allow += map(of_section.rung, ways.plain)
            self.by_address += map(of_section.rung, ways.by_address)
            self.judged += [(of_section.rung(way), lets) for way, lets in ways.judged]

    def _ways(self, section: Section, of_cluster: bool) -> _Ways:
        key = (id(section), of_cluster)
        if key not in self._known:
            self._known[key] = _ways(section, self._facts, self._empty, of_cluster=of_cluster)
        return self._known[key]


class _Cited(Struct, frozen=True):
    """Whose the ways of a section are."""

    policy: CiliumPolicy
    path: Path
    selects: Selects
    action: Action

    def rung(self, way: _Way) -> Rung:
        policy, below = self.policy, _below(self.path)
        origin = Origin(policy.origin.document, (*policy.origin.path, *self.path, *way.path))
        citation = Citation(policy.kind, policy.namespace, policy.name, f"{below}{way.rule}", origin)
        return Rung(self.selects, way.formula, self.action, citation)


def _below(path: Path) -> str:
    """How a rule of `specs` is told from others."""
    return f"specs[{path[1]}] " if path[0] == "specs" else ""


def _selects(policy: CiliumPolicy, subject: Identities, path: Path) -> Selects:
    pods = meaning.subject(subject, of_cluster=policy.namespace is None)
    citation = replace(policy.citation, origin=policy.origin.child(*path, "endpointSelector"))
    return Selects(policy.namespace, pods, citation)


def _ways(section: Section, facts: meaning.Facts, empty: str, *, of_cluster: bool) -> _Ways:
    plain, by_address = list[_Way](), list[_Way]()
    judged = list[tuple[_Way, Formula]]()
    for number, entry in enumerate(section.entries):
        at, path = f"{section.name}[{number}]", (section.name, number)
        found = _entry(entry, facts, empty, of_cluster=of_cluster)
        into = by_address if entry.by_address else plain
        for rule, below, peer, clear, deep in found:
            if clear is not None:
                into.append(_Way(f"{at}{rule}", (*path, *below), _both(peer, clear)))
            if deep is not None:
                lets = And((peer, deep[1])) if peer != TRUE else deep[1]
                judged.append((_Way(f"{at}{rule}", (*path, *below), _both(peer, deep[0])), lets))
        if entry.names:
            plain.append(_Way(f"{at}.toFQDNs", (*path, "toFQDNs"), meaning.LOOKUPS))
    return _Ways(tuple(plain), tuple(by_address), tuple(judged))


def _both(one: Formula, other: Formula) -> Formula:
    if TRUE in (one, other):
        return other if one == TRUE else one
    return And((one, other))


_Found = tuple[str, Path, Formula, Formula | None, tuple[Formula, Formula] | None]
"""Of a peer how it is cited, where it stands, whom it means; on which ports it lets through by itself; and on which a
proxy judges, and when it lets through there."""


def _entry(entry: Entry, facts: meaning.Facts, empty: str, *, of_cluster: bool) -> Iterator[_Found]:
    clear, deep = _ports(entry)
    if entry.peers is None:
        if entry.ports or entry.icmps or empty == "all":
            yield "", (), TRUE, clear, deep
        return
    for path, peer in entry.peers:
        yield f".{path[0]}[{path[1]}]", path, meaning.peer(peer, facts, of_cluster=of_cluster), clear, deep


@lru_cache(maxsize=1 << 14)
def _ports(entry: Entry) -> tuple[Formula | None, tuple[Formula, Formula] | None]:
    """On which ports an entry lets through by itself, and on which something above the ports judges."""
    if entry.icmps:
        whole: Formula = meaning.icmps(entry.icmps)
    elif entry.ports:
        clear = tuple(item for item in entry.ports if not (item.narrowed or entry.narrowed))
        deep = tuple(item for item in entry.ports if item.narrowed or entry.narrowed)
        said = meaning.ports(clear) if clear else None
        if not deep:
            return said, None
        lets = tuple(
            And((meaning.ports((item,)), meaning.narrowing((*item.narrowed, *entry.narrowed)))) for item in deep
        )
        return said, (meaning.ports(deep), lets[0] if len(lets) == 1 else Or(lets))
    else:
        whole = TRUE
    if not entry.narrowed:
        return whole, None
    return None, (whole, _both(whole, meaning.narrowing(entry.narrowed)))
