"""Which dialect and profile a set of manifests is in, where nobody says (docs/semantics.md 1.4, 8)."""

import pytest

from verifier.errors import Diagnostic, Severity
from verifier.ir.origin import Origin, Path, Position
from verifier.ir.policy import Citation
from verifier.manifests.kubernetes.dialects import CALICO, CILIUM, Choice, Dialect, Spoken, choose


class _Nowhere:
    def locate(self, path: Path) -> Position:  # noqa: ARG002
        return Position("file.yaml", 1, 1, 1, 2)

    def excerpt(self, first: int, last: int, file: str) -> list[tuple[int, str]]:  # noqa: ARG002
        return []


def _spoken(dialect: Dialect, name: str) -> Spoken:
    return Spoken(dialect, Citation("Kind", "ns", name), Origin(_Nowhere()))


def _choice(profile: str | None, *spoken: Spoken) -> tuple[Choice, list[Diagnostic]]:
    found: list[Diagnostic] = []
    return choose(profile, spoken, found), found


def test_without_objects_of_a_dialect_the_profile_is_the_named_one_or_none() -> None:
    assert _choice(None) == (Choice(), [])
    assert _choice("kube-network-policies") == (Choice(None, "kube-network-policies"), [])
    assert _choice("calico") == (Choice(CALICO, "calico"), [])


def test_a_profile_chooses_itself_and_says_for_which_object_whatever_the_order() -> None:
    objects = (_spoken(CILIUM, "b"), _spoken(CILIUM, "a"))
    for order in (objects, objects[::-1]):
        choice, (note,) = _choice(None, *order)
        assert (choice.profile, str(choice.chosen_for)) == ("cilium", "Kind ns/a")
        assert note.severity is Severity.NOTE
        assert "profile `cilium`, since the input holds Kind ns/a" in note.message


def test_the_neutral_profile_goes_with_every_dialect() -> None:
    assert _choice("k8s", _spoken(CALICO, "a")) == (Choice(CALICO, "k8s"), [])


@pytest.mark.parametrize("profile", ["calico", "kube-network-policies"])
def test_the_profile_of_another_plugin_is_refused(profile: str) -> None:
    _, (error,) = _choice(profile, _spoken(CILIUM, "a"))
    assert error.severity is Severity.ERROR
    assert "another plugin" in error.message
    assert error.hint is not None
    assert "`cilium`" in error.hint


@pytest.mark.parametrize("profile", [None, "k8s", "cilium"])
def test_dialects_of_two_plugins_are_refused(profile: str | None) -> None:
    _, (error,) = _choice(profile, _spoken(CILIUM, "a"), _spoken(CALICO, "b"))
    assert (error.severity, error.code) == (Severity.ERROR, "two-plugins")
