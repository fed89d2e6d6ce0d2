"""Ends that a reader of a map picks out: `shop/web`, `shop/deployment/web`, `web*`, or a peer as in one-line
properties: `shop/*`, `shop/app=web`, `external`, `10.0.0.0/8`.

Takes the text and the workloads, gives a `Choice`; every refusal points at the offending character.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import assert_never

from verifier.ir.endpoint import Workload
from verifier.ir.filter import Choice
from verifier.ir.notation import reads_as_address
from verifier.ir.policy import (
    AddressIn,
    And,
    Formula,
    Hairpin,
    Havoc,
    KindIn,
    NamespaceIn,
    NamespaceLabels,
    Not,
    Or,
    PodLabels,
    PortIn,
    PortNamed,
    SameLabel,
    SameNamespace,
    SameNode,
    SwitchIs,
    WorkloadIn,
)
from verifier.manifests.notation.expression import parse_peer, parse_ports
from verifier.manifests.notation.span import Span

_SELECTS = re.compile(r"[={!(]|\snotin\s|\sin\s|/\*\Z|\A\*\Z")
"""What a name does not hold, and a peer does."""


def parse_choice(text: str, workloads: Sequence[Workload] | None) -> Choice:
    """Whom `text` means. workloads: None where nobody can say which there are, so that any name may be one."""
    span = Span.of(text)
    said = str(span)
    if not said:
        span.fail("nothing is named", "as in `shop/web`, `shop/app=web`, `shop/*` or `external`")
    if said in ("external", "node") or reads_as_address(said) or _SELECTS.search(said):
        peers = parse_peer(said)
        return Choice(said, peer=peers[0] if peers is not None else None)
    names = {name: None for w in workloads or () for name in _names(w)}
    if workloads is not None and not any(fnmatchcase(name, said) for name in names):
        close = get_close_matches(said, names, 1)
        hint = f"did you mean `{close[0]}`?" if close else "pods are also picked by labels: `shop/app=web`"
        span.fail(f"no workload is called `{said}`", hint)
    return Choice(said, pattern=said)


def _names(workload: Workload) -> tuple[str, ...]:
    kind = workload.kind.lower()
    return workload.name, f"{workload.namespace}/{workload.name}", f"{workload.namespace}/{kind}/{workload.name}"


def parse_numbers(text: str) -> Formula:
    """The ports that `text` lists, by number."""
    formula = parse_ports(text)
    if not _is_numbers(formula):
        Span.of(text).fail("a port name is not one port for all pods", "give numbers: `TCP/80`, `TCP/8000-8080`, `UDP`")
    return formula


def _is_numbers(formula: Formula) -> bool:
    match formula:
        case And(items) | Or(items):
            return all(_is_numbers(item) for item in items)
        case PortIn():
            return True
        case (
            Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace()
            | SameNode() | SameLabel() | AddressIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            return False
        case _:
            assert_never(formula)
