"""What the page has to choose from, each of it made of files of this repository."""

from pathlib import Path
from typing import Any

from msgspec import Struct


class Example(Struct, frozen=True):
    """folder: whose YAML is put into the editor; before: that of the older version, which makes it a comparison.
    verdicts: what the claims come to, which a test holds this to."""

    title: str
    folder: str
    claims: tuple[str, ...] = ()
    before: str = ""
    verdicts: str = ""


EXAMPLES = (
    Example(
        "Default deny",
        "playground/default-deny",
        ("never * -> shop/* : TCP", "always shop/app=web -> shop/app=api : TCP/8080"),
        verdicts="violated proved",
    ),
    Example(
        "One dash: AND becomes OR",
        "examples/helidon-and-or/or",
        ("only {app=helidon}/role=frontend -> greeting/app=greeting",),
        verdicts="violated",
    ),
    Example("The same dash, as a change", "examples/helidon-and-or/or", before="examples/helidon-and-or/and"),
    Example(
        "Monitoring on port 5000",
        "examples/monitoring-5000/broken",
        ("only default/role=monitoring -> default/app=apiserver : TCP/5000",),
        verdicts="violated",
    ),
    Example(
        "WordPress with MySQL",
        "examples/wordpress-mysql/broken",
        ("exactly app=wordpress,tier=frontend -> app=wordpress,tier=mysql : TCP/3306",),
        verdicts="violated",
    ),
    Example(
        "Cilium: what looks like everything is nothing",
        "examples/cilium/broken",
        (
            "only {team=platform}/app=prometheus -> shop/app=orders : TCP/9100",
            "always monitoring/app=prometheus -> shop/* : TCP/9100",
            "never */* -> 169.254.169.254",
        ),
        verdicts="violated proved proved",
    ),
    Example(
        "Calico: a tier in front of everybody's policies",
        "examples/calico/broken",
        ("never */* -> 169.254.169.254", "always {team=security}/* -> */*"),
        verdicts="violated violated",
    ),
    Example(
        "Istio: a mesh before the network",
        "examples/istio/good",
        (
            "never * -> shop/app=db : TCP/22",
            "always shop/app=web -> shop/app=db : TCP/5432",
            "always shop/app=web -> shop/app=db : UDP/5432",
        ),
        verdicts="proved proved proved",
    ),
)


def together(folder: Path) -> str:
    """The files of a folder as one text."""
    return "---\n".join(path.read_text(encoding="utf-8").strip() + "\n" for path in sorted(folder.glob("*.yaml")))


def told(example: Example, root: Path) -> dict[str, Any]:
    """An example as the page takes it."""
    return {
        "title": example.title,
        "mode": "compare" if example.before else "check",
        "text": together(root / example.folder),
        "before": together(root / example.before) if example.before else "",
        "claims": "\n".join(example.claims),
    }
