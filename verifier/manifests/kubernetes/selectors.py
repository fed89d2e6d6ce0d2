"""Label selectors and labels, read and checked as the API server does (docs/semantics.md 2.3, 2.4; V11)."""

from collections.abc import Collection

from verifier.ir.labels import EVERYTHING, OF_KUBERNETES, Operator, Requirement, Selector, is_label_key, is_label_value
from verifier.manifests.kubernetes.fields import Field, meant, quoted
from verifier.manifests.kubernetes.misplaced import where_it_belongs

_KEY_HINT = "a name of at most 63 letters, digits, `-`, `_` and `.`, after an optional `dns.prefix/`"
_VALUE_HINT = "empty, or at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends"


def read_selector(field: Field) -> Selector:
    """The selector that `field` holds; null, `{}` and a selector of empty lists select everything."""
    labels, expressions = field.fields("matchLabels", "matchExpressions", hints=_outside)
    requirements = [
        Requirement(key, Operator.IN, frozenset({value})) for key, value in read_labels(labels, code="V11").items()
    ]
    for expression in expressions.items():
        requirement = _expression(expression)
        if requirement is not None:
            requirements.append(requirement)
    return Selector(frozenset(requirements)) if requirements else EVERYTHING


_OF_RULES = frozenset({"policyTypes", "ingress", "egress", "ports"})


def _outside(field: Field, name: str, known: Collection[str]) -> str | None:
    """A hint where labels stand beside `matchLabels`, or where what follows a selector is indented too far."""
    if name in _OF_RULES:
        return where_it_belongs(field, name, known)
    is_label = isinstance(field.mapping()[name], str) and is_label_key(name)
    return f"{quoted(name)} is a label: put it below `matchLabels:`" if is_label else None


def read_labels(field: Field, *, code: str = "label") -> dict[str, str]:
    """The labels that `field` holds; a null value is the empty one. Syntax errors are reported under `code`."""
    value = field.value
    if isinstance(value, dict) and all(map(_is_plain, value.items())):
        return value.copy()
    labels = {}
    for entry in field.entries():
        key = str(entry.path[-1])
        value = entry.text() or ""
        _check_key(Field(key, entry.path, entry.report), key, code)
        _check_value(entry, value, code)
        labels[key] = value
    return labels


def _is_plain(label: tuple[str, object]) -> bool:
    """True only if nothing is wrong with the label."""
    key, value = label
    return isinstance(value, str) and is_label_value(value) and is_label_key(key)


def _expression(field: Field) -> Requirement | None:
    key_field, operator_field, values_field = field.fields("key", "operator", "values")
    key = key_field.text() or ""
    _check_key(key_field, key, "V11")
    values = []
    for item in values_field.items():
        value = item.text() or ""
        _check_value(item, value, "V11")
        values.append(value)
    spelled = operator_field.text() or ""
    if spelled not in OF_KUBERNETES:
        if spelled:
            what = f"unknown operator {quoted(spelled)} in matchExpressions"
        else:
            what = "an expression without an operator"
        operator_field.reject("V11", what, meant(spelled, [str(o) for o in OF_KUBERNETES]))
        return None
    operator = Operator(spelled)
    if operator in (Operator.IN, Operator.NOT_IN):
        if not values:
            values_field.reject("V11", f"`{operator}` needs at least one value")
    elif values:
        values_field.reject("V11", f"`{operator}` takes no values", "remove `values`, or use In or NotIn")
    return Requirement(key, operator, frozenset(values))


def _check_key(field: Field, key: str, code: str) -> None:
    if not is_label_key(key):
        field.reject(code, f"{quoted(key)} is no label key", _KEY_HINT)


def _check_value(field: Field, value: str, code: str) -> None:
    if not is_label_value(value):
        field.reject(code, f"{quoted(value)} is no label value", _VALUE_HINT)
