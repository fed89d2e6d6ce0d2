"""Rules of an AuthorizationPolicy, read and checked as Istio's webhook does (docs/semantics.md 7, I-val)."""

from collections.abc import Iterator, Mapping

from verifier.manifests.kubernetes.fields import Field, meant, quoted
from verifier.manifests.kubernetes.istio.spec import OF_IDENTITY, Action, Alternative, Attribute, Clause, Rule, Test
from verifier.manifests.kubernetes.istio.values import read_values

_SOURCE: Mapping[str, Attribute] = {
    "principals": Attribute.PRINCIPAL,
    "requestPrincipals": Attribute.HTTP,
    "namespaces": Attribute.NAMESPACE,
    "serviceAccounts": Attribute.ACCOUNT,
    "trustDomains": Attribute.TRUST_DOMAIN,
    "ipBlocks": Attribute.SOURCE_ADDRESS,
    "remoteIpBlocks": Attribute.UNSEEN,
}
_OPERATION: Mapping[str, Attribute] = {
    "hosts": Attribute.HTTP,
    "ports": Attribute.PORT,
    "methods": Attribute.HTTP,
    "paths": Attribute.HTTP,
}
_KEYS: Mapping[str, Attribute] = {
    "source.ip": Attribute.SOURCE_ADDRESS,
    "remote.ip": Attribute.UNSEEN,
    "source.namespace": Attribute.NAMESPACE,
    "source.serviceAccount": Attribute.ACCOUNT,
    "source.principal": Attribute.PRINCIPAL,
    "request.auth.principal": Attribute.HTTP,
    "request.auth.audiences": Attribute.HTTP,
    "request.auth.presenter": Attribute.HTTP,
    "destination.ip": Attribute.ADDRESS,
    "destination.port": Attribute.PORT,
    "connection.sni": Attribute.UNSEEN,
}
"""What the key of a condition asks for."""
_OPEN_KEYS: Mapping[str, Attribute] = {
    "request.headers": Attribute.HTTP,
    "request.auth.claims": Attribute.HTTP,
}
"""Keys that go on with a name in brackets."""
_FILTERS = "experimental.envoy.filters."
_KNOWN_KEYS = (*_KEYS, *(f"{key}[NAME]" for key in _OPEN_KEYS), f"{_FILTERS}*")


def read_rules(field: Field, action: Action) -> tuple[Rule, ...]:
    found = []
    for item in field.items():
        if item.value is None:
            item.reject("null-rule", f"`{item}` is null", "write `{}` for a rule that always matches, or remove it")
        found.append(_rule(item, action))
    return tuple(found)


def _rule(field: Field, action: Action) -> Rule:
    sources, operations, conditions = field.fields("from", "to", "when")
    clauses = [
        _clause(sources, "source", _SOURCE),
        _clause(operations, "operation", _OPERATION),
        *_conditions(conditions),
    ]
    rule = tuple(clause for clause in clauses if clause is not None)
    if action is Action.CUSTOM:
        _refuse_identity(sources, conditions)
    return rule


def _clause(field: Field, inner: str, known: Mapping[str, Attribute]) -> Clause | None:
    """One of the sources, or of the operations; None where there is no such list."""
    if field.value is None:
        return None
    _refuse_empty(field, f"remove `{field.path[-1]}`: without it any {inner} will do")
    return tuple(_alternative(item, inner, known) for item in field.items())


def _alternative(field: Field, inner: str, known: Mapping[str, Attribute]) -> Alternative:
    names = [name for plain in known for name in (plain, f"not{plain[0].upper()}{plain[1:]}")]
    stray = [name for name in field.mapping() if name in names]
    (given,) = field.fields(inner, hints=lambda _, name, __: f"put it under `{inner}`" if name in stray else None)
    if given.value is None:
        if isinstance(field.value, dict | None) and not stray:
            field.reject("empty", f"`{field}` has no `{inner}`", f"one of {', '.join(names)} under `{inner}`")
        return ()
    tests = []
    for name, item in zip(names, given.fields(*names), strict=True):
        plain = next(p for p in known if name in (p, f"not{p[0].upper()}{p[1:]}"))
        values = read_values(item, known[plain], plain)
        if values:
            tests.append(Test(known[plain], plain, values, name != plain))
    if not any(given.mapping().values()) and isinstance(given.value, dict):
        given.reject("empty", f"`{given}` says nothing", f"one of {', '.join(names)}")
    _refuse_mixed(given)
    return tuple(tests)


def _refuse_mixed(source: Field) -> None:
    """Accounts stand beside neither principals nor namespaces."""
    given = {name for name, value in source.mapping().items() if value}
    others = sorted(given & {"principals", "notPrincipals", "namespaces", "notNamespaces"})
    accounts = sorted(given & {"serviceAccounts", "notServiceAccounts"})
    if accounts and others:
        message = f"{quoted(accounts[0])} beside {quoted(others[0])}"
        source.get(accounts[0]).reject("mixed", message, f"make them sources of their own, or remove `{others[0]}`")


def _refuse_empty(field: Field, hint: str) -> None:
    if field.value == []:
        field.reject("empty", f"`{field}` is an empty list", hint)


def _conditions(field: Field) -> Iterator[Clause]:
    _refuse_empty(field, "remove `when`")
    for item in field.items():
        key_field, values_field, others_field = item.fields("key", "values", "notValues")
        key = key_field.text() or ""
        attribute = _attribute(key)
        if attribute is None:
            place = item if key_field.value is None else key_field
            what = f"unknown key {quoted(key)}" if key else "a condition without a `key`"
            place.reject("condition", what, _key_hint(key))
            continue
        values, others = (read_values(each, attribute, key) for each in (values_field, others_field))
        if not values and not others and not (values_field.value or others_field.value):
            item.reject("condition", f"`{item}` has neither `values` nor `notValues`", "give it at least one value")
        tests = (Test(attribute, key, values), Test(attribute, key, others, negated=True))
        yield (tuple(test for test in tests if test.values),)


def _attribute(key: str) -> Attribute | None:
    stem, bracket, rest = key.partition("[")
    if bracket:
        return _OPEN_KEYS.get(stem) if rest.endswith("]") and len(rest) > 1 else None
    if key.startswith(_FILTERS) and len(key) > len(_FILTERS):
        return Attribute.UNSEEN
    return _KEYS.get(key)


def _key_hint(key: str) -> str:
    if key in _OPEN_KEYS:
        return f"with a name in brackets: `{key}[NAME]`"
    return meant(key, _KNOWN_KEYS)


def _refuse_identity(sources: Field, conditions: Field) -> None:
    """What Istio does not take in a policy that asks a provider."""
    for item in sources.items():
        for name, value in item.get("source").mapping().items() if isinstance(item.value, dict) else ():
            plain = f"{name[3:4].lower()}{name[4:]}" if name.startswith("not") else name
            if value and (_SOURCE.get(plain) in OF_IDENTITY or plain == "requestPrincipals"):
                item.get("source").get(name).reject("custom", f"{quoted(name)} in a policy with action CUSTOM", _CUSTOM)
    for item in conditions.items():
        key = item.get("key").value if isinstance(item.value, dict) else None
        attribute = _KEYS.get(key) if isinstance(key, str) else None
        if attribute in OF_IDENTITY or (attribute is Attribute.HTTP and isinstance(key, str)):
            item.get("key").reject("custom", f"{quoted(str(key))} in a policy with action CUSTOM", _CUSTOM)


_CUSTOM = "Istio takes no identity there: let the provider see to it, or write a DENY policy"
