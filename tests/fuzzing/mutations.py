"""Turns good input into bad: bytes, lines, words and structure, by a seeded generator."""

import re
from collections.abc import Callable, Sequence
from random import Random

TOKENS = (
    b"\0", b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\xc2\x85", b"\x1b[2J", b"\x7f",
    b"\r", b"\t", b"\n---\n", b"\n...\n", b"%YAML 9.9\n---\n", b"\xe2\x80\xa9", b"\xe2\x80\xa8---\xe2\x80\xa8",
    b"\xc2\x85---\xc2\x85", b"\r---\r", b"\r\n---\r\n", b"\n--- !!map\n", b"\n--- # x\n", b"\n---#\n",
    b"\n---\xc2\xa0\n", b"\n---\n\xef\xbb\xbf", b"\xc2\xa0{", b"\x0c", b"\\/", b"!,", b"items: []\n", b"kind: List\n",
    b"finalizers: [", b"ownerReferences: [{", b"creationTimestamp: ", b"generateName: ", b"annotations: {",
    b"&a ", b"*a", b"<<: ", b"? ", b": ", b"- ", b"!!int ",
    b"!!binary ", b"!!python/object:os.system ", b"!x!y ", b"| ", b">-\n", b"{{ .Values.x }}", b"${X}", b"[", b"]",
    b"{", b"}", b"'", b'"', b"#", b",", b"null", b"~", b"{}", b"[]", b"''", b"true", b"yes", b"0777", b"0x1F", b"1_0",
    b".inf", b"-.nan", b"1e999", b"-1", b"0", b"65536", b"99999999999999999999", b"1:30", b"2027-02-30", b"=",
    b"10.0.0.0/33", b"::/129", b"1.2.3", b"010.0.0.1/8", b"fe80::1%eth0/64", b"kube-system", b"kind", b"spec",
    b"apiVersion", b"podSelector", b"namespaceSelector", b"matchLabels", b"matchExpressions", b"values", b"operator",
    b"NotIn", b"Exists", b"ipBlock", b"except", b"cidr", b"ports", b"endPort", b"protocol", b"SCTP", b"from", b"to",
    b"ingress", b"egress", b"policyTypes", b"metadata", b"labels", b"namespace", b"name", b"List", b"items", b" -> ",
    b"endpointSelector", b"fromEndpoints", b"toEntities", b"toCIDRSet", b"cidrGroupRef", b"toPorts", b"toFQDNs",
    b"enableDefaultDeny", b"ingressDeny", b"specs", b"k8s:", b"reserved:host", b"icmps", b"rules", b"port: \"0\"",
    b" : ", b"only ", b"external", b"node", b"*/*", b"{}/*", b"!", b"(a,b)", b" notin ", b"kubernetes.io/metadata.name",
    b"projectcalico.org/v3", b"GlobalNetworkPolicy", b"StagedNetworkPolicy", b"order: ", b"tier: ", b"selector: ",
    b"has(", b"all()", b"global()", b" && ", b" || ", b"==", b"!=", b"starts with", b"notSelector: ", b"nets: ",
    b"rules", b"action", b"DENY", b"source", b"operation", b"when", b"key", b"notValues", b"principals",
    b"serviceAccounts", b"targetRefs", b"mtls", b"mode", b"STRICT", b"portLevelMtls", b"istio.io/dry-run",
)  # fmt: skip

_WORD = re.compile(rb"[A-Za-z0-9_./-]+")
_LARGEST = 200_000

Mutation = Callable[[bytes, Random, Sequence[bytes]], bytes]


def mutated(data: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """`data` after a few mutations; `others` lend their parts."""
    for _ in range(random.choice((1, 1, 1, 1, 1, 1, 2, 2, 3, 8))):
        data = random.choice(_MUTATIONS)(data, random, others)[:_LARGEST]
    return data


def _flip(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    place = random.randrange(len(data) + 1)
    return data[:place] + bytes([random.randrange(256)]) + data[place + 1 :]


def _insert(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    place = random.randrange(len(data) + 1)
    return data[:place] + random.choice(TOKENS) + data[place:]


def _cut(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    start, end = sorted(random.randrange(len(data) + 1) for _ in range(2))
    return data[:start] + data[min(end, start + random.choice((1, 3, 20, 400))) :]


def _truncate(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _repeat(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    start, end = sorted(random.randrange(len(data) + 1) for _ in range(2))
    piece = data[start : min(end, start + 300)]
    return data[:start] + piece * random.choice((2, 2, 3, 30, 1000 if len(piece) < 30 else 2)) + data[end:]


def _word(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    """Another word in the place of one."""
    words = list(_WORD.finditer(data))
    if not words:
        return data
    old = random.choice(words)
    new = random.choice(TOKENS) if random.random() < 0.6 else random.choice(words).group()
    return data[: old.start()] + new + data[old.end() :]


def _number(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    """A number made longer, negative, or of another base."""
    numbers = list(re.finditer(rb"[0-9]+", data))
    if not numbers:
        return data
    old = random.choice(numbers)
    digits = random.choice(
        (b"9" * random.choice((5, 20, 400, 5000)), b"-" + old.group(), b"0x" + old.group(), b"1e309")
    )
    return data[: old.start()] + digits + data[old.end() :]


def _lines(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    """A line removed, doubled, moved or indented otherwise."""
    lines = data.split(b"\n")
    place, to = random.randrange(len(lines)), random.randrange(len(lines))
    match random.randrange(5):
        case 0:
            del lines[place]
        case 1:
            lines.insert(to, lines[place])
        case 2:
            lines[place], lines[to] = lines[to], lines[place]
        case 3:
            lines[place] = b" " * random.choice((1, 2, 3)) + lines[place]
        case _:
            lines[place] = lines[place].lstrip() if random.random() < 0.3 else lines[place][2:]
    return b"\n".join(lines)


def _splice(data: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """The beginning of one input and the end of another, cut at lines."""
    mine, theirs = data.split(b"\n"), random.choice(others).split(b"\n")
    return b"\n".join((*mine[: random.randrange(len(mine) + 1)], *theirs[random.randrange(len(theirs) + 1) :]))


def _nest(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    """Something wrapped in very many brackets, or indented very far."""
    place, depth = random.randrange(len(data) + 1), random.choice((3, 100, 251, 3000, 30_000))
    opening, closing = random.choice(((b"[", b"]"), (b"{a: ", b"}"), (b'{"a":', b"}"), (b"- ", b""), (b"? ", b"")))
    return data[:place] + opening * depth + closing * random.choice((depth, 0)) + data[place:]


def _aliases(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    """An alias bomb in front."""
    depth, width = random.choice((2, 5, 30)), random.choice((2, 10))
    bomb = b"x0: &x0 [1]\n" + b"".join(
        b"x%d: &x%d [%s]\n" % (n, n, b", ".join([b"*x%d" % (n - 1)] * width)) for n in range(1, depth)
    )
    return bomb + data


_MUTATIONS: tuple[Mutation, ...] = (
    _flip, _flip, _insert, _insert, _insert, _cut, _truncate, _repeat, _word, _word, _word, _word, _number,
    _lines, _lines, _lines, _splice, _nest, _aliases,
)  # fmt: skip
