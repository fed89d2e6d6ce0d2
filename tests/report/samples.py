"""Hand-made results, without a loader or a solver."""

from dataclasses import dataclass, field
from datetime import date
from ipaddress import ip_address

from verifier.engine.results.check import CheckReport, Counts, Result, Suggestion, Verdict
from verifier.engine.results.witness import Witness
from verifier.ir.acceptance import Acceptance, Flow
from verifier.ir.endpoint import Endpoint, Kind, Namespace, Workload
from verifier.ir.network import Protocol
from verifier.ir.origin import Origin, Path, Position
from verifier.ir.policy import TRUE, Action, Citation, Direction
from verifier.ir.property import Claim, Isolated, Only, Property
from verifier.ir.trace import Leg, Step

POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: api-metrics
  namespace: shop
spec:
  podSelector:
    matchLabels: {role: api}
  policyTypes: [Ingress]
  ingress:
  - from:
    - podSelector:
        matchLabels: {role: monitoring}
    - namespaceSelector:
        matchLabels: {team: ops}
    ports:
    - {protocol: TCP, port: 5000}
"""


@dataclass
class Page:
    """A file whose positions are given by hand."""

    name: str
    text: str
    places: dict[Path, tuple[int, int, int, int]] = field(default_factory=dict)

    def locate(self, path: Path) -> Position:
        return Position(self.name, *self.places.get(path, (1, 1, 2, 1)))

    def excerpt(self, first: int, last: int, file: str) -> list[tuple[int, str]]:  # noqa: ARG002
        lines = self.text.splitlines()
        return [(n, lines[n - 1]) for n in range(max(first, 1), min(last, len(lines)) + 1)]


PEER = ("spec", "ingress", 0, "from", 1)
PAGE = Page("k8s/shop/api.yaml", POLICY, {PEER: (14, 7, 16, 5), ("spec", "podSelector"): (8, 5, 9, 3)})
PROPERTIES = Page("netpol.yaml", "x\n" * 20, {("p",): (9, 5, 12, 1)})

NAMESPACE = Page("k8s/ns.yaml", "kind: Namespace\nmetadata:\n  name: shop\n", {("metadata", "name"): (3, 9, 3, 13)})
SHOP = Namespace("shop", {"kubernetes.io/metadata.name": "shop"}, origin=Origin(NAMESPACE))
OPS = Namespace("ops-1", {"kubernetes.io/metadata.name": "ops-1", "team": "ops"})
API = Workload(
    "Deployment", "shop", "api", {"role": "api"}, origin=Origin(Page("k8s/shop/api-deploy.yaml", "kind: Deployment\n"))
)

STRANGER = Endpoint(Kind.POD, ip_address("10.244.7.9"), OPS)
SERVER = Endpoint(Kind.POD, ip_address("10.244.3.4"), SHOP, {"role": "api"}, workload=API)
OUTSIDE = Endpoint(Kind.EXTERNAL, ip_address("203.0.113.7"))

RULE = Citation("NetworkPolicy", "shop", "api-metrics", "ingress[0].from[1]", Origin(PAGE, PEER))
WHOLE = Citation("NetworkPolicy", "shop", "api-metrics", None, Origin(PAGE, ("spec", "podSelector")))

FREE = Leg(
    Direction.EGRESS,
    (
        Step("NetworkPolicy", Action.NEXT, "no policy selects the pod for egress"),
        Step("default", Action.ALLOW, "nothing else decides, and the default is to allow"),
    ),
    frozenset({True}),
)
ADMITTED = Leg(
    Direction.INGRESS,
    (Step("NetworkPolicy", Action.ALLOW, "NetworkPolicy shop/api-metrics allows it", RULE),),
    frozenset({True}),
)
REFUSED = Leg(
    Direction.INGRESS,
    (Step("NetworkPolicy", Action.DENY, "the pod is isolated for ingress and no rule matches", WHOLE),),
    frozenset({False}),
)
UNPROTECTED = Leg(
    Direction.INGRESS,
    (
        Step("NetworkPolicy", Action.NEXT, "no policy selects the pod for ingress"),
        Step("default", Action.ALLOW, "nothing else decides, and the default is to allow"),
    ),
    frozenset({True}),
)


ONLY = Only()


def prop(claim: Claim = ONLY, name: str = "only-monitoring", **more: object) -> Property:
    return Property(name, claim, "only role=monitoring -> role=api : TCP/5000", **more)  # type: ignore[arg-type]


def leak(**changes: object) -> Witness:
    values: dict[str, object] = {
        "source": STRANGER,
        "destination": SERVER,
        "protocol": Protocol.TCP,
        "port": 5000,
        "allowed": True,
        "hypothetical": True,
        "egress": FREE,
        "ingress": ADMITTED,
    }
    return Witness(**(values | changes))  # type: ignore[arg-type]


VIOLATED = Result(
    prop(origin=Origin(PROPERTIES, ("p",))),
    Verdict.VIOLATED,
    leak(),
    suggestions=(Suggestion("only role=monitoring -> shop/role=api : TCP/5000", "it names the namespace"),),
)
PROVED = Result(prop(name="no-cloud-metadata"), Verdict.PROVED, notes=("nothing gets through at all",))
UNKNOWN = Result(
    prop(name="blocks"),
    Verdict.UNKNOWN,
    leak(switches={"ipblock_pods": "match"}),
    depends_on=("ipblock_pods",),
    reason="some settings break it and some do not",
)
VACUOUS = Result(prop(name="nobody"), Verdict.VACUOUS, reason="no pod in scope meets `to`")
ACCEPTED = Result(
    prop(origin=Origin(PROPERTIES, ("p",))),
    Verdict.ACCEPTED,
    leak(),
    accepted=(
        Acceptance(
            "only-monitoring",
            (Flow(None, None, TRUE, "ops-1/* -> role=api"),),
            "a <b>migration</b>",
            "@team-ops",
            date(2027, 1, 31),
            Origin(PROPERTIES, ("p",)),
        ),
    ),
)
NOT_ISOLATED = Result(
    prop(Isolated(), name="default-deny"),
    Verdict.VIOLATED,
    Witness(None, SERVER, None, None, True, False, ingress=UNPROTECTED),
)


def report(*results: Result, **more: object) -> CheckReport:
    return CheckReport("open", results, Counts(4, 3, 2), **more)  # type: ignore[arg-type]
