"""NetworkPolicies by namespace, and all of them as one set, of which some change from time to time."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain

from msgspec import Struct

from verifier.ir.policy import NO_POLICIES, Action, Block, Direction, Pipe, PolicySet, Stage
from verifier.manifests.kubernetes.lowering import KIND

_MOST = 64
"""Namespaces that are joined at once: what changed is joined with its like, and that with all others."""


class Homes(Struct, frozen=True, dict=True):
    """The policies of each namespace; `policies` by its name, in groups of neighbours by name.

    INVARIANT: `all` is what `lower` gives of all policies, in the order of their namespaces and names.
    """

    groups: tuple["_Group", ...]

    @classmethod
    def of(cls, policies: Mapping[str, PolicySet]) -> "Homes":
        names = sorted(policies)
        parts = (names[start : start + _MOST] for start in range(0, len(names), _MOST))
        return cls(tuple(_Group({name: policies[name] for name in part}) for part in parts))

    def but(self, changed: Mapping[str, PolicySet]) -> "Homes":
        """The same, with others in these namespaces."""
        groups = list(self.groups) or [_Group({})]
        for name, policies in changed.items():
            at = self._place(groups, name)
            groups[at] = _Group(dict(sorted({**groups[at].policies, name: policies}.items())))
        return Homes(tuple(groups))

    def at(self, name: str) -> PolicySet:
        """The policies of a namespace."""
        if not self.groups:
            return NO_POLICIES
        return self.groups[self._place(self.groups, name)].policies.get(name, NO_POLICIES)

    def among(self, names: Iterable[str]) -> PolicySet:
        """The policies of these namespaces."""
        return joined([self.at(name) for name in sorted(names)])

    @cached_property
    def all(self) -> PolicySet:
        return joined([group.joined for group in self.groups])

    @cached_property
    def inhabited(self) -> frozenset[str]:
        """The namespaces that have policies."""
        return frozenset(chain.from_iterable(group.inhabited for group in self.groups))

    @staticmethod
    def _place(groups: Sequence["_Group"], name: str) -> int:
        """The group in which a name stands, or would."""
        return max(0, bisect_right(groups, name, key=lambda group: group.first) - 1)


class _Group(Struct, frozen=True, dict=True):
    """Some neighbours, in the order of their names."""

    policies: Mapping[str, PolicySet]

    @cached_property
    def first(self) -> str:
        return next(iter(self.policies), "")

    @cached_property
    def joined(self) -> PolicySet:
        return joined(list(self.policies.values()))

    @cached_property
    def inhabited(self) -> tuple[str, ...]:
        return tuple(name for name, policies in self.policies.items() if policies.objects)


def joined(parts: Sequence[PolicySet]) -> PolicySet:
    """What `lower` gives of all policies, from what it gives of some after the other, in the order of their names."""
    all_parts = [part for part in parts if part.objects]
    if not all_parts:
        return NO_POLICIES
    ingress, egress = (_joined_pipe([p.pipe(direction) for p in all_parts]) for direction in Direction)
    objects = tuple(chain.from_iterable([p.objects for p in all_parts]))
    return PolicySet(ingress, egress, objects, tuple(chain.from_iterable([p.idle for p in all_parts])))


def _joined_pipe(pipes: Sequence[Pipe]) -> Pipe:
    stages = [stage for (stage,) in (pipe.stages for pipe in pipes)]
    blocks = [stage.body[1] for stage in stages]
    applies = tuple(chain.from_iterable([stage.applies or () for stage in stages]))
    rungs = tuple(chain.from_iterable([block.rungs for block in blocks if isinstance(block, Block)]))
    assert all(isinstance(block, Block) for block in blocks)
    return Pipe((Stage(KIND, applies, (stages[0].body[0], Block(rungs)), Action.DENY),), Action.ALLOW)
