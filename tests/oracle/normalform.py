"""The normal form (docs/semantics.md 8) as plain data, for what no manifest can say yet: conditions that nobody can say
anywhere in a formula, and stages that select and yet hold rungs of all actions. Read by trying everything: every truth
of every such condition, every choice of a tie, every connection.

    POLICIES  {Ingress: PIPE, Egress: PIPE}
    PIPE      {stages: [STAGE], final: allow|deny}
    STAGE     {name, applies: [WHOM] or None, body: [PART], end: allow|deny|next}
    PART      {block: RUNGS} or {tie: [RUNGS]}, RUNGS = [{selects: WHOM or None, rule, guard: GUARD, action}]
    WHOM      {policy, namespace: name or None, pods: GUARD}
    GUARD     [all, GUARD..], [any, GUARD..], [not, GUARD], [havoc, about], [labels, subject|peer, {key: value}],
              [namespace, subject|peer, name], [same namespace], [port, protocol, low, high], [pod, subject|peer]
    POD       {name, namespace, labels}; an end without a namespace is outside
"""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

Plain = dict[str, Any]
Truth = dict[str, bool]
Found = frozenset[bool]

INGRESS, EGRESS = "Ingress", "Egress"
NEXT = "next"
SHARED = ("s", "t")
"""The names of conditions that are one unknown wherever they stand in a pipe."""
OUTSIDE: Plain = {"name": "outside", "namespace": None, "labels": {}}


class Seen(NamedTuple):
    """A connection as seen from the end that is governed, under one truth of every condition, and one reading of
    ties."""

    subject: Plain
    peer: Plain
    protocol: str
    port: int
    truth: Truth
    tie: str


def holds(guard: list[Any], seen: Seen) -> bool:
    kind, *rest = guard
    if kind == "all":
        return all(holds(item, seen) for item in rest)
    if kind == "any":
        return any(holds(item, seen) for item in rest)
    if kind == "not":
        return not holds(rest[0], seen)
    if kind == "havoc":
        return seen.truth[rest[0]]
    if kind == "port":
        return rest[0] == seen.protocol and rest[1] <= seen.port <= rest[2]
    if kind == "same namespace":
        return seen.subject["namespace"] is not None and seen.subject["namespace"] == seen.peer["namespace"]
    end = {"subject": seen.subject, "peer": seen.peer}[rest[0]]
    if end["namespace"] is None:
        return False
    if kind == "labels":
        return all(end["labels"].get(key) == value for key, value in rest[1].items())
    return kind == "pod" or end["namespace"] == rest[1]


def selected(whom: Plain, seen: Seen) -> bool:
    return whom["namespace"] in (None, seen.subject["namespace"]) and holds(whom["pods"], seen)


def fires(rung: Plain, seen: Seen) -> bool:
    return (rung["selects"] is None or selected(rung["selects"], seen)) and holds(rung["guard"], seen)


def speaks(stage: Plain, seen: Seen) -> bool:
    return stage["applies"] is None or any(selected(whom, seen) for whom in stage["applies"])


def first(rungs: list[Plain], seen: Seen) -> Plain | None:
    """The rung of a block that decides."""
    return next((rung for rung in rungs if fires(rung, seen)), None)


def chosen(part: Plain, seen: Seen) -> list[Plain]:
    """The rungs of a part of which any may decide; none: it says nothing."""
    blocks = part["tie"] if "tie" in part else [part["block"]]
    deciding = [rung for block in blocks if (rung := first(block, seen)) is not None]
    if seen.tie == "by_name":
        return deciding[:1]
    if seen.tie == "deny_first":
        worst = min((("deny", "allow", NEXT).index(rung["action"]) for rung in deciding), default=None)
        return [rung for rung in deciding if ("deny", "allow", NEXT).index(rung["action"]) == worst]
    return deciding


def staged(stage: Plain, seen: Seen) -> set[str]:
    """What can come of a stage, by the choices of its ties."""
    if not speaks(stage, seen):
        return {NEXT}
    for part in stage["body"]:
        deciding = chosen(part, seen)
        if deciding:
            return {rung["action"] for rung in deciding}
    return {stage["end"]}


def piped(pipe: Plain, seen: Seen) -> Found:
    left = {NEXT}
    said: set[str] = set()
    for stage in pipe["stages"]:
        if NEXT in left:
            left = staged(stage, seen)
            said |= left - {NEXT}
    return frozenset(action == "allow" for action in said | ({pipe["final"]} if NEXT in left else set()))


def side(policies: Plain, connection: Plain, way: str, truth: Truth, tie: str) -> Found:
    """What one side lets through; policies govern pods alone."""
    seen = seen_from(connection, way, truth, tie)
    return frozenset({True}) if seen.subject["namespace"] is None else piped(policies[way], seen)


def seen_from(connection: Plain, way: str, truth: Truth, tie: str) -> Seen:
    ends = connection["destination"], connection["source"]
    subject, peer = ends if way == INGRESS else ends[::-1]
    return Seen(subject, peer, connection["protocol"], connection["port"], truth, tie)


def under(policies: Plain, connection: Plain, truth: Truth, tie: str) -> Found:
    """All that can come of a connection where the truth of every condition is known."""
    out, into = (side(policies, connection, way, truth, tie) for way in (EGRESS, INGRESS))
    return frozenset(a and b for a, b in product(out, into))


def outcomes(policies: Plain, connection: Plain, tie: str) -> Found:
    """All that can come of a connection."""
    return frozenset().union(*(under(policies, connection, truth, tie) for truth in truths(policies)))


def truths(*policies: Plain) -> Iterator[Truth]:
    names = sorted({guard[1] for some in policies for guard in havocs(some)})
    for values in product((False, True), repeat=len(names)):
        yield dict(zip(names, values, strict=True))


def havocs(plain: Any) -> Iterator[list[Any]]:
    """Every place where a condition stands that nobody can say."""
    if isinstance(plain, list) and plain[:1] == ["havoc"]:
        yield plain
    elif isinstance(plain, list | dict):
        for item in plain.values() if isinstance(plain, dict) else plain:
            yield from havocs(item)


def each_for_itself(policies: Plain) -> Plain:
    """The same policies, no condition standing in two places, but for those that are one in a pipe (`SHARED`)."""
    found: Plain = json.loads(json.dumps(policies))  # selections that are one object become several
    for way in (INGRESS, EGRESS):
        for number, guard in enumerate(havocs(found[way])):
            guard[1] = f"{guard[1]} #{way} {'' if guard[1] in SHARED else number}"
    return found


# Claims, in an inventory

PORTS = (("TCP", 80), ("TCP", 81), ("TCP", 443), ("UDP", 80))
"""One of each sort that guards can tell apart."""


def connections(pods: list[Plain]) -> Iterator[Plain]:
    """Between any two pods, and between pods and outside."""
    for source, destination in product([*pods, OUTSIDE], repeat=2):
        if source is not destination:
            for protocol, port in PORTS:
                yield {"source": source, "destination": destination, "protocol": protocol, "port": port}


def verdict(policies: Plain, pods: list[Plain], claim: Plain, tie: str) -> str:
    """claim: {kind: never|always|only|exactly, from, to, ports} with ends as `means` takes them and ports as
    (protocol, low, high) or None; {kind: separate, label}, for pods that all have it; {kind: isolated, pods,
    directions}; {kind: confined, from, reach: [{to, ports}]}."""
    if claim["kind"] == "isolated":
        return _isolated(policies, pods, claim, tie)
    met = dict.fromkeys(("only", "always") if claim["kind"] == "exactly" else (claim["kind"],), False)
    breaking: set[bool | None] = set()
    for connection in connections(pods):
        found = None
        for part in met:
            if _in_premise(claim, part, connection):
                met[part] = True
                if part == "only" and means(claim["from"], connection["source"]):
                    continue
                if part == "confined" and any(_is_of(flow, connection) for flow in claim["reach"]):
                    continue
                found = outcomes(policies, connection, tie) if found is None else found
                broken = {result is not (part == "always") for result in found}
                breaking.add(broken.pop() if len(broken) == 1 else None)
    return _summed(breaking, all(met.values()))


def _summed(breaking: set[bool | None], met: bool) -> str:
    """breaking: whether what is asked breaks the claim, or (None) may."""
    if True in breaking:
        return "violated"
    return "unknown" if None in breaking else "proved" if met else "vacuous"


def _in_premise(claim: Plain, part: str, connection: Plain) -> bool:
    source, destination = connection["source"], connection["destination"]
    if part == "separate":
        values = [end["labels"].get(claim["label"]) for end in (source, destination)]
        return None not in (source["namespace"], destination["namespace"]) and values[0] != values[1]
    if part == "confined":
        return means(claim["from"], source)
    return _is_of(claim, connection) and (part == "only" or means(claim["from"], source))


def _is_of(flow: Plain, connection: Plain) -> bool:
    """True iff the connection is to one of the flow's, on one of its ports."""
    ports = flow["ports"]
    if ports is not None and not (ports[0] == connection["protocol"] and ports[1] <= connection["port"] <= ports[2]):
        return False
    return means(flow["to"], connection["destination"])


def means(end: Any, pod: Plain) -> bool:
    """end: external, or (namespace or None for any, labels)."""
    if end == "external" or pod["namespace"] is None:
        return bool(end == "external") and pod["namespace"] is None
    namespace, labels = end
    return namespace in (None, pod["namespace"]) and all(pod["labels"].get(k) == v for k, v in labels.items())


def _isolated(policies: Plain, pods: list[Plain], claim: Plain, tie: str) -> str:
    breaking: set[bool | None] = set()
    meant = [pod for pod in pods if means(claim["pods"], pod)]
    for pod, way in product(meant, claim["directions"]):
        free = {not isolates(policies, pod, way, truth, tie) for truth in truths(policies)}
        breaking.add(free.pop() if len(free) == 1 else None)
    return _summed(breaking, bool(meant))


def isolates(policies: Plain, pod: Plain, way: str, truth: Truth, tie: str) -> bool:
    """Whether a stage applies to the pod that ends in Deny, and in which nothing of no policy lets anything by."""
    seen = Seen(pod, OUTSIDE, "TCP", 1, truth, tie)
    return any(
        stage["end"] == "deny" and speaks(stage, seen) and not any(map(_lets_by, rungs_of(stage)))
        for stage in policies[way]["stages"]
    )


def _lets_by(rung: Plain) -> bool:
    return rung["selects"] is None and rung["action"] != "deny"


def rungs_of(stage: Plain) -> list[Plain]:
    return [rung for part in stage["body"] for block in part.get("tie", [part.get("block")]) for rung in block]


# Two policy sets, and what never decides


def relation(old: Plain, new: Plain, pods: list[Plain], tie: str) -> str:
    """Whatever holds of the conditions, which are the same on both sides, and the same wherever they stand. For ties
    that somebody settles."""
    wider = narrower = False
    for truth in truths(old, new):
        for connection in connections(pods):
            before, after = (under(some, connection, truth, tie) for some in (old, new))
            wider |= after > before or (True in after and True not in before)
            narrower |= True in before and True not in after
    return {(False, False): "equivalent", (True, False): "wider", (False, True): "narrower"}.get(
        (wider, narrower), "incomparable"
    )


def deciding(policies: Plain, pods: list[Plain], way: str, tie: str) -> set[tuple[str, str]]:
    """The rules (policy, rule) that may decide about some connection, but for stages that only let through what their
    policies allow: these are passed over."""
    found = set()
    for truth in truths(policies):
        for connection in connections(pods):
            seen = seen_from(connection, way, truth, tie)
            if seen.subject["namespace"] is not None:
                found |= set(_deciding(policies[way], seen))
    return found


def _deciding(pipe: Plain, seen: Seen) -> Iterator[tuple[str, str]]:
    for stage in pipe["stages"]:
        if is_tier(stage) and speaks(stage, seen):
            said = {stage["end"]}
            for part in stage["body"]:
                if rungs := chosen(part, seen):
                    yield from ((r["selects"]["policy"], r["rule"]) for r in rungs if r["selects"] is not None)
                    said = {rung["action"] for rung in rungs}
                    break
            if NEXT not in said:
                return


def disagreeing(policies: Plain, pods: list[Plain], way: str) -> set[frozenset[str]]:
    """Any two rules of one tie that may say different things about some connection that may get to them."""
    found = set()
    for truth in truths(policies):
        for connection in connections(pods):
            seen = seen_from(connection, way, truth, "any")
            if seen.subject["namespace"] is not None:
                found |= set(_disagreeing(policies[way], seen))
    return found


def _disagreeing(pipe: Plain, seen: Seen) -> Iterator[frozenset[str]]:
    for stage in pipe["stages"]:
        for part in stage["body"] if speaks(stage, seen) else ():
            rungs = chosen(part, seen)
            yield from (frozenset((a["rule"], b["rule"])) for a in rungs for b in rungs if a["action"] != b["action"])
            if rungs:
                break
        if NEXT not in staged(stage, seen):
            return


def is_tier(stage: Plain) -> bool:
    """Whether its order matters: it is for everybody, or a policy does something else in it than allow."""
    blocks = [block for part in stage["body"] for block in (part["tie"] if "tie" in part else [part["block"]])]
    rungs = [rung for block in blocks for rung in block if rung["selects"] is not None]
    return stage["applies"] is None or any(rung["action"] != "allow" for rung in rungs)
