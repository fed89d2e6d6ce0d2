"""The pages that `make test-web` opens: of each example, of hostile names, of 1,464 namespaces, of runs that fail.

python -m tests.web.reports FOLDER
"""

import contextlib
import io
import json
import os
import sys
from pathlib import Path

from tests.engine.asking import cluster
from tests.report.comparisons import CHECKS, GATES
from tests.report.samples import VIOLATED, report
from tests.report.test_formats import EVIL_DIFF, EVIL_GATE, EVIL_RESULT
from tests.report.test_html import COVERAGES, HOSTILE, covered, evil_map
from tests.report.test_mapformats import drawn
from verifier.cli.group import netpol
from verifier.engine.map.map import draw
from verifier.ir.universe import INVENTORY
from verifier.report.formats import Failed, formats_of
from verifier.report.words.paint import PLAIN

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = Path("examples")
NAMESPACES = 1464


def written(place: Path, *words: str) -> None:
    """What a command writes; its verdict is not asked for here."""
    said = io.StringIO()
    line = [*words, "-q", "-o", f"html={place}"]
    with contextlib.redirect_stderr(said), netpol.make_context("netpol", line) as context:
        code = netpol.invoke(context)
    if code not in (0, 1, 3):
        raise SystemExit(f"netpol {' '.join(words)}: {code}\n{said.getvalue()}")


def many() -> str:
    """A cluster of tenants, some of which let others in."""
    objects = []
    for number in range(NAMESPACES):
        home, labels = f"tenant-{number:04}", {"app": "web"}
        peers: list[object] = [{"podSelector": {}}]
        peers += [{"namespaceSelector": {"matchLabels": {"team": "a"}}}] * (number % 300 == 0)
        pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
        objects += [
            {
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": home, "labels": {"team": "abcdefg"[number % 7]}},
            },
            {
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": home},
                "spec": {"selector": {"matchLabels": labels}, "template": pod},
            },
            {
                "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": {"name": "same", "namespace": home},
                "spec": {"podSelector": {}, "ingress": [{"from": peers}]},
            },
        ]  # fmt: skip
    return "\n---\n".join(map(json.dumps, objects))


def pages(folder: Path) -> None:
    broken = [path for path in sorted(EXAMPLES.iterdir()) if (path / "broken").is_dir()]
    for example in broken:
        properties = ["-p", str(example / "properties.yaml")] if (example / "properties.yaml").exists() else []
        written(folder / f"check-{example.name}.html", "check", str(example / "broken"), *properties)
        written(folder / f"diff-{example.name}.html", "diff", str(example / "good"), str(example / "broken"))
        written(folder / f"map-{example.name}.html", "map", str(example / "good"))
        written(folder / f"coverage-{example.name}.html", "coverage", str(example / "good"), *properties)
    andor = EXAMPLES / "helidon-and-or"
    written(folder / "diff-helidon-and-or.html", "diff", str(andor / "or"), str(andor / "and"))
    written(folder / "lint-helidon-and-or.html", "lint", str(andor / "or"))
    monitoring = EXAMPLES / "monitoring-5000"
    claim = "only default/role=monitoring -> default/app=apiserver : TCP/5000"
    claims = ["-e", claim, "-p", "builtin:default-deny", "-p", "builtin:dns-always-works"]
    written(folder / "check-claim.html", "check", str(monitoring / "broken"), *claims)
    written(folder / "check-proved.html", "check", str(monitoring / "good"), "-e", claim)
    asked = "default/shop -> default/apiserver : TCP/5000"
    written(folder / "explain-denied.html", "explain", str(monitoring / "good"), asked)
    written(folder / "explain-allowed.html", "explain", str(monitoring / "broken"), asked)

    def page(name: str, command: str, value: object, **more: object) -> None:
        (folder / f"{name}.html").write_text(formats_of(command)["html"](value, PLAIN, False, **more), encoding="utf-8")

    page("hostile-check", "check", report(EVIL_RESULT, VIOLATED), drawn=drawn())
    page("hostile-diff", "diff", EVIL_DIFF)
    page("hostile-gate", "gate", EVIL_GATE)
    for count, name in enumerate(HOSTILE):
        page(f"hostile-map-{count}", "map", evil_map(name))
    for run, value in COVERAGES.items():
        page(f"coverage-{run}", "coverage", value)
    for count, name in enumerate(HOSTILE):
        page(f"hostile-coverage-{count}", "coverage", covered(name))
    page("failed", "map", Failed("open", CHECKS["error"].diagnostics))
    for run, value in GATES.items():
        page(f"gate-{run.replace(' ', '-')}", "gate", value)
    page("many", "map", draw(cluster(many()), INVENTORY))
    (folder / "hostile.json").write_text(json.dumps(HOSTILE))


if __name__ == "__main__":
    into = Path(sys.argv[1]).resolve()
    os.chdir(ROOT)  # so that pages cite paths as they stand in the repository
    pages(into)
