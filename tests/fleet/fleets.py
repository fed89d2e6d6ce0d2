"""Small fleets, as files and as values."""

from collections.abc import Sequence
from pathlib import Path

from verifier.engine.results.check import CheckReport, Counts, Result, Verdict
from verifier.fleet.plan import Asked
from verifier.fleet.result import Reading
from verifier.fleet.task import Answer
from verifier.ir.property import Property
from verifier.manifests.notation.expression import parse_expression
from verifier.manifests.specs.fleet import FleetCluster

HEAD = "apiVersion: netpol-verifier/v1\nkind: Fleet\n"

CLUSTER = """\
apiVersion: v1
kind: Namespace
metadata: {{name: {name}}}
---
# {padding}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: api, namespace: {name}}}
spec:
  podSelector: {{matchLabels: {{app: api}}}}
  ingress:
  - from:
    - podSelector: {{matchLabels: {{role: monitoring}}}}
    - {peer}
    ports:
    - {{protocol: TCP, port: 5000}}
"""

PEERS = (
    "podSelector: {}",
    "namespaceSelector: {}",
    "ipBlock: {cidr: 10.0.0.0/8}",
    "podSelector: {matchLabels: {a: b}}",
)


def claims(count: int) -> list[str]:
    """So many one-line properties, of which some hold in some of the clusters."""
    kinds = (
        "never */app=a{0} -> app=api : TCP/5000",
        "only role=monitoring -> app=api : TCP/{0}",
        "always role=monitoring -> app=api : TCP/5000,TCP/{0}",
        "never external -> app=a{0}",
    )
    return [kinds[number % 4].format(5000 + number) for number in range(count)]


def write_fleet(folder: Path, clusters: int, properties: Sequence[str], more: Sequence[str] = ()) -> Path:
    """A fleet file, the manifests of its clusters beside it. more: properties of the first cluster alone."""
    lines = [HEAD + "spec:", "  properties:", *(f"  - '{text}'" for text in properties), "  clusters:"]
    for number in range(clusters):
        name = f"c{number}"
        (folder / name).mkdir(parents=True, exist_ok=True)
        text = CLUSTER.format(name=name, peer=PEERS[number % len(PEERS)], padding="x" * number)
        (folder / name / "policies.yaml").write_text(text)
        lines += [f"  - name: {name}", f"    manifests: {name}"]
        if more and number == 0:
            lines += ["    properties:", *(f"    - '{text}'" for text in more)]
    file = folder / "fleet.yaml"
    file.write_text("\n".join(lines) + "\n")
    return file


def asked(name: str, count: int) -> Asked:
    """A cluster of which so many properties are asked."""
    properties = tuple(parse_expression(f"never a=b{number} -> c=d") for number in range(count))
    return Asked(FleetCluster(name, (name,)), properties)


def answer(properties: Sequence[Property]) -> Answer:
    results = tuple(Result(claimed, Verdict.PROVED) for claimed in properties)
    return Answer(results, Counts(1, 2, 3), (), Reading())


def verdicts(report: CheckReport) -> list[tuple[str, str]]:
    return [(result.property.name, str(result.verdict)) for result in report.results]
