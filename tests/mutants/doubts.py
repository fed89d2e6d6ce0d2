"""What nobody can say of two things is told as one."""

from tests.mutants.fault import Fault

_ISTIO = "verifier/manifests/kubernetes/istio"
_CILIUM = "verifier/manifests/kubernetes/cilium"
_CALICO = "verifier/manifests/kubernetes/calico"

DOUBTS = (
    Fault(
        "doubts: what a waypoint refuses does not hang on the rules",
        f"{_ISTIO}/lowering.py",
        "{told(_rules(policy))}",
        "",
    ),
    Fault(
        "doubts: gateways of one name in two namespaces are one",
        f"{_ISTIO}/lowering.py",
        'f"{target} of {policy.namespace}"',
        "str(target)",
    ),
    Fault(
        "doubts: a policy that allows at a waypoint refuses what no other allows",
        f"{_ISTIO}/lowering.py",
        "        together = allowing if policy.action is Action.ALLOW else []\n",
        "        together = []\n",
    ),
    Fault(
        "doubts: which PeerAuthentication is the oldest is one question, whatever they say",
        f"{_ISTIO}/mutualtls.py",
        "{p.namespace}/{p.name} {_content(p)}",
        "{p.namespace}/{p.name}",
    ),
    Fault(
        "doubts: ICMP messages of any type are the same",
        f"{_CILIUM}/ports.py",
        "{family.text() or 'IPv4'} {told(kind.value)}",
        "{family.text() or 'IPv4'}",
    ),
    Fault(
        "doubts: what a proxy of its own is told is passed over",
        f"{_CILIUM}/ports.py",
        'told(proxied["l7proto"] if len(proxied) == 1 else proxied)',
        'told(proxied["l7proto"])',
    ),
    Fault(
        "doubts: a label of a node is the same from any source",
        f"{_CILIUM}/peers.py",
        "{'' if each.source == ANY else f'{each.source}:'}",
        "",
    ),
    Fault(
        "doubts: a cluster that has a name is called anything",
        f"{_CILIUM}/meaning.py",
        '"the pods of a cluster that has a name"',
        '"the pods of a cluster called `anything`"',
    ),
    Fault(
        "doubts: a backtick is told as another character",
        "verifier/manifests/kubernetes/fields.py",
        '.replace("`", "\\\\u0060")',
        '.replace("`", "\'")',
    ),
    Fault(
        "doubts: of a long text only the beginning counts",
        "verifier/manifests/kubernetes/fields.py",
        ".. {hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}",
        "..",
    ),
    Fault(
        "doubts: what a selector of Services means does not hang on the Services",
        f"{_CILIUM}/meaning.py",
        'facts.behind.written(given.home) if given.sort == "Services" else ""',
        '""',
    ),
    Fault(
        "doubts: pods behind a Service call any port so",
        f"{_CALICO}/services.py",
        "the port `{name}` of the pods of {service}",
        "the port of the pods of {service}",
    ),
    Fault(
        "doubts: what a set is does not hang on its labels",
        f"{_CALICO}/meaning.py",
        " with labels `{own}` is to",
        " is to",
    ),
    Fault(
        "calico: a rule that only logs names no namespace",
        f"{_CALICO}/lowering.py",
        "                    if rule.action is None:\n                        yield Selects(",
        "                    if False:\n                        yield Selects(",
    ),
    Fault(
        "cilium: null rules of a section that denies are rules",
        f"{_CILIUM}/ports.py",
        "if field.mapping().get(name) is not None]",
        "if name in field.mapping()]",
    ),
)
