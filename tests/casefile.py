"""Case files: manifests whose comments say what is to be expected of them.

# The idea, in a sentence.
# universe: inventory                              for the lines below: open, inventory or a spec in flow YAML
# set: host_network=as_pod                         for the lines below: a switch
# accepted: [{never: {from: .., to: ..}}]          for the lines below: flows that break no property
# check: always n/app=q -> n/app=p : TCP/80        a property
# expect: proved                                   or violated, vacuous, unknown, depends on SWITCH, SWITCH
# connection: {source: .., destination: ..}        one connection, as tests.oracle.allowed takes it
# expect: allowed                                  or denied, either (nobody can say which), depends on SWITCH
# error: V4 line 12                                the manifests are refused with just the errors listed
# warning: null-rule line 9                     they are read with this warning
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Plain = dict[str, Any]
CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Line:
    """One expectation. `kind`: check or connection, with what is asked, or the errors or warnings of reading."""

    case: str
    kind: str
    asked: Any
    expected: Any
    universe: Plain | str
    switches: dict[str, str]
    accepted: list[Plain | str] = field(default_factory=list)

    def __str__(self) -> str:
        settings = "".join(f" {name}={value}" for name, value in self.switches.items())
        if self.kind == "connection":
            return f"{self.case}: {yaml.safe_dump(self.asked, default_flow_style=True, width=1000).strip()}{settings}"
        return f"{self.case}: {self.kind} {self.asked}{settings}"


@dataclass(frozen=True)
class Case:
    name: str
    text: str
    lines: list[Line] = field(default_factory=list)

    @property
    def manifests(self) -> list[Plain]:
        return [document for document in yaml.safe_load_all(self.text) if document]


def read_case(path: Path) -> Case:
    case = Case(path.stem, path.read_text())
    comments = [line[2:] for line in case.text.splitlines() if line.startswith("# ")]
    universe: Plain | str = "open"
    switches: dict[str, str] = {}
    accepted: list[Plain | str] = []
    pending: tuple[str, Any] | None = None
    reading: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for comment in comments[1:]:
        word, _, rest = comment.partition(": ")
        match word:
            case "universe":
                universe = yaml.safe_load(rest)
            case "set":
                name, _, value = rest.partition("=")
                switches = {**switches, name: value}
            case "accepted":
                accepted = yaml.safe_load(rest)
            case "check":
                pending = ("check", yaml.safe_load(rest) if rest.startswith("{") else rest)
            case "connection":
                pending = ("connection", yaml.safe_load(rest))
            case "expect":
                assert pending is not None, f"{path}: nothing is asked before `{comment}`"
                case.lines.append(Line(case.name, *pending, rest, universe, switches, accepted))
                pending = None
            case "error" | "warning":
                code, _, line = rest.partition(" line ")
                key = (word, str(switches))
                if key not in reading:
                    reading[key] = []
                    case.lines.append(Line(case.name, word, "", reading[key], universe, switches))
                reading[key].append((code, int(line)))
            case _:
                raise ValueError(f"{path}: `{comment}`")
    assert pending is None, f"{path}: nothing is expected of `{pending}`"
    return case


def read_cases() -> list[Case]:
    return [read_case(path) for path in sorted(CASES.glob("*.yaml"))]
