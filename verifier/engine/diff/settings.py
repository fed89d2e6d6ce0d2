"""One policy set, or two, under two settings: in what these differ, and which of it a region is there for."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from msgspec.structs import replace

from verifier.encoding.pair import PairScene
from verifier.encoding.settings import OF_NAMES
from verifier.engine.diff.comparison import Comparison
from verifier.engine.problem.problem import Context
from verifier.engine.region.box import Box
from verifier.engine.region.region import claimed
from verifier.engine.results.diff import Apart, Settings
from verifier.engine.results.region import Region
from verifier.ir.endpoint import Workload
from verifier.ir.network import Protocol
from verifier.ir.profiles import NEUTRAL, SOURCES
from verifier.ir.switches import AFTER, BEFORE, concrete
from verifier.semantics import named_ports
from verifier.smt.solver import Limits

_SIDES = (BEFORE, AFTER)


def settings_of(contexts: tuple[Context, Context], apart: Iterable[str]) -> Settings:
    """What both sides are judged under. apart: the switches in which they differ that bear on the question."""
    old, new = contexts
    profiles = tuple(side.cluster.profile or NEUTRAL for side in contexts)
    return Settings(
        profiles[0],
        profiles[1],
        tuple(
            Apart(name, old.switches[name], new.switches[name], _source(old, name), _source(new, name))
            for name in sorted(apart)
        ),
    )


def _source(side: Context, name: str) -> str | None:
    """Where it is read what the side has; None: nobody but the command line, or a file, says it."""
    fixed = SOURCES[side.cluster.profile or NEUTRAL].get(name)
    return fixed.source if fixed is not None and fixed.value == side.switches[name] else None


class Causes:
    """For regions of a comparison: the switches without which nothing of it would differ.

    Life cycle: made once for all regions; each set of switches that is tried is a script of its own, made once.
    """

    def __init__(self, problem: PairScene, boxes: Sequence[Box], limits: Limits) -> None:
        self._problem, self._boxes, self._limits = problem, boxes, limits
        self._asked: dict[frozenset[str], Comparison] = {}

    @cached_property
    def _parts(self) -> tuple[frozenset[str], ...]:
        """The switches in which the sides differ; those that decide about port names go together."""
        names = self._problem.apart & OF_NAMES
        others = sorted(self._problem.apart - OF_NAMES)
        return (*(frozenset({name}) for name in others), *((names,) if names else ()))

    def of(self, number: int) -> tuple[str, ...]:
        """Of the box of this number: switches such that nothing in it would differ if the new side had them as the old
        one has, none of which can be left out; none where the policies differ, too. Raises Undecided."""
        kept = list(self._parts)
        if not kept or self._differs(number, kept):
            return ()
        for part in self._parts:
            rest = [other for other in kept if other != part]
            if not self._differs(number, rest):
                kept = rest
        return tuple(sorted(frozenset[str]().union(*kept)))

    def _differs(self, number: int, parts: Sequence[frozenset[str]]) -> bool:
        """True iff a connection of the box differs even where these switches are alike."""
        alike = frozenset[str]().union(*parts)
        if not alike:
            return True
        if alike not in self._asked:
            about = tuple(map(claimed, self._boxes))
            self._asked[alike] = Comparison(replace(self._problem, alike=alike, asked_about=about), self._limits)
        asked = self._asked[alike]
        return asked.can_be(asked.pair.goals.unexplained[number])


def named_so(workload: Workload, region: Region, contexts: tuple[Context, Context]) -> bool:
    """True iff the workload calls a port of the region on either side as it says, under some setting of what is open
    there; always where it says nothing of a side."""
    wanted = {name: has for name, has in region.port_names.items() if name.rpartition("/")[2].startswith(_SIDES)}
    if not wanted:
        return True
    numbers = {(p.protocol, p.port) for p in workload.named_ports}
    return any(
        port in region.ports.get(protocol, ())
        and all(
            _is_called(workload, name, protocol, port, contexts[side.startswith(AFTER)]) is has
            for name, has in wanted.items()
            for side in (name.rpartition("/")[2],)
        )
        for protocol, port in numbers
    )


def _is_called(workload: Workload, written: str, protocol: Protocol, port: int, side: Context) -> bool:
    of, _, called = written.rpartition("/")
    name = called.removeprefix(BEFORE).removeprefix(AFTER)
    setting = concrete(side.switches, {})
    counted = named_ports(workload.named_ports, setting)
    return of in ("", protocol) and any((p.name, p.protocol, p.port) == (name, protocol, port) for p in counted)
