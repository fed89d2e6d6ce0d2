"""`make fixes`: faults of proved sets, each to be repaired from its text; how many are, and what the repairs cost.

The set of `faults.py`, and real ones where `NETPOL_CORPUS` names a folder of them, with the properties that `init`
drafts. The distribution is that of `faults.py`: every single line lost that breaks a property of never or only. And the
examples of other dialects, with every edit of `coverage` that breaks any property of theirs.
"""

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import yaml

from tests.mending.faults import Planted, ProvedSet, faults_of, faults_of_example, proved_set, verdicts
from verifier.engine.diff.compare import compare
from verifier.engine.draft import candidates, drafting
from verifier.engine.problem.switches import settle
from verifier.engine.results.check import Verdict
from verifier.ir.cluster import Cluster
from verifier.ir.universe import OPEN
from verifier.manifests.documents.document import read_documents
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.load import Options, Texts, load_texts
from verifier.manifests.specs.properties import properties_from_document
from verifier.mending.search import Setting, Sources, mend_all
from verifier.smt.limits import Limits

REAL = ("online-boutique/kustomize/components/network-policies", "kube-prometheus")
MOST = 40
"""Faults that are tried of each set, drawn with a fixed seed."""


def read(sources: Sources) -> Cluster:
    return load_texts(Texts(sources), Options()).cluster


SETTING = Setting(read, OPEN, settle("calico"), Limits())
DIALECTS = ("calico", "cilium")
"""Examples, each under the profile of its name."""


def tried_on(fault: Planted, folder: Path) -> str:
    """`repaired`, `no repair`, or in what the repair goes wrong: proved anew from its text, and, where the fault only
    opened, closing nothing that was open before it."""
    file = folder / "k8s.yaml"
    file.write_text(fault.text)
    setting = Setting(read, OPEN, settle(fault.profile), Limits())
    (outcome, *_), changes = mend_all(setting, (Source.read(str(file)),), (fault.broken, *fault.others))
    file.unlink()
    if outcome.repair is None:
        return "no repair"
    after = {change.file: change.after for change in changes}
    kept = [] if str(file) in after else [fault.text]
    whole = "---\n".join([*kept, *after.values()])
    if set(verdicts(whole, (fault.broken, *fault.others), fault.profile)) != {Verdict.PROVED}:
        return f"not proved: {fault.what}"
    sides = [read((Source.text_of("k8s.yaml", text),)) for text in (fault.before, fault.text, whole)]
    if not _closed(sides[0], sides[1], fault) and _closed(sides[0], sides[2], fault):
        return f"closes more: {fault.what}"
    return "repaired"


def _closed(one: Cluster, other: Cluster, fault: Planted) -> bool:
    return bool(compare(one, other, switches=settle(fault.profile), limit=1).removed)


def drafted(folder: Path) -> ProvedSet:
    """The policies of a folder, with the properties that they suggest and meet."""
    manifests = []
    for path in sorted(folder.rglob("*.yaml")):
        some = (each for each in yaml.safe_load_all(path.read_text()) if isinstance(each, dict))
        manifests += [each for each in some if each.get("kind") in ("NetworkPolicy", "Namespace")]
    text = yaml.safe_dump_all(manifests, sort_keys=False)
    found = []
    for candidate in candidates(drafting(read((Source.text_of("k8s.yaml", text),)), switches=settle("calico"))):
        body = {"apiVersion": "netpol-verifier/v1", "kind": "Properties"}
        item = {"name": candidate.name, **candidate.claims[0]}
        (document,) = read_documents(Source.text_of("p.yaml", yaml.safe_dump({**body, "spec": {"properties": [item]}})))
        (claimed,) = properties_from_document(document)
        found += [claimed] if verdicts(text, [claimed]) == [Verdict.PROVED] else []
    return ProvedSet(manifests, tuple(found))


def sets() -> Iterator[tuple[str, ProvedSet]]:
    yield "the shop", proved_set()
    corpus = os.environ.get("NETPOL_CORPUS")
    for name in REAL if corpus else ():
        yield name, drafted(Path(str(corpus)) / name)


def main() -> int:
    failed = 0
    for name, given in sets():
        began, faults = time.monotonic(), list(faults_of(given))
        chosen = Random(0).sample(faults, min(len(faults), MOST))
        with tempfile.TemporaryDirectory() as folder:
            found = Counter(tried_on(fault, Path(folder)) for fault in chosen)
        seconds = time.monotonic() - began
        of = f"{len(chosen)} of {len(faults)} faults, {len(given.properties)} properties"
        print(f"{name}: {of}: {dict(found)}, {seconds:.0f} s", flush=True)
        wrong = sum(count for what, count in found.items() if what not in ("repaired", "no repair"))
        failed += wrong > 0 or found["repaired"] < 0.95 * len(chosen)
    for name in DIALECTS:
        with tempfile.TemporaryDirectory() as folder:
            found = Counter(tried_on(fault, Path(folder)).partition(":")[0] for fault in faults_of_example(name, name))
        print(f"examples/{name}: {found.total()} faults: {dict(found)}", flush=True)
        failed += found["not proved"] > 0
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
