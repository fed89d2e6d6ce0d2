"""What commands say of examples and of real manifests, recorded, and compared after a change that is to change nothing.

    python -m tests.identity record FILE     runs every command, and writes standard output, error and code into FILE
    python -m tests.identity compare FILE    runs them again, and lists those that say something else (1: some do)

Real manifests are those below NETPOL_CORPUS; without it the commands about them are passed over, and it says so.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from difflib import unified_diff
from itertools import islice
from pathlib import Path

from verifier.cli.commands.schema import KINDS

ROOT = Path(__file__).parent.parent
CORPUS = "{corpus}"
EXAMPLES = (
    "examples/wordpress-mysql/good",
    "examples/wordpress-mysql/broken",
    "examples/helidon-and-or/and",
    "examples/helidon-and-or/or",
    "examples/monitoring-5000/broken",
    "examples/admin-tiers/broken",
)
SETS = ("eks-examples", "kube-prometheus", "sock-shop/deploy/kubernetes/manifests-policy")
FORMATS = ("text", "json", "markdown", "sarif", "junit", "github", "gitlab")


def commands() -> Iterator[str]:
    """Some 90 command lines, without the program."""
    for folder in EXAMPLES:
        yield f"check {folder}"
        yield f"lint {folder}"
        yield f"map {folder}"
        yield f"map {folder} -u open -o json"
    for form in FORMATS:
        yield f"check examples/wordpress-mysql/broken -p properties -o {form}"
        yield f"diff examples/wordpress-mysql/good examples/wordpress-mysql/broken -o {form}"
        yield f"lint examples/admin-tiers/broken -o {form}"
        yield f"fleet examples/fleet/fleet.yaml -o {form}"
    for form in ("text", "json", "csv", "markdown", "mermaid", "dot", "matrix"):
        yield f"map examples/monitoring-5000/broken -o {form}"
    for form in ("text", "json"):
        way = "'default/role=x -> default/app=wordpress,tier=mysql : TCP/3306'"
        yield f"explain examples/wordpress-mysql/broken {way} -o {form}"
    yield "check examples/admin-tiers/good -p examples/admin-tiers/properties.yaml"
    yield "check examples/admin-tiers/broken -p examples/admin-tiers/properties.yaml -o json"
    yield "diff examples/admin-tiers/good examples/admin-tiers/broken"
    yield "diff examples/helidon-and-or/and examples/helidon-and-or/or -o json"
    yield "check examples/wordpress-mysql/good -u inventory -e 'never */* -> app=wordpress,tier=mysql' --profile cilium"
    yield "check examples/wordpress-mysql/good -e 'never 10.0.0.0/8 -> app=wordpress' --set ipblock_pods=open"
    yield "init examples/wordpress-mysql/good --file -"
    yield "config show examples/wordpress-mysql/good --profile calico"
    yield from (f"schema {kind}" for kind in KINDS)
    yield from ("--help", "check --help", "gate --help", "map --help", "explain --help", "completion bash")
    yield from (
        "check nowhere",
        "check examples -e 'never a ->b'",
        "diff examples/fleet nowhere",
        "explain examples/fleet 'x'",
    )
    for folder in SETS:
        yield f"check {CORPUS}/{folder} --skip-unknown"
        yield f"lint {CORPUS}/{folder} --skip-unknown -o json"
        yield f"map {CORPUS}/{folder} --skip-unknown"
    yield f"check {CORPUS}/moj-platform -p builtin:default-deny -o json"
    yield f"diff {CORPUS}/moj-platform {CORPUS}/kube-prometheus --limit 5"
    yield f"check {CORPUS}/kubeflow --skip-unknown -u inventory"
    yield f"lint {CORPUS}/network-policy-api-examples --skip-unknown"


def said(command: str, corpus: str | None) -> Mapping[str, object] | None:
    """What a command says; None: the manifests that it is about are not here."""
    if CORPUS in command and corpus is None:
        return None
    environ = {name: value for name, value in os.environ.items() if not name.startswith("NETPOL_")}
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {sys.executable} -P -m verifier {command.replace(CORPUS, corpus or '')}"],
        cwd=ROOT,
        env={**environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="backslashreplace",
        check=False,
    )
    return {"code": done.returncode, "out": done.stdout, "err": done.stderr}


def everything(corpus: str | None) -> dict[str, Mapping[str, object] | None]:
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        lines = list(dict.fromkeys(commands()))
        return dict(zip(lines, pool.map(lambda line: said(line, corpus), lines), strict=True))


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    """The first lines of each difference."""
    for part in ("code", "out", "err"):
        old, new = (str(each[part]).splitlines() for each in (before, after))
        yield from islice(unified_diff(old, new, f"before: {part}", f"after: {part}", lineterm="", n=0), 12)


def main(how: str, file: str) -> int:
    corpus = os.environ.get("NETPOL_CORPUS")
    found = everything(corpus)
    missing = sum(each is None for each in found.values())
    if missing:
        print(f"NETPOL_CORPUS is not set: {missing} of {len(found)} commands are passed over")
    if how == "record":
        Path(file).write_text(json.dumps(found, indent=1), encoding="utf-8")
        print(f"{len(found) - missing} commands recorded")
        return 0
    known = json.loads(Path(file).read_text(encoding="utf-8"))
    changed = 0
    for line, after in found.items():
        before = known.get(line)
        if before is not None and after is not None and before != after:
            changed += 1
            print("\n".join((f"$ netpol {line}", *differences(before, after))))
    print(f"{len(found) - missing} commands, {changed} say something else")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
