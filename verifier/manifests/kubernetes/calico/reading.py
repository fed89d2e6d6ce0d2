"""What Calico's objects have in common, read and checked (docs/semantics.md 5.3, 5.4)."""

from verifier.ir.network import AddressSet, IPNetwork
from verifier.manifests.kubernetes.blocks import read_cidr
from verifier.manifests.kubernetes.calico.selector import (
    LONGEST,
    All,
    Any,
    Compared,
    Everything,
    Has,
    Nowhere,
    Opposite,
    SelectorError,
    Tree,
    parse,
)
from verifier.manifests.kubernetes.calico.spec import LAST
from verifier.manifests.kubernetes.fields import Field, quoted

NETS = 256
"""CIDRs that a list of a rule may have."""


def read_tree(field: Field, *, nowhere: bool = False) -> Tree | None:
    """The selector that is written in `field`; None where there is none, or an empty one. nowhere: it may be
    `global()`, standing alone."""
    text = field.text()
    if not text:
        return None
    if len(text) > LONGEST:
        field.reject("limit", f"a selector of {len(text)} characters", f"at most {LONGEST}")
        return Everything()
    try:
        tree = parse(text)
    except SelectorError as error:
        shown = "".join(c if c.isprintable() else " " for c in text)
        picture = f"{error}\n  {shown}\n  {' ' * error.offset}^"
        field.reject("selector", f"`{field}` is no selector: {picture}", error.hint)
        return Everything()
    if _holds_nowhere(tree) and not (nowhere and tree == Nowhere()):
        why = "it stands alone" if nowhere else "it belongs into the namespaceSelector of a rule"
        field.reject("selector", f"`global()` in {quoted(text)}", why)
    return tree


def _holds_nowhere(tree: Tree) -> bool:
    match tree:
        case Any(items) | All(items):
            return any(map(_holds_nowhere, items))
        case Opposite(item):
            return _holds_nowhere(item)
        case Nowhere():
            return True
        case Everything() | Has() | Compared():
            return False


def read_nets(field: Field, limit: int | None = NETS) -> tuple[AddressSet | None, list[tuple[Field, IPNetwork]]]:
    """The addresses of a list of CIDRs (None: there is none), and the CIDRs one by one."""
    items = field.items()
    if limit is not None and len(items) > limit:
        field.reject("limit", f"`{field}` has {len(items)} CIDRs", f"at most {limit}")
    networks = [(item, network) for item in items if (network := read_cidr(item)) is not None]
    addresses = AddressSet()
    for _, network in networks:
        addresses = addresses.union(AddressSet.block(network))
    return addresses if items else None, networks


def read_order(field: Field) -> float:
    """Where in its tier a policy stands, or a tier among others; the last place where it is missing."""
    value = field.value
    if value is None:
        return LAST
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LAST:
        field.reject("order", f"`{field}` must be a number", "lower ones come first; without one it comes last")
        return LAST
    return float(value)
