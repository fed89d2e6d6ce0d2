"""Label selectors and blocks of addresses, made wider by a little."""

import ipaddress
from collections.abc import Iterator

from verifier.ir.mutant import Sort
from verifier.ir.origin import Path
from verifier.manifests.kubernetes.fields import dotted, quoted
from verifier.manifests.kubernetes.mutants.change import Change, items, mapping


def of_selector(selector: object, path: Path) -> Iterator[Change]:
    """Each requirement of the label selector at `path` left out."""
    said = mapping(selector)
    for key, value in mapping(said.get("matchLabels")).items():
        what = quoted(f"{key}={value}")
        yield Change(Sort.REQUIREMENT, (*path, "matchLabels", key), f"`{dotted(path)}` without {what}")
    for number, expression in enumerate(items(said.get("matchExpressions"))):
        what = quoted(f"{mapping(expression).get('key')} {mapping(expression).get('operator')}")
        place = (*path, "matchExpressions", number)
        yield Change(Sort.REQUIREMENT, place, f"`{dotted(path)}` without {what}")


def of_block(block: object, path: Path) -> Iterator[Change]:
    """The block of addresses at `path` twice as large, and without each of its exceptions."""
    said = mapping(block)
    cidr = said.get("cidr")
    wider = None if not isinstance(cidr, str) else twice(cidr)
    if wider is not None:
        yield Change(Sort.CIDR, (*path, "cidr"), f"`{dotted((*path, 'cidr'))}` is {wider}", wider)
    for number, hole in enumerate(items(said.get("except"))):
        place = (*path, "except", number)
        yield Change(Sort.EXCEPT, place, f"`{dotted(path)}` without the except {quoted(str(hole))}")


def twice(cidr: str) -> str | None:
    """The block whose mask is a bit shorter; None where there is none."""
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return None
    return str(network.supernet()) if network.prefixlen > 0 else None
