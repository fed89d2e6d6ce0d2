"""Random settings of a mesh as plain data: some that name its root namespace, and some beside them that name none."""

import json
from random import Random
from typing import Any

from tests.objects import NAMESPACES
from tests.oracle.meshroots import ROOT

Plain = dict[str, Any]
ELSEWHERE = "mesh"
"""A namespace in which a control plane may stand."""


def settings_of_mesh(seed: int) -> list[Plain]:
    """None most of the time."""
    random = Random(f"settings {seed}")
    if random.random() < 0.7:
        return []
    root = random.choice((*NAMESPACES, *NAMESPACES, ROOT))
    home = random.choice((ROOT, ROOT, root, ELSEWHERE))
    found = [_config_map(random, home, root)]
    if home == ELSEWHERE and random.random() < 0.5:
        found.append(_control_plane())
    if random.random() < 0.2:
        found.append(_operator(random.choice(("install.istio.io", "example.org")), root))
        found = found if found[-1]["apiVersion"].startswith("example") or home != ELSEWHERE else found[-1:]
    if random.random() < 0.3:
        stranger, other = random.sample(NAMESPACES, 2)
        found.append(_config_map(random, stranger, other, name="istio-notes"))
    random.shuffle(found)
    return found


def _config_map(random: Random, home: str, root: str, name: str = "istio") -> Plain:
    said: Plain = {"accessLogFile": "/dev/stdout", "rootNamespace": root}
    deeper = f"defaultConfig:\n  rootNamespace: {ROOT}\n"
    text = random.choice((json.dumps(said), f'{deeper}"rootNamespace": {root}\n', f"rootNamespace: {root} # it\n"))
    meta = {"name": name, "namespace": home}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"mesh": text}}


def _operator(group: str, root: str) -> Plain:
    spec = {"meshConfig": {"rootNamespace": root}}
    return {"apiVersion": f"{group}/v1alpha1", "kind": "IstioOperator", "metadata": {"name": "o"}, "spec": spec}


def _control_plane() -> Plain:
    template = {"metadata": {"labels": {"app": "istiod"}}, "spec": {"containers": []}}
    meta = {"name": "istiod", "namespace": ELSEWHERE}
    spec = {"selector": {"matchLabels": {"app": "istiod"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}
