"""A region in Kubernetes words, as a person would say it:

    any pod in namespaces team=ops -> shop pods role=api, TCP 5000

What comes from manifests goes through `dress`, which makes it safe, and code where the format has such.
"""

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from verifier.engine.results.diff import OneSided, Reach
from verifier.engine.results.region import EndRegion, Part, Region
from verifier.ir.endpoint import PODLIKE, Kind
from verifier.ir.labels import EVERYTHING, TEXTUAL, WANTING, Operator, Requirement, Selector, describe, opposite
from verifier.ir.network import ALL_ADDRESSES
from verifier.ir.policy import Action, Direction
from verifier.ir.prose import listed
from verifier.ir.switches import AFTER, BEFORE
from verifier.report.words.ranges import MOST, say_addresses, say_ports

Dress = Callable[[str], str]

_PROVIDED = {
    Direction.EGRESS: "as far as the egress policies of the source let it out",
    Direction.INGRESS: "as far as the ingress policies of the destination let it in",
}


def line(region: Region) -> str:
    """The whole region in one line of plain text."""
    if is_of_isolation(region):
        return ", but not ".join((pods_not_isolated(region, str), *excluding(region, str, _quoted)))
    ends = f"{source(region, str)} -> {destination(region, str)}"
    whole = f"{ends}, {ports(region, str)}{condition(region, _quoted)}{one_sided(region, str)}"
    return ", but not ".join((whole, *excluding(region, str, _quoted)))


def is_of_isolation(region: Region) -> bool:
    """True iff it is about pods that are not isolated, and not about connections."""
    return region.witness.source is None or region.witness.destination is None


def pods_not_isolated(region: Region, dress: Dress) -> str:
    """The pods, and the direction in which nothing isolates them: `shop pods: not isolated for ingress`."""
    ingress = region.witness.source is None
    pods = _end(region.destination if ingress else region.source, dress)
    return f"{pods}: not isolated for {'ingress' if ingress else 'egress'}{condition(region, dress)}"


def one_sided(region: Region, dress: Dress) -> str:
    """That nobody is at one of its ends but new workloads, or such as are gone; empty iff it is not so."""
    told = []
    for workloads, one, many in ((region.gone, "is gone", "are gone"), (region.new, "is new", "are new")):
        names = listed([dress(str(workload)) for workload in workloads], MOST)
        if len(workloads) == 1:
            told.append(f" (of a workload that {one}: {names})")
        elif workloads:
            told.append(f" (of workloads that {many}: {names})")
    return "".join(told)


def reach(reached: Reach, dress: Dress) -> str:
    """Whom a workload may reach, and on which ports: `pods of Deployment shop/db, TCP 5432`."""
    nodes = {None: "", True: ", on one node", False: ", on different nodes"}[reached.same_node]
    settings = [f"{dress(name)} = {dress(value)}" for name, value in sorted(reached.switches.items())]
    where = f", where {' and '.join(settings)}" if settings else ""
    sure = "" if reached.sure else ", under conditions that `netpol map` tells"
    return f"{_end(reached.destination, dress)}, {say_ports(reached.ports)}{nodes}{where}{sure}"


def reach_lines(workload: OneSided, dress: Dress) -> Iterator[str]:
    """What a workload may reach, a line each; a single one where there is nothing, or nobody knows."""
    if workload.reach is None:
        yield "more than can be drawn"
    elif not workload.reach:
        yield "nothing"
    yield from (reach(each, dress) for each in workload.reach or ())


def excluding(region: Region, dress: Dress, quote: Dress | None = None) -> list[str]:
    """What is taken out of it, a phrase each: `from pods a=x,b=x`. quote: how switches are dressed."""
    return [_taken(part, dress, quote or dress) for part in region.excluding]


def _taken(part: Part, dress: Dress, quote: Dress) -> str:
    words = []
    if part.source != EndRegion(part.source.kinds) or Direction.EGRESS in part.unselected:
        words.append(f"from {source(part, dress)}")
    here = part.same_namespace is not None or Direction.INGRESS in part.unselected
    if part.destination != EndRegion(part.destination.kinds) or here:
        words.append(f"to {destination(part, dress)}")
    if (numbers := ports(part, dress)) != "every port":
        words.append(f"on {numbers}")
    said = condition(part, quote).removeprefix(", ")
    return " ".join([*words, *([said] if said else [])])


def _quoted(text: str) -> str:
    return f"`{text}`"


def source(region: Region | Part, dress: Dress) -> str:
    return _end(region.source, dress) + _free(region, Direction.EGRESS)


def _free(region: Region | Part, direction: Direction) -> str:
    """On the side that lets its connections through: of what was closed, the old one."""
    if direction not in region.unselected:
        return ""
    closed = isinstance(region, Region) and any(step.decision is Action.DENY for step in region.after)
    return f" that no policy {'isolated' if closed else 'isolates'} for {direction}"


def destination(region: Region | Part, dress: Dress) -> str:
    end, free = region.destination, _free(region, Direction.INGRESS)
    if region.same_namespace is None or _namespace_is_told(region):
        return _end(end, dress) + free
    which = "the same" if region.same_namespace else "another"
    somewhere = replace(end, namespaces=None, not_namespaces=frozenset(), namespace_selector=EVERYTHING)
    if region.same_namespace and _place(region.source) == _place(end):
        return f"{_end(replace(somewhere, kinds=end.kinds & PODLIKE), dress)}{free} of the same namespace"
    if end.namespaces is not None and len(end.namespaces) > 1:
        words = _end(replace(end, namespaces=None, kinds=end.kinds & PODLIKE), dress)
        return f"{words}{free} of {which} namespace, one of {_names(end.namespaces, dress)}"
    if end.not_namespaces and not end.kinds - PODLIKE:
        words = _end(replace(end, not_namespaces=frozenset()), dress)
        return f"{words}{free} of {which} namespace, none of {_names(end.not_namespaces, dress)}"
    return f"{_end(end, dress)}{free} of {which} namespace"


def _place(end: EndRegion) -> tuple[object, ...]:
    """What is said of the namespace of an end."""
    return end.namespaces, end.not_namespaces, end.namespace_selector


def _namespace_is_told(region: Region | Part) -> bool:
    """True iff the names alone tell whether both ends are in one namespace."""
    here, there = region.source.namespaces, region.destination.namespaces
    if here is None or there is None:
        return False
    return (len(here) == 1 and here == there) if region.same_namespace else not here & there


def ports(region: Region | Part, dress: Dress) -> str:
    """The ports, by number and by name."""
    numbers = say_ports(region.ports)
    named = [_named(name, dress) for name, has in sorted(region.port_names.items()) if has]
    spared = [_named(name, dress) for name, has in sorted(region.port_names.items()) if not has]
    words = numbers
    if named:
        words = " and ".join(named) if numbers == "every port" else f"{numbers} where it is {' and '.join(named)}"
    return f"{words} but {' and '.join(spared)}" if spared else words


def _named(name: str, dress: Dress) -> str:
    """`TCP/http`, or `http` for any protocol; of `old:http` by whom, too."""
    protocol, _, called = name.rpartition("/")
    alone = called.removeprefix(BEFORE).removeprefix(AFTER)
    whose = " by OLD" if called.startswith(BEFORE) else " by NEW" if called.startswith(AFTER) else ""
    return f"the {f'{protocol} ' if protocol else ''}port named {dress(alone)}{whose}"


def condition(region: Region | Part, dress: Dress) -> str:
    """Under what conditions besides, ready to follow the ports; empty iff there are none."""
    nodes = {None: "", True: ", on one node", False: ", on different nodes"}[region.same_node]
    others = "".join(f", {words}" for direction, words in _PROVIDED.items() if direction in region.provided)
    settings = [f"{dress(name)} = {dress(value)}" for name, value in sorted(region.switches.items())]
    if region.source.own is not None:
        settings.append(f"the source's own address is in {say_addresses(region.source.own)}")
    among = sorted(region.supposing.items(), key=lambda supposed: (not supposed[1], supposed[0]))
    if among:
        settings.append(f"the destination is {' and '.join(_among(about, holds, dress) for about, holds in among)}")
    for (key, of_namespace), same in sorted(region.same_labels.items()):
        values = "one value" if same else "different values"
        others += f", with {values} of {'the namespace label' if of_namespace else 'label'} {dress(key)}"
    return nodes + others + (f", where {' and '.join(settings)}" if settings else "")


def _among(about: str, holds: bool, dress: Dress) -> str:
    """What nobody can say; what comes from manifests stands between its first and its last backtick."""
    if "`" not in about:
        return f"{'' if holds else 'not '}among {about}"
    before, _, rest = about.partition("`")
    name, _, after = rest.rpartition("`")
    return f"{'' if holds else 'not '}among {before}{dress(name)}{after}"


def _end(end: EndRegion, dress: Dress) -> str:
    pods, others = end.kinds & PODLIKE, end.kinds - PODLIKE
    if pods and others and _demands_a_pod(end):
        others = frozenset()
    if not pods:
        return _outside(end, others)
    if not others:
        return _pods(end, pods, dress)
    anything = _anything(pods, others)
    refused = list(_refused(end, dress))
    return f"{anything} but {', '.join(refused)}{_at(end)}" if refused else f"{anything}{_at(end)}"


def _anything(pods: frozenset[Kind], others: frozenset[Kind]) -> str:
    """Pods and what is none, in words."""
    if Kind.POD in pods:
        return "anything" if Kind.EXTERNAL in others else "any pod or node"
    rest = [word for kind, word in ((Kind.NODE, "node"), (Kind.EXTERNAL, "outside address")) if kind in others]
    return f"any hostNetwork pod{', '.join(['', *rest[:-1]])} or {rest[-1]}"


def _demands_a_pod(end: EndRegion) -> bool:
    """True iff only a pod can meet what is said about namespaces and labels."""
    required = (*end.namespace_selector, *end.pod_selector)
    return end.namespaces is not None or end.workloads is not None or any(r.operator in WANTING for r in required)


def _outside(end: EndRegion, kinds: frozenset[Kind]) -> str:
    nodes = Kind.NODE in kinds
    if kinds == {Kind.NODE}:
        return f"nodes{_at(end)}" if _at(end) else "any node"
    if end.addresses is None or end.addresses == ALL_ADDRESSES:
        return "any node or address outside the cluster" if nodes else "any address outside the cluster"
    where = say_addresses(end.addresses)
    where += f" (by the input of {end.address_of})" if end.address_of is not None else ""
    return f"nodes and outside addresses in {where}" if nodes else f"{where} outside the cluster"


def _pods(end: EndRegion, kinds: frozenset[Kind], dress: Dress) -> str:
    noun = "hostNetwork pod" if kinds == {Kind.HOSTPOD} else "pod"
    labels, refused = _wanted(end.pod_selector, dress), _unwanted(end.pod_selector, dress)
    if end.workloads is not None:
        head = f"{noun}s of {listed([dress(workload) for workload in sorted(end.workloads)], MOST)}"
    elif end.namespaces is not None and len(end.namespaces) == 1:
        head = f"{dress(min(end.namespaces))} {noun}s"
    else:
        head = f"{noun}s" if labels else f"any {noun}"
    return f"{head}{labels}{_namespaces(end, dress)}{refused}{_at(end)}"


def _namespaces(end: EndRegion, dress: Dress) -> str:
    """Where the pods are, unless one name says it already."""
    named = end.namespaces is not None and len(end.namespaces) == 1 and end.workloads is None
    words = []
    if end.namespaces is not None and not named:
        words.append(f"in namespace{'s' if len(end.namespaces) > 1 else ''} {_names(end.namespaces, dress)}")
    if end.not_namespaces:
        words.append(f"in any namespace but {_names(end.not_namespaces, dress)}")
    wanted, unwanted = _wanted(end.namespace_selector, dress), _unwanted(end.namespace_selector, dress)
    if wanted or unwanted:
        which = "in namespaces" if not (words or named) else "whose namespace has" if wanted else "of a namespace"
        words.append(f"{which}{wanted}{unwanted}")
    return "".join(f" {word}" for word in words)


def _wanted(selector: Selector, dress: Dress) -> str:
    """The labels that must be there, ready to follow the noun; empty iff there are none."""
    wanted = [dress(describe(Selector(frozenset({r})))) for r in selector if r.operator in WANTING]
    return f" {','.join(wanted)}" if wanted else ""


def _unwanted(selector: Selector, dress: Dress) -> str:
    """The labels that must not be there, likewise."""
    refused = [_without(r, dress) for r in selector if r.operator not in WANTING]
    return f" {' and '.join(refused)}" if refused else ""


def _without(requirement: Requirement, dress: Dress) -> str:
    if requirement.operator is Operator.DOES_NOT_EXIST:
        return f"without label {dress(requirement.key)}"
    if requirement.operator in TEXTUAL:
        return f"without {dress(describe(Selector(frozenset({opposite(requirement)}))))}"
    values = " or ".join(dress(value or '""') for value in sorted(requirement.values))
    return f"with {dress(requirement.key)} anything but {values}"


def _refused(end: EndRegion, dress: Dress) -> Iterable[str]:
    """The pods that are left out."""
    if end.not_namespaces:
        yield f"pods in namespace{'s' if len(end.not_namespaces) > 1 else ''} {_names(end.not_namespaces, dress)}"
    for requirement in end.namespace_selector:
        yield f"pods in namespaces {_opposite(requirement, dress)}"
    for requirement in end.pod_selector:
        yield f"pods {_opposite(requirement, dress)}"


def _opposite(requirement: Requirement, dress: Dress) -> str:
    """What meets the requirement not, of one that asks for absence."""
    wanted = opposite(requirement)
    text = dress(describe(Selector(frozenset({wanted}))))
    return f"with label {text}" if wanted.operator is Operator.EXISTS else text


def _names(names: Iterable[str], dress: Dress) -> str:
    return listed([dress(name) for name in sorted(names)], MOST)


def _at(end: EndRegion) -> str:
    whose = f" (by the input of {end.address_of})" if end.address_of is not None else ""
    here = (
        "" if end.addresses is None or end.addresses == ALL_ADDRESSES else f" at {say_addresses(end.addresses)}{whose}"
    )
    was = "" if end.was is None or end.was == ALL_ADDRESSES else f" at {say_addresses(end.was)} before"
    return f"{here},{was}" if here and was else here + was
