"""What somebody says which connections there are, as terms: whether it is so can be asked."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from verifier.encoding.formulas import Encoder, View
from verifier.encoding.pipes import MayMust
from verifier.encoding.variables import World
from verifier.encoding.world import among
from verifier.ir.network import AddressSet
from verifier.ir.policy import Direction, Formula
from verifier.smt.script import TRUE, conj, disj, neg


class Claimed(Struct, frozen=True):
    """Connections that meet `formula` and that the legs of `provided` let through. same_node: whose ends are on one
    node, or on two; None: either. own: whose source's own address lies there; None: anywhere. was: where the addresses
    of the source and of the destination lay on the old side. excluding: but for those that one of these claims.
    unselected: directions in which no policy isolates the end that they govern."""

    formula: Formula
    provided: frozenset[Direction] = frozenset()
    same_node: bool | None = None
    own: AddressSet | None = None
    was: tuple[AddressSet | None, AddressSet | None] = (None, None)
    excluding: "tuple[Claimed, ...]" = ()
    unselected: frozenset[Direction] = frozenset()


class Claims(Struct, frozen=True):
    """What claims speak of. told: takes their formulas, as seen from the destination in `view`. old: where addresses
    lay before; None: no claim says. legs: the directions that claims can have as `provided`; free: as `unselected`."""

    told: Encoder
    view: View
    old: World | None
    legs: Mapping[Direction, MayMust]
    free: Mapping[Direction, str]

    def term(self, claimed: Iterable[Claimed]) -> str:
        """True iff one of these claims the connection."""
        return disj(map(self._term, claimed))

    def _term(self, claimed: Claimed) -> str:
        world = self.told.world
        before = () if self.old is None else (self.old.source, self.old.destination)
        return conj(
            (
                self.told.term(claimed.formula, self.view),
                _on_nodes(world, claimed.same_node),
                TRUE if claimed.own is None else among(world.source.address, claimed.own, world.vocabulary),
                *(
                    TRUE if lay is None or self.old is None else among(end.seen, lay, self.old.vocabulary)
                    for end, lay in zip(before, claimed.was, strict=bool(before))
                ),
                *(self.legs[d].must for d in sorted(claimed.provided)),
                *(self.free[d] for d in sorted(claimed.unselected)),
                *(neg(self._term(taken)) for taken in claimed.excluding),
            )
        )


def _on_nodes(world: World, same: bool | None) -> str:
    """True iff the ends run on one node, or on two, as `same` says."""
    return TRUE if same is None else world.same_node if same else neg(world.same_node)
