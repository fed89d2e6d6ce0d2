"""Writes the objects of a profile: one YAML file for each namespace, in the style of people and kubectl; or JSON."""

import json
import random
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.profiles import PROFILES, Namespace, Object

SEED = 0


def write(profile: str, out: Path) -> None:
    """The cluster of a profile, in the folder `out`."""
    write_all(PROFILES[profile].make(random.Random(SEED)), out)


def write_json(profile: str, out: Path) -> None:
    """The same as `kubectl get -o json` gives it: one List."""
    items = [each for _, objects in PROFILES[profile].make(random.Random(SEED)) for each in objects]
    out.mkdir(parents=True, exist_ok=True)
    whole = {"apiVersion": "v1", "items": items, "kind": "List"}
    (out / "all.json").write_text(json.dumps(whole, indent=4), encoding="utf-8")


def write_all(namespaces: Iterable[Namespace], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name, objects in namespaces:
        (out / f"{name}.yaml").write_text(text_of(objects), encoding="utf-8")


def write_changed(profile: str, out: Path, change: Callable[[int, Object], Object], changes: int) -> None:
    """The cluster with `change` made to `changes` of its policies, spread evenly over its namespaces."""
    namespaces = list(PROFILES[profile].make(random.Random(SEED)))
    places = [(i, j) for i, (_, objects) in enumerate(namespaces) for j, o in enumerate(objects) if _is_policy(o)]
    for number, (i, j) in enumerate(places[:: max(1, len(places) // changes)][:changes]):
        namespaces[i][1][j] = change(number, namespaces[i][1][j])
    write_all(namespaces, out)


def _is_policy(each: Object) -> bool:
    return bool(each["kind"] == "NetworkPolicy" and each["apiVersion"] == "networking.k8s.io/v1")


def one_port_more(number: int, policy: Object) -> Object:
    """The policy with a rule more: port 7000 (7001, ..) from the pods of its namespace."""
    more: Object = {"from": [{"podSelector": {}}], "ports": [{"protocol": "TCP", "port": 7000 + number}]}
    spec = policy["spec"]
    return {**policy, "spec": {**spec, "ingress": [*spec.get("ingress", ()), more]}}


def rewritten(_number: int, policy: Object) -> Object:
    """The policy in other words: matchExpressions for matchLabels, rules and peers in the opposite order."""
    return {**policy, "spec": _rewritten(policy["spec"])}


def _rewritten(value: object) -> object:
    if isinstance(value, list):
        return [_rewritten(item) for item in reversed(value)]
    if isinstance(value, dict):
        if set(value) == {"matchLabels"}:
            lines = [{"key": k, "operator": "In", "values": [v]} for k, v in sorted(value["matchLabels"].items())]
            return {"matchExpressions": lines[::-1]}
        return {key: _rewritten(item) for key, item in value.items()}
    return value


def text_of(objects: Iterable[Object]) -> str:
    lines: list[str] = []
    for each in objects:
        lines.append("---")
        _lines(each, "", lines)
    return "\n".join(lines) + "\n"


def _lines(value: Object, indent: str, lines: list[str], first: str | None = None) -> None:
    """Appends the fields of a mapping; `first`: how the first line begins instead."""
    for key, item in value.items():
        start = indent if first is None else first
        first = None
        if isinstance(item, dict) and item:
            lines.append(f"{start}{_scalar(key)}:")
            _lines(item, indent + "  ", lines)
        elif isinstance(item, list) and item:
            lines.append(f"{start}{_scalar(key)}:")
            for each in item:
                if isinstance(each, dict) and each:
                    _lines(each, indent + "  ", lines, f"{indent}- ")
                else:
                    lines.append(f"{indent}- {_scalar(each)}")
        else:
            lines.append(f"{start}{_scalar(key)}: {_scalar(item)}")


def _scalar(value: object) -> str:
    """Plain where that is safe, as people write it."""
    if isinstance(value, str) and value[:1].isalpha() and value.lower() not in ("true", "false", "null", "yes", "no"):
        return value
    return json.dumps(value)


_CHANGES = {"one-port-more": one_port_more, "rewritten": rewritten}


def main() -> None:
    """`python -m benchmarks.write PROFILE OUT [json | CHANGE COUNT]`: a process of its own, since what a process holds
    counts towards the peak of those that it starts."""
    profile, out, *how = sys.argv[1:]
    if not how:
        write(profile, Path(out))
    elif how == ["json"]:
        write_json(profile, Path(out))
    else:
        write_changed(profile, Path(out), _CHANGES[how[0]], int(how[1]))


if __name__ == "__main__":
    main()
