"""What the mutations start from: our own files, real manifests where NETPOL_CORPUS names some, and texts made here."""

import os
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_LARGEST = 12_000

UNIVERSES = (
    b"""apiVersion: netpol-verifier/v1
kind: Universe
metadata: {name: production}
spec:
  namespaces:
    known: [{name: kube-system, labels: {team: platform}}]
    others: true
    labels: {tenant: {values: [a, b], others: false, required: true}}
  pods: {others: true, labels: {role: {values: [frontend, db], others: true}}}
  invariants:
  - name: only-monitoring
    pods: {podSelector: {matchLabels: {role: monitoring}}}
    onlyIn: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}
  nodes: false
  families: [4, 6]
  addresses: {pods: [10.0.0.0/8, 'fd00::/8'], nodes: [192.168.0.0/24], services: [10.96.0.0/12]}
  switches: {ipblock_pods: never, sctp: open}
""",
    b"""apiVersion: netpol-verifier/v1
kind: Universe
metadata: {name: closed}
spec:
  namespaces: {others: false, known: [{name: shop}]}
  pods: {others: false}
  addresses: {pods: any}
""",
)

ACCEPTANCES = (
    b"""apiVersion: netpol-verifier/v1
kind: Acceptances
spec:
  acceptances:
  - property: "only role=monitoring -> app=apiserver : TCP/5000"
    flows: ["shop/app=web -> shop/app=api : TCP/8080"]
    reason: "until the new gateway is there"
    owner: "team-shop"
    expires: 2027-01-31
  - flows:
    - "external -> {team=ops}/app in (a, b),!canary : TCP/80-90,UDP/53"
    - "*/* -> 169.254.169.254"
    reason: baseline
    owner: unknown
    expires: 2027-01-31
""",
)

CONFIGS = (
    b"""apiVersion: netpol-verifier/v1
kind: Config
spec:
  manifests: [k8s/]
  universe: open
  profile: cilium
  output: [text, json=report.json]
  exclude: ['*.tpl.yaml']
---
apiVersion: netpol-verifier/v1
kind: Properties
metadata: {name: shop}
spec:
  properties:
  - name: no-db
    never: {from: [{external: {}}], to: [{podSelector: {matchLabels: {app: db}}}]}
""",
)

LINES = (
    b"only role=monitoring -> app=apiserver : TCP/5000",
    b"only default/role=monitoring -> default/app=apiserver : TCP/5000",
    b"never shop/* -> 169.254.169.254",
    b"always {team=ops,!canary}/app in (a,b) -> */prefix/key=v : TCP/80-90,UDP/dns",
    b"exactly external -> 2001:db8::/32 : SCTP/1",
    b"never node -> {}/* : TCP",
    b"shop/app=web -> shop/app notin (api, db) : TCP/8080",
    b"10.0.0.0/8 -> ::ffff:1.2.3.4 : UDP/65535",
)

WEIRD = (
    b"a: &a [x, x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: [*c, *c, *c]\n",
    b"a: &a {b: *a}\n",
    b"<<: [{kind: Pod}, {kind: Service}]\nkind: NetworkPolicy\n",
    b'{"apiVersion": "v1", "kind": "List", "items": [{"kind": "Pod"}, null, 3]}',
    b"%YAML 1.1\n%TAG ! tag:example.com,2000:\n---\nkind: !local Pod\n...\n",
    b"\xef\xbb\xbf---\r\nkind: Namespace\r\nmetadata: {name: x}\r\n",
    b"? [complex, key]\n: value\n",
    b"kind: Namespace\napiVersion: v1\nmetadata: {name: x}\r---\rkind: Pod\r",
    b'{"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "x"}}\n---\nkind: Pod\n',
    b'\xc2\xa0{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"List","items":[]}]}',
    b"apiVersion: kustomize.config.k8s.io/v1\nkind: Kustomization\nresources: [., a, 1, {}]\npatches: [{path: ..}]\n",
    b"""apiVersion: v1
kind: Namespace
metadata:
  name: x
  finalizers: [a/b]
  ownerReferences: [{apiVersion: v1, kind: Pod, name: a, uid: b, controller: true}]
  creationTimestamp: 2024-02-30T00:00:00Z
  managedFields: [{operation: Apply}]
  generation: 1
""",
    b"port: 123456789012345678901234567890\nendPort: 1e400\nname: 0x_F\n",
    b"spec: !!binary aGVsbG8=\nwhen: !!timestamp 2001-01-01\nset: !!set {a, b}\n",
)


KUSTOMIZATIONS = (
    b"""apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: shop
namePrefix: a-
labels: [{pairs: {a: b}, includeSelectors: true}]
patches:
- target: {kind: Kustomization, name: x.*}
  patch: |-
    - {op: add, path: /resources/-, value: {a: [1]}}
    - {op: replace, path: /metadata/name, value: x}
- patch: |-
    kind: Kustomization
    metadata: {name: x}
    spec: {ingress: [{}]}
configMapGenerator: [{name: x, literals: [a=b]}]
metadata:
  name: x
  annotations:
    config.kubernetes.io/origin: "path: ../a.yaml"
    alpha.config.kubernetes.io/transformations: |
      - configuredIn: ../k.yaml
        configuredBy: {kind: PatchTransformer}
""",
    b"kind: Component\npatchesStrategicMerge:\n- |-\n  kind: Component\n  metadata: {name: ''}\n",
    b"resources: [a.yaml, ../b, 'https://example.org/x', github.com/a/b]\ncomponents: [.]\nopenapi: {path: x}\n",
    b"transformers:\n- |-\n  kind: PatchTransformer\n  patch: '[]'\ngenerators: [g.yaml]\nhelmCharts: []\n",
)


@cache
def manifests() -> tuple[bytes, ...]:
    """Small real and made-up manifests, in a fixed order."""
    folders = [ROOT / "examples", ROOT / "tests" / "cases"]
    if "NETPOL_CORPUS" in os.environ:
        folders.append(Path(os.environ["NETPOL_CORPUS"]))
    return (*WEIRD, *_read(folders))


@cache
def properties() -> tuple[bytes, ...]:
    return (*WEIRD, *_read([ROOT / "properties"]))


def _read(folders: list[Path]) -> tuple[bytes, ...]:
    files = (
        file for folder in folders for file in sorted(folder.rglob("*")) if file.suffix in (".yaml", ".yml", ".json")
    )
    return tuple(
        dict.fromkeys(file.read_bytes() for file in files if file.is_file() and file.stat().st_size <= _LARGEST)
    )
