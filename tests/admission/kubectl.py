"""A kubectl whose cluster can be watched: lists with versions, and watches that go on until the test ends them."""

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

from tests.admission.client import Value
from tests.admission.desks import key

PROGRAM = """\
#!{python} -IS
import json, os, sys, time
here = os.path.dirname(os.path.realpath(__file__))
def read(name):
    while True:
        try:
            return json.load(open(os.path.join(here, name)))
        except ValueError:
            time.sleep(0.01)
with open(os.path.join(here, "asked"), "a") as asked:
    asked.write(json.dumps(sys.argv[1:]) + "\\n")
words = [word for word in sys.argv[1:] if not word.startswith("-")]
raw = [word[6:] for word in sys.argv if word.startswith("--raw=")]
said = read("state.json")
def fail(text):
    sys.stderr.write(text + "\\n")
    sys.exit(1)
if said["down"]:
    fail("Unable to connect to the server: it is down")
if words[:1] == ["config"]:
    print("prod")
elif words[:1] == ["api-resources"]:
    for name, api, namespaced, kind in said["served"]:
        print(name, api, str(namespaced).lower(), kind)
elif raw == ["/apis"]:
    print(json.dumps({"groups": []}))
else:
    path, _, query = raw[0].partition("?")
    asked = dict(part.split("=") for part in query.split("&"))
    name = path.rpartition("/")[2]
    if name in said["forbidden"]:
        fail("Error from server (Forbidden): %s is forbidden: User cannot list" % name)
    if "watch" not in asked:
        items = [each for each in said["objects"] if each["plural"] == name]
        start, size = int(asked.get("continue", 0)), int(asked["limit"])
        metadata = {"resourceVersion": str(said["version"])}
        if start + size < len(items):
            metadata["continue"] = str(start + size)
        print(json.dumps({"metadata": metadata, "items": [each["value"] for each in items[start:start + size]]}))
        sys.exit(0)
    version, epoch = int(asked["resourceVersion"]), said["epoch"]
    if version < said["oldest"]:
        gone = {"kind": "Status", "code": 410, "message": "too old resource version"}
        print(json.dumps({"type": "ERROR", "object": gone}))
        sys.exit(0)
    while True:
        said = read("state.json")
        for number, plural, event in said["events"]:
            if number > version:
                version = number
                if plural == name:
                    print(json.dumps(event), flush=True)
        if said["epoch"] != epoch:
            if said["code"]:
                fail("error: the connection was lost")
            sys.exit(0)
        if os.getppid() == 1:
            sys.exit(0)
        time.sleep(0.03)
"""

SERVED = (
    ("namespaces", "v1", False, "Namespace"),
    ("networkpolicies", "networking.k8s.io/v1", True, "NetworkPolicy"),
)
_PLURALS = {kind: name for name, _, _, kind in SERVED}


class Watchable:
    """In `folder`, which is to be put on the PATH. Life cycle: changed by its methods while a webhook watches it."""

    def __init__(self, folder: Path, *objects: Value) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        program = folder / "kubectl"
        program.write_text(PROGRAM.replace("{python}", sys.executable))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self._objects = {key(value): value for value in objects}
        self._said: dict[str, Any] = {
            "down": False, "served": SERVED, "forbidden": [], "version": 100, "oldest": 0, "events": [], "epoch": 0,
            "code": 0,
        }  # fmt: skip
        self.write()

    @property
    def path(self) -> dict[str, str]:
        return {"PATH": os.pathsep.join((str(self._folder), os.environ["PATH"]))}

    def write(self, **said: object) -> None:
        self._said |= said
        objects = [{"plural": _PLURALS[value["kind"]], "value": self._versioned(v)} for v in self._objects.values()
                   for value in (v,)]  # fmt: skip
        whole = self._folder / "state.new"
        whole.write_text(json.dumps({**self._said, "objects": objects}))
        whole.rename(self._folder / "state.json")

    def store(self, asked: Value, *, tell: bool = True) -> None:
        """Does what was asked; tells who watches, unless it is to get lost."""
        value = asked["object"] or asked["oldObject"]
        kind = {"CREATE": "ADDED", "UPDATE": "MODIFIED", "DELETE": "DELETED"}[asked["operation"]]
        self._said["version"] += 1
        if kind == "DELETED":
            self._objects.pop(key(value))
        else:
            self._objects[key(value)] = value
        if tell:
            event = {"type": kind, "object": self._versioned(value)}
            self._said["events"].append((self._said["version"], _PLURALS[value["kind"]], event))
        self.write()

    def end_watches(self, *, lost: bool = False) -> None:
        """lost: as if the connection broke, else as an API server ends them in their time."""
        self.write(epoch=self._said["epoch"] + 1, code=1 if lost else 0)

    def forget(self) -> None:
        """From now on no watch can go on from a version before."""
        self.write(oldest=self._said["version"] + 1, version=self._said["version"] + 1)

    def asked(self, word: str) -> int:
        """How many calls had that in one of their words."""
        lines = (self._folder / "asked").read_text().splitlines()
        return sum(any(word in each for each in json.loads(line)) for line in lines)

    def _versioned(self, value: Value) -> Value:
        return {**value, "metadata": {**value["metadata"], "resourceVersion": str(self._said["version"]), "uid": "u"}}
