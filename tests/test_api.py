"""The front door: `import verifier`."""

import subprocess
import sys

import pytest

import verifier

MANIFEST = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress:
  - from:
    - podSelector: {matchLabels: {role: monitoring}}
    ports: [{port: 5000}]
"""


def test_a_claim_about_a_text_is_proved_or_broken_with_a_witness() -> None:
    loaded = verifier.load_text(MANIFEST)
    proved, broken = verifier.check(
        loaded.cluster,
        [
            verifier.parse_expression("only shop/role=monitoring -> shop/app=api"),
            verifier.parse_expression("never shop/* -> shop/app=api : TCP/5000"),
        ],
    )

    assert proved.verdict is verifier.Verdict.PROVED
    assert broken.verdict is verifier.Verdict.VIOLATED
    assert broken.witness is not None
    assert broken.witness.source is not None
    assert broken.witness.source.labels["role"] == "monitoring"
    assert broken.witness.port == 5000


def test_every_public_name_is_there() -> None:
    assert dir(verifier) == sorted(verifier.__all__)
    assert [name for name in verifier.__all__ if getattr(verifier, name, None) is None] == []


def test_the_list_of_names_and_their_homes_agree() -> None:
    assert set(verifier.__all__) == set(verifier._HOME)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="prove"):
        verifier.prove  # noqa: B018


def test_errors_share_one_root() -> None:
    with pytest.raises(verifier.NetpolError) as caught:
        verifier.load_text("kind: [")

    assert isinstance(caught.value, verifier.InputError)
    assert caught.value.diagnostics[0].file == "<text>"


def test_importing_costs_no_solver() -> None:
    code = "import sys, verifier; print(sorted({'z3', 'yaml', 'pydantic', 'click'} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
