"""A field that stands somewhere else than it belongs, a blank that is missing or is none: where, and what to do."""

import pytest

from verifier.errors import Diagnostic, InputError
from verifier.manifests.kubernetes.load import load_text

HEAD = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
"""
INDENT = "a field stands below the first letter of the one before it, or of one further out"
TWO_FIELDS = "quote a value that holds `: `; or this line is indented too far, as the one above has a value already"
NODES = "no NetworkPolicy selects nodes: an `ipBlock` with their addresses does"
LABELS = "[{from: [{podSelector: {app: web}}]}]"
GLUED = "a blank is missing after the colon of"


def mistakes(text: str) -> list[Diagnostic]:
    with pytest.raises(InputError) as caught:
        load_text(text)
    return [d for d in caught.value.diagnostics if d.hint is not None]


def hints(spec: str) -> list[tuple[int | None, int | None, str | None]]:
    return [(d.line, d.column, d.hint) for d in mistakes(f"{HEAD}spec:\n  podSelector: {{}}\n{spec}")]


@pytest.mark.parametrize(
    ("spec", "place", "hint"),
    [
        (
            "  ingress:\n  - from:\n    - ipBlock:\n      cidr: 10.0.0.0/8\n",
            (9, 7),
            "`cidr` is a field of `ipBlock`: indent it below",
        ),
        (
            "  ingress:\n  - from:\n    - podSelector:\n      matchLabels: {a: b}\n",
            (9, 7),
            "`matchLabels` is a field of `podSelector`: indent it below",
        ),
        (
            "  ingress:\n  - from:\n    - podSelector: {}\n      ports: [{port: 80}]\n",
            (9, 7),
            "`ports` is a field of an item of `ingress`: indent it less",
        ),
        (
            "  ingress:\n  - podSelector: {}\n",
            (7, 5),
            "`podSelector` is a field of an item of `from`: put it below `from:`, with a dash",
        ),
        (
            "  egress:\n  - port: 80\n",
            (7, 5),
            "`port` is a field of an item of `ports`: put it below `ports:`, with a dash",
        ),
        ("policyTypes: [Ingress]\n", (6, 1), "`policyTypes` is a field of `spec`: indent it below"),
        ("  metadata: {}\n", (6, 3), "`metadata` is a field of the object itself: indent it less"),
        ("  nodeSelector: {}\n", (6, 3), NODES),
        ("  ingress: {}\n", (6, 12), "the empty list is `[]`; a list with one empty item is `[{}]`"),
        (f"  ingress: {LABELS}\n", (6, 36), "`app` is a label: put it below `matchLabels:`"),
        ("  ingress: [{ports: [{port:80}]}]\n", (6, 23), "a blank is missing after the colon of `port:`"),
        ("  ingress:\n  - from:\n    - podSelector:{}\n", (8, 7), f"{GLUED} `podSelector:`"),
        ("  policyTypes:[Ingress]\n", (6, 3), "a blank is missing after the colon of `policyTypes:`"),
        (
            "\u00a0 ingress: []\n",
            (6, 1),
            "a no-break space (U+00A0) stands here, which YAML takes for a letter: write a blank",
        ),
        ("\tingress: []\n", (6, 1), "indent with blanks only"),
        ("   ingress: []\n", (6, 4), INDENT),
        ("  policyTypes: Ingress: x\n", (6, 23), TWO_FIELDS),
        ("  ingress:\n  - ports: []\n   from: []\n", (8, 4), INDENT),
    ],
)  # fmt: skip
def test_the_hint_says_where_it_belongs(spec: str, place: tuple[int, int], hint: str) -> None:
    assert hints(spec)[0] == (*place, hint)


@pytest.mark.parametrize("name", ["podSelectr", "ingres", "policytypes"])
def test_a_slip_of_the_pen_is_told_as_one(name: str) -> None:
    (found,) = mistakes(f"{HEAD}spec: {{{name}: []}}\n")

    assert (found.hint or "").startswith("did you mean")


def test_a_selector_that_holds_what_follows_it_is_told_where_that_belongs() -> None:
    (found,) = mistakes(f"{HEAD}spec:\n  podSelector:\n    policyTypes: [Ingress]\n")

    assert found.hint == "`policyTypes` is a field of `spec`: indent it less"


def test_a_colon_of_a_url_wants_no_blank() -> None:
    with pytest.raises(InputError) as caught:
        load_text(f"{HEAD}spec: {{podSelector: {{}}, ingress: 'https://example.org'}}\n")

    assert [d.hint for d in caught.value.diagnostics] == [None]
