"""Large clusters repeat themselves: equal bodies share their terms, and a question takes only what bears on it."""

from tests.engine.asking import claim, cluster, verdict
from verifier.encoding.question import encode
from verifier.engine.problem.problem import Context, problem_of
from verifier.engine.problem.switches import settle
from verifier.ir.universe import OPEN

BODY = """
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: team-%d, name: policy-%d}
spec:
  podSelector: {matchLabels: {app: app-%d}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: [{podSelector: {matchLabels: {role: web}}}, {namespaceSelector: {matchLabels: {team: ops}}}]
    ports: [{port: 80}]
  egress: [{to: [{podSelector: {}}]}]
"""


def teams(policies: int, namespaces: int, bodies: int) -> str:
    return "".join(BODY % (i % namespaces, i, i % bodies) for i in range(policies))


def script(manifests: str, text: str) -> int:
    """The size of the script that asks the question."""
    context = Context(cluster(manifests), OPEN, settle())
    return len(encode(problem_of(context, claim(text).claim, "")[0]).script.text())


def test_equal_bodies_in_many_namespaces_share_their_terms() -> None:
    """One term for each body, whatever the number of policies that have it."""
    few, many, different = teams(100, 50, 1), teams(2000, 1000, 1), teams(2000, 1000, 2000)
    text = "only {}/role=web -> {}/* : TCP/80"

    assert script(many, text) * 50 < script(different, text)
    assert script(many, text) < 2 * script(few, text)


def test_a_namespace_that_is_named_leaves_out_the_rest() -> None:
    """Bodies that differ share nothing, but only those of the namespace are written down."""
    manifests = teams(1000, 500, 1000)

    one, all_of_them = script(manifests, "never team-3/* -> team-3/app=app-3"), script(manifests, "never {}/* -> {}/*")

    assert one * 20 < all_of_them


def test_the_slice_keeps_the_sources_own_policies() -> None:
    manifests = teams(200, 100, 200)
    in_team_3, across = "{kubernetes.io/metadata.name=team-3}", "never team-4/app=app-4 -> team-3/app=app-3"

    assert verdict(manifests, across) == "proved"
    assert verdict(manifests, f"always team-3/app=app-3,role=web -> {in_team_3}/app=app-3 : TCP/80") == "proved"
    assert verdict(manifests, "never team-3/role=web -> team-3/app=app-3 : TCP/80") == "violated"
    assert verdict(manifests, "never team-4/app=x,role=web -> team-3/app=app-3 : TCP/80") == "violated"
