"""What a request costs the webhook, beside a session's re-check of the same change: one process, processor time.

python -m benchmarks.admission L
"""

import gc
import random
import sys
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import msgspec

from benchmarks.profiles import PROFILES
from verifier.admission.desk import Desk
from verifier.admission.feed import Feed, Listed, Seen
from verifier.admission.objects import key_of, stored_source
from verifier.admission.review import Request, read
from verifier.admission.stored import Entry
from verifier.admission.terms import Terms
from verifier.ir.property import Property
from verifier.ir.universe import OPEN
from verifier.manifests.kubernetes.load import Options
from verifier.manifests.notation.expression import parse_expression
from verifier.session import Session

_REQUESTS = 20
_Change = tuple[dict[str, Any], dict[str, Any]]
"""A policy before and after."""


def main() -> None:
    (name,) = sys.argv[1:]
    profile, draw = PROFILES[name], random.Random(1)
    objects = [value for _, some in profile.make(random.Random(0)) for value in some]
    entries = dict(map(_entry, objects))
    claims = (parse_expression(profile.claim),)
    policies = [value for value in objects if value["kind"] == "NetworkPolicy"]
    chosen = draw.sample(policies, min(_REQUESTS, len(policies)))
    for change, called in ((_closed, "lets nobody in"), (_narrowed, "lets fewer in")):
        print(f"a policy {called}")
        _measure(claims, entries, [(old, change(old)) for old in chosen])


def _measure(claims: tuple[Property, ...], entries: dict[str, Entry], changes: list[_Change]) -> None:
    session = Session({name: entry.source for name, entry in entries.items()}, claims)
    gc.collect()
    gc.freeze()  # as the webhook does
    again = _rechecked(session, changes)
    print(f"the session's re-check: {_told(again)}")
    for fail_on, what in (("none", "properties alone"), ("added", "properties and growth")):
        feed = Feed()
        desk = Desk(Terms(claims, OPEN, {}, Options(), fail_on=fail_on), feed, ("all",), label="c", patience=0)
        feed.tell(Listed("all", entries))
        desk.settle()
        desk.stand()
        gc.collect()
        gc.freeze()
        took, seen = _asked(desk, feed, changes)
        ratio = median(took) / median(again)
        print(f"{what}: {_told(took)}, {ratio:.2f} of the re-check; to take in that it is stored: {_told(seen)}")


def _rechecked(session: Session, changes: list[_Change]) -> list[float]:
    took = []
    for _, new in changes:
        file, entry = _entry(new)
        took.append(_seconds(partial(session.update, {file: entry.source})))
    return took


def _asked(desk: Desk, feed: Feed, changes: list[_Change]) -> tuple[list[float], list[float]]:
    """What it took to judge each, and then to take in that it was stored, as is done while nobody waits."""
    took, seen = [], []
    for old, new in changes:
        took.append(_seconds(partial(_judged, desk, _review(old, new))))
        file, entry = _entry(new)
        feed.tell(Seen("all", file, entry))
        seen.append(_seconds(partial(_settled, desk)))
    return took, seen


def _judged(desk: Desk, body: bytes) -> None:
    ruling = desk.judge(read(body), time.monotonic() + 600)
    assert ruling.allowed, ruling.message


def _settled(desk: Desk) -> None:
    desk.settle()
    desk.stand()


def _told(seconds: list[float]) -> str:
    return f"{1000 * median(seconds):.0f} ms ({1000 * min(seconds):.0f} to {1000 * max(seconds):.0f})"


def _seconds(do: Callable[[], object]) -> float:
    started = time.process_time()
    do()
    return time.process_time() - started


def _closed(old: dict[str, Any]) -> dict[str, Any]:
    """The same policy, which lets nobody in."""
    return {**old, "spec": {**old["spec"], "policyTypes": ["Ingress"], "ingress": []}}


def _narrowed(old: dict[str, Any]) -> dict[str, Any]:
    """The same policy, whose rules let in on one port of all, or on half of the range of the first: that it lets in
    nobody else is not seen by comparing rules."""
    rules = [{**rule, "ports": [{"protocol": "TCP", "port": 7, **_first(rule)}]} for rule in old["spec"]["ingress"]]
    return {**old, "spec": {**old["spec"], "ingress": rules}}


def _first(rule: dict[str, Any]) -> dict[str, Any]:
    return dict(rule["ports"][0]) if rule.get("ports") else {}


def _entry(value: dict[str, Any]) -> tuple[str, Entry]:
    key = key_of(value["apiVersion"], value["kind"], value)
    name = f"c {key}"
    return name, Entry(stored_source(name, value["apiVersion"], value["kind"], value), key)


def _review(old: dict[str, Any], new: dict[str, Any]) -> bytes:
    metadata = new["metadata"]
    request = Request("uid", "UPDATE", name=metadata["name"], namespace=metadata["namespace"])
    asked = {
        **msgspec.to_builtins(request),
        "kind": {"group": "networking.k8s.io", "version": "v1", "kind": "NetworkPolicy"},
        "object": new,
        "oldObject": old,
    }
    return msgspec.json.encode({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": asked})


if __name__ == "__main__":
    main()
