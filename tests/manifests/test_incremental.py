"""Manifests that are held and changed: what moved in its file is cited where it stands now."""

from verifier.ir.policy import Citation
from verifier.manifests.kubernetes.incremental import Incremental
from verifier.manifests.kubernetes.load import Options

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
POLICY = (
    '{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", '
    '"metadata": {"name": "NAME", "namespace": "shop"}}\n'
)


def place(held: Incremental, name: str) -> str:
    (found,) = (one for one in held.cluster.policies.objects if one.name == name)
    assert isinstance(found, Citation)
    assert found.origin is not None
    return str(found.origin.position)


def test_json_that_moves_is_cited_at_its_new_line() -> None:
    """A review's find: offsets that were found before the move stayed those of the old text."""
    first, second = POLICY.replace("NAME", "first"), POLICY.replace("NAME", "second")
    held = Incremental({"n": NAMESPACE, "b": first + second}, Options())
    assert (place(held, "first"), place(held, "second")) == ("b:1:1", "b:2:1")

    touched = held.update({"b": "\n\n" + first + second})

    assert touched is not None  # nothing was read afresh
    assert (place(held, "first"), place(held, "second")) == ("b:3:1", "b:4:1")
