"""A kubectl that asks no cluster: a program that answers as a file beside it says, and writes down what it is asked."""

import json
import os
import stat
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

Value = dict[str, object]

PROGRAM = """\
#!{python} -IS
import json, os, sys, time
here = os.path.dirname(os.path.realpath(__file__))
said = json.load(open(os.path.join(here, "answers.json")))
with open(os.path.join(here, "asked"), "a") as asked:
    asked.write(json.dumps([sys.argv[1:], sorted(os.environ), os.environ.get("PATH")]) + "\\n")
words = [word for word in sys.argv[1:] if not word.startswith("-")]
raw = [word.partition("=")[2] for word in sys.argv if word.startswith("--raw=")]
if raw:
    answer = said["raw"].get(raw[0], {"stdout": "{}"})
elif words[0] == "api-resources":
    answer = said["served"]
elif words[0] == "config":
    answer = said[words[1]]
else:
    where = [word.partition("=")[2] for word in sys.argv if word.startswith("--namespace=")]
    answer = said["lists"].get("/".join([words[1], *where]), said["others"])
if isinstance(answer, list):  # of answers, each to one more call
    count = os.path.join(here, "count")
    turn = int(open(count).read()) if os.path.exists(count) else 0
    open(count, "w").write(str(turn + 1))
    answer = answer[min(turn, len(answer) - 1)]
time.sleep(answer.get("seconds", 0))
sys.stderr.write(answer.get("stderr", ""))
sys.stdout.write(answer.get("stdout", ""))
sys.stdout.flush()
sys.exit(answer.get("code", 0))
"""

SERVED = (
    ("namespaces", "ns", "v1", False, "Namespace"),
    ("nodes", "no", "v1", False, "Node"),
    ("pods", "po", "v1", True, "Pod"),
    ("secrets", "", "v1", True, "Secret"),
    ("deployments", "deploy", "apps/v1", True, "Deployment"),
    ("networkpolicies", "netpol", "networking.k8s.io/v1", True, "NetworkPolicy"),
)


class FakeKubectl:
    """In `folder`, which is to be put on the PATH. Life cycle: changed by its methods, then asked by a run."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._said: Value = {
            "served": {"stdout": "".join(_line(*each) for each in SERVED)},
            "current-context": {"stdout": "prod\n"},
            "get-contexts": {"stdout": "prod\nstaging\n"},
            "raw": {"/apis": {"stdout": '{"groups": []}'}},
            "lists": {},
            "others": {"stdout": json.dumps({"apiVersion": "v1", "kind": "List", "items": []})},
        }
        program = folder / "kubectl"
        program.write_text(PROGRAM.replace("{python}", sys.executable))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self._write()

    def path(self) -> str:
        return os.pathsep.join((str(self.folder), os.environ["PATH"]))

    def serves(self, *more: tuple[str, str, str, bool, str], only: bool = False) -> None:
        """More kinds, or only these."""
        self.answers("served", stdout="".join(_line(*each) for each in (*(() if only else SERVED), *more)))

    def holds(self, resource: str, *objects: Mapping[str, object]) -> None:
        """What it lists of `pods.v1.`; of `configmaps.v1./istio-system` in that namespace."""
        self.lists(resource, stdout=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))

    def forbids(self, *resources: str) -> None:
        for resource in resources:
            self.lists(resource, code=1, stderr=f"{forbidden(resource)}\n")

    def lists(self, resource: str, **answer: object) -> None:
        lists = self._said["lists"]
        assert isinstance(lists, dict)
        lists[resource] = answer
        self._write()

    def answers(self, what: str, **answer: object) -> None:
        """What it says to `served`, `current-context`, `get-contexts`, and to lists of which nothing else is said:
        `others`."""
        self._said[what] = answer
        self._write()

    def hides(self, *apis: str, down: bool) -> None:
        """Of these apiVersions it names no kinds. down: since what serves them does not answer."""
        groups = [{"name": api.partition("/")[0], "versions": [{"groupVersion": api}]} for api in apis]
        said: Value = {"/apis": {"stdout": json.dumps({"groups": groups})}}
        if down:
            why = "Error from server (ServiceUnavailable): the server is currently unable to handle the request\n"
            said |= {f"/apis/{api}": {"code": 1, "stderr": why} for api in apis}
        self._said["raw"] = said
        self._write()

    def in_turn(self, resource: str, *answers: Value) -> None:
        """One answer after the other."""
        lists = self._said["lists"]
        assert isinstance(lists, dict)
        lists[resource] = list(answers)
        self._write()

    def asked(self) -> list[list[str]]:
        """The arguments of every call."""
        return [words for words, _, _ in self._calls()]

    def environments(self) -> list[list[str]]:
        """The names of the variables that every call had."""
        return [names for _, names, _ in self._calls()]

    def paths(self) -> set[str]:
        """The PATH of every call."""
        return {path for _, _, path in self._calls()}

    def resources(self) -> set[str]:
        """The kinds of which lists were asked for."""
        return {
            words[words.index("get") + 1]
            for words in self.asked()
            if "get" in words and not any(word.startswith("--raw") for word in words)
        }

    def _calls(self) -> Iterable[tuple[list[str], list[str], str]]:
        asked = self.folder / "asked"
        return [json.loads(line) for line in asked.read_text().splitlines()] if asked.exists() else []

    def _write(self) -> None:
        (self.folder / "answers.json").write_text(json.dumps(self._said))


def _line(name: str, short: str, api: str, namespaced: bool, kind: str) -> str:
    return f"{name:<40} {short:<10} {api:<30} {str(namespaced).lower():<10}{kind}\n"


def forbidden(resource: str) -> str:
    return (
        f'Error from server (Forbidden): {resource} is forbidden: User "bob" cannot list resource "{resource}" '
        "at the cluster scope"
    )
