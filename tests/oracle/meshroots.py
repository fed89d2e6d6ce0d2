"""The root namespace of a mesh, as plain data says it (docs/semantics.md 7)."""

from typing import Any

import yaml

Plain = dict[str, Any]
ROOT = "istio-system"


def root_of(manifests: list[Plain]) -> str:
    """The root namespace that settings of a control plane name, of which no two disagree."""
    planes = {_home(m) for m in manifests if _pod_labels(m).get("app") == "istiod"}
    operators, maps = [], []
    for manifest in manifests:
        api, kind, name = manifest["apiVersion"], manifest["kind"], manifest["metadata"].get("name", "")
        text = (manifest.get("data") or {}).get("mesh")
        if api == "v1" and kind == "ConfigMap" and (name == "istio" or name.startswith("istio-")) and text is not None:
            maps.append((_home(manifest), (yaml.safe_load(text) or {}).get("rootNamespace") or ROOT))
        if api.startswith("install.istio.io/") and kind == "IstioOperator":
            spec = manifest.get("spec") or {}
            configs = [spec.get("meshConfig"), (spec.get("values") or {}).get("meshConfig")]
            operators += [config["rootNamespace"] for config in configs if (config or {}).get("rootNamespace")]
    usual = [root for where, root in maps if where == ROOT]
    elsewhere = [root for where, root in maps if where in planes or where == root]
    found = {*operators, *(usual or elsewhere)} or {ROOT}
    assert len(found) == 1, found
    return str(found.pop())


def _pod_labels(manifest: Plain) -> Plain:
    pod = manifest if manifest["kind"] == "Pod" else (manifest.get("spec") or {}).get("template") or {}
    labels: Plain = (pod.get("metadata") or {}).get("labels") or {}
    return labels


def _home(manifest: Plain) -> str:
    return manifest["metadata"].get("namespace") or "default"
