"""A desk without a server: what is stored is a dictionary of the test's, and the clock is the test's too."""

import json
import random
import time
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from tests.admission.client import Value, create, delete, namespace, policy, update
from verifier.admission.desk import Desk
from verifier.admission.feed import Feed, Listed, Lost, Seen
from verifier.admission.objects import Key, is_going, key_of, stored_source
from verifier.admission.review import Request
from verifier.admission.ruling import Ruling
from verifier.admission.stored import Entry
from verifier.admission.terms import Terms
from verifier.engine.diff.gate import gate
from verifier.engine.diff.outcome import of_gate
from verifier.errors import InputError
from verifier.ir.acceptance import Acceptance
from verifier.ir.universe import OPEN, Universe
from verifier.manifests.kubernetes.load import Options, load_text
from verifier.manifests.notation.expression import parse_expression, parse_flow

LABEL = "cluster:test"
SCOPE = "all"
TODAY = date(2026, 12, 1)


def accepted(flow: str, name: str | None = None, expires: date = date(2027, 1, 1)) -> Acceptance:
    return Acceptance(name, (parse_flow(flow),), "known", "team", expires, None)


class Bench:
    """A desk, and an API server that stores what it is told to."""

    def __init__(
        self,
        objects: Sequence[Value],
        *claims: str,
        universe: Universe = OPEN,
        acceptances: Sequence[Acceptance] = (),
        follows: bool = True,
        fail_on: str = "added",
    ) -> None:
        self.now, self.feed, self.objects = 0.0, Feed(), {key(value): value for value in objects}
        self.properties = tuple(map(parse_expression, claims))
        self.universe, self.acceptances = universe, tuple(acceptances)
        terms = Terms(self.properties, universe, {}, Options(), self.acceptances, fail_on=fail_on)
        label = LABEL if follows else None
        self.desk = Desk(terms, self.feed, (SCOPE,), label=label, patience=0, clock=self._clock, today=lambda: TODAY)
        self.list()

    def _clock(self) -> float:
        return self.now

    def list(self) -> None:
        self.feed.tell(Listed(SCOPE, dict(map(entry, self.objects.values()))))

    def lose(self, reason: str = "it broke") -> None:
        self.feed.tell(Lost(SCOPE, reason))

    def ask(self, asked: Value) -> Ruling:
        return self.desk.judge(msgspec.convert(asked, Request), time.monotonic() + 600)

    def store(self, asked: Value, *, tell: bool = True) -> None:
        """The API server does it, and tells what it did."""
        value = asked["object"] or asked["oldObject"]
        if asked["operation"] == "DELETE":
            self.objects.pop(key(value), None)
        else:
            self.objects[key(value)] = value
        if tell:
            self.see(asked)

    def see(self, asked: Value) -> None:
        name, found = entry(asked["object"] or asked["oldObject"])
        self.feed.tell(Seen(SCOPE, name, None if asked["operation"] == "DELETE" else found))

    def gate(self, asked: Value) -> int:
        """The exit code of a gate between what is stored and what the request makes of it, both read afresh."""
        before, after = dict(self.objects), dict(self.objects)
        value = asked["object"] or asked["oldObject"]
        if asked["operation"] == "DELETE":
            after.pop(key(value), None)
        else:
            after[key(value)] = value
        if asked["operation"] == "DELETE" and value["kind"] == "Namespace":
            after = {k: v for k, v in after.items() if k.namespace != value["metadata"]["name"]}
        try:
            base, head = (load_text(text_of(side)).cluster for side in (before, after))
            report = gate(base, head, self.properties, self.acceptances, self.universe, {}, limit=100)
        except InputError:
            return 2
        return of_gate(report).code


def key(value: Value) -> Key:
    return key_of(value["apiVersion"], value["kind"], value)


def entry(value: Value) -> tuple[str, Entry]:
    found = key(value)
    name = f"{LABEL} {found}"
    return name, Entry(stored_source(name, value["apiVersion"], value["kind"], value), found, is_going(value))


def text_of(objects: dict[Key, Value]) -> str:
    return "\n---\n".join(json.dumps(value) for value in objects.values())


# At random

SPACES = ("a", "b")
CLAIMS = ("never a/* -> b/app=x : TCP/80", "only a/app=x -> b/app=w : TCP/80", "always a/* -> a/app=w : TCP/81")


def pod(home: str, name: str, app: str) -> Value:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": home, "labels": {"app": app}},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }


def drawn(draw: random.Random, home: str, name: str) -> Value:
    """A small policy that collides with others."""
    peers: list[Value] = [
        {"podSelector": {}},
        {"podSelector": {"matchLabels": {"app": "x"}}},
        {"namespaceSelector": {"matchLabels": {"team": "red"}}},
        {"ipBlock": {"cidr": "8.8.8.0/24"}},
    ]
    way, end = draw.choice((("ingress", "from"), ("egress", "to")))
    rules: list[list[Value]] = [
        [],
        [{end: [draw.choice(peers)]}],
        [{"ports": [{"port": draw.choice((80, 81)), "protocol": "TCP"}]}],
        [{}],
    ]
    selector = draw.choice(({}, {}, {"app": "x"}, {"app": "w"}))
    rule = draw.choices(rules, (4, 3, 2, 1))[0]
    return policy(home, name, selector, policyTypes=[way.title()], **{way: rule})


def start(draw: random.Random) -> list[Value]:
    objects: list[Value] = [namespace(home, team=draw.choice(("red", "blue"))) for home in SPACES]
    objects += [pod(home, f"pod-{n}", draw.choice("xw")) for home in SPACES for n in range(draw.randrange(2))]
    objects += [drawn(draw, home, f"policy-{n}") for home in SPACES for n in range(draw.randrange(1, 4))]
    return objects


def changed(draw: random.Random, bench: Bench) -> dict[str, Any]:
    """A request about one of the objects, or a new one."""
    home, name = draw.choice(SPACES), f"policy-{draw.randrange(4)}"
    there = bench.objects.get(Key("networking.k8s.io", "NetworkPolicy", home, name))
    match draw.choices(("policy", "gone", "label", "pod"), (10, 5, 2, 2))[0]:
        case "gone" if there is not None:
            return delete(there)
        case "label":
            old = bench.objects[Key("", "Namespace", "", home)]
            return update(old, namespace(home, team=draw.choice(("red", "blue", "green"))))
        case "pod":
            number = draw.randrange(3)
            old_pod = bench.objects.get(Key("", "Pod", home, f"pod-{number}"))
            new_pod = pod(home, f"pod-{number}", draw.choice("xw"))
            return create(new_pod) if old_pod is None else draw.choice((delete(old_pod), update(old_pod, new_pod)))
    new = drawn(draw, home, name)
    return create(new) if there is None else update(there, new)
