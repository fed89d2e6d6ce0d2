"""Selectors of identities, as Cilium has them: labels with a source (docs/semantics.md 6.2)."""

from verifier.ir.labels import Operator, is_label_key, is_label_value
from verifier.manifests.kubernetes.cilium.spec import ANY, K8S, RESERVED, Identities, Line
from verifier.manifests.kubernetes.fields import Field, meant, quoted

SOURCES = (K8S, ANY, RESERVED, "container", "cni", "cidr", "cidrgroup", "fqdn", "node", "mesos", "unspec")
_RESERVED_NAMES = (
    "host", "world", "world-ipv4", "world-ipv6", "remote-node", "kube-apiserver", "health", "init", "unmanaged",
    "ingress",
)  # fmt: skip
_KEY_HINT = "`source:key` or just a key: a name of at most 63 letters, digits, `-`, `_` and `.`, after a `dns.prefix/`"
_VALUE_HINT = "empty, or at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends"


def read_identities(field: Field) -> Identities:
    """The selector that `field` holds; `{}` selects everything."""
    labels, expressions = field.fields("matchLabels", "matchExpressions")
    lines: list[Line] = []
    for entry in labels.entries():
        source, key = _key(Field(str(entry.path[-1]), entry.path, entry.report))
        value = entry.text() or ""
        _check_value(entry, value)
        lines.append(Line(source, key, Operator.IN, frozenset({value}), is_label=True))
    for item in expressions.items():
        line = _expression(item)
        lines += [line] if line is not None else []
    return Identities(tuple(lines))


def _expression(field: Field) -> Line | None:
    key_field, operator_field, values_field = field.fields("key", "operator", "values")
    source, key = _key(key_field)
    values = []
    for item in values_field.items():
        value = item.text() or ""
        _check_value(item, value)
        values.append(value)
    spelled = operator_field.text() or ""
    if spelled not in tuple(Operator):
        what = f"unknown operator {quoted(spelled)}" if spelled else "an expression without an operator"
        operator_field.reject("V11", f"{what} in matchExpressions", meant(spelled, [str(o) for o in Operator]))
        return None
    operator = Operator(spelled)
    if operator in (Operator.IN, Operator.NOT_IN) and not values:
        values_field.reject("V11", f"`{operator}` needs at least one value")
    elif operator in (Operator.EXISTS, Operator.DOES_NOT_EXIST) and values:
        values_field.reject("V11", f"`{operator}` takes no values", "remove `values`, or use In or NotIn")
    return Line(source, key, operator, frozenset(values))


def _key(field: Field) -> tuple[str, str]:
    """The source and the key; a key without source means any."""
    text = field.text() or ""
    source, colon, rest = text.partition(":")
    key = rest if colon else text
    if not is_label_key(key) or (colon and not source):
        field.reject("V11", f"{quoted(text)} is no label key", _KEY_HINT)
    elif colon and source not in SOURCES:
        field.warn(
            "source", f"{quoted(text)}: no label has the source {quoted(source)}", meant(source, (K8S, RESERVED))
        )
    elif source == RESERVED and colon and key not in _RESERVED_NAMES:
        field.warn("source", f"{quoted(text)} is no reserved label, so nobody has it", meant(key, _RESERVED_NAMES))
    return (source if colon else ANY), key


def _check_value(field: Field, value: str) -> None:
    if not is_label_value(value):
        field.reject("V11", f"{quoted(value)} is no label value", _VALUE_HINT)
