"""The variables of a comparison whose sides are set otherwise: of each side its own switches, and what counts of port
names under these.

A pod is one and the same on both sides, and so are its declarations of port names; which of them count is what differs.
"""

from collections.abc import Iterator, Mapping
from itertools import product

from msgspec.structs import replace

from verifier.encoding.variables import World
from verifier.ir.endpoint import NamedPort, PortSource
from verifier.ir.network import Protocol
from verifier.ir.switches import AFTER, BEFORE, OPEN, SWITCHES
from verifier.semantics import named_ports
from verifier.smt.script import FALSE, Script, Var, conj, disj, implies, neg

OF_NAMES = frozenset({"named_port_source", "named_port_dup"})
"""The switches that decide which declarations of port names count."""

Setting = Mapping[str, str]


def with_switches(script: Script, world: World, switches: tuple[Setting, Setting], apart: frozenset[str]) -> World:
    """The world of the old side with its own switches, where the two settings, (old, new), differ, or where what both
    leave open is `apart`; one that is open there is a variable."""
    old, new = switches
    own: dict[str, Var | str] = {}
    for name in world.switches:
        if name in apart or old[name] != new[name]:
            several = old[name] == OPEN
            own[name] = script.bits(f"switch.{name}.old", len(SWITCHES[name].values)) if several else old[name]
    return replace(world, switches={**world.switches, **own}) if own else world


def called_apart(world: World, side: str, apart: frozenset[str], *, names: bool) -> World:
    """The world of one side, whose own switches, and port names where these are its own, regions call by the side."""
    called = {name: f"{side}{name}" for name in apart if isinstance(world.switches.get(name), Var)}
    return replace(world, called=called, names_called=side if names else "")


def both_settings(old: World, new: World, apart: frozenset[str]) -> World:
    """The new side's variables, with what only one side has under the name by which regions call it."""
    switches = {name: value for name, value in new.switches.items() if name not in apart}
    named = dict(new.named) if not new.names_called else {}
    for side, world in ((BEFORE, old), (AFTER, new)):
        switches |= {f"{side}{name}": world.switches[name] for name in sorted(apart & world.switches.keys())}
        if world.names_called:
            named |= {f"{side}{name}": literal for name, literal in world.named.items()}
    return replace(new, switches=switches, named=named, called={}, names_called="")


def alike(old: World, new: World, some: frozenset[str]) -> World:
    """The new side with these switches as the old one has them; those that decide about port names go together."""
    if not some:
        return new
    called = {name: value for name, value in new.called.items() if name not in some}
    called |= {name: value for name, value in old.called.items() if name in some}
    like = replace(new, switches={**new.switches, **{n: old.switches[n] for n in some}}, called=called)
    return replace(like, named=old.named, names_called=old.names_called) if some & OF_NAMES else like


def relate_names(script: Script, old: World, new: World) -> None:
    """Of a pod that nobody has listed: what it calls the port on either side follows from one list of declarations."""
    for literal in old.named.values():
        script.require(implies(literal, old.destination.podlike))
    truths = list(product((False, True), repeat=2))
    for before, after in product(_settings(old), _settings(new)):
        possible = {_pair(declared, before, after) for declared in declarations("", Protocol.TCP, 1)}
        given = conj((_under(old, before), _under(new, after)))
        if given == FALSE or possible >= set(truths):
            continue
        for name, literal in new.named.items():
            terms = (_are((old.named[name], literal), pair) for pair in truths if pair in possible)
            script.require(implies(given, disj(terms)))


def declarations(name: str, protocol: Protocol, port: int) -> Iterator[tuple[NamedPort, ...]]:
    """Ways in which a pod may declare the name for this port, or another one, the plainest first: enough to show all
    that the switches can make of it."""
    ports = (port, port - 1 if port > 1 else 2)
    one = [NamedPort(name, protocol, number, source) for number, source in product(ports, PortSource)]
    yield ()
    yield from ((entry,) for entry in one)
    yield from product(one, one)


def declared_as(
    name: str, protocol: Protocol, port: int, said: tuple[bool, bool], settings: tuple[Setting, Setting]
) -> tuple[NamedPort, ...] | None:
    """Declarations under which the port has the name before (`said[0]`) and after, or has not; None: there are none."""
    every = declarations(name, protocol, port)
    return next((declared for declared in every if _pair(declared, *settings, port) == said), None)


def _pair(declared: tuple[NamedPort, ...], before: Setting, after: Setting, port: int = 1) -> tuple[bool, bool]:
    one, other = (any(p.port == port for p in named_ports(declared, setting)) for setting in (before, after))
    return one, other


def _settings(world: World) -> Iterator[Setting]:
    """What the switches on port names can be on one side."""
    names = sorted(OF_NAMES)
    ways = []
    for name in names:
        value = world.switches.get(name, SWITCHES[name].values[0])
        ways.append((value,) if isinstance(value, str) else SWITCHES[name].values)
    for values in product(*ways):
        yield dict(zip(names, values, strict=True))


def _under(world: World, setting: Setting) -> str:
    return conj(world.switch_is(name, value) for name, value in setting.items() if name in world.switches)


def _are(literals: tuple[str, str], truths: tuple[bool, bool]) -> str:
    return conj(literal if truth else neg(literal) for literal, truth in zip(literals, truths, strict=True))
