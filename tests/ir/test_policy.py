"""Joining policy sets, and profiles' tables of switches."""

from tests.engine.asking import DENY_ALL, cluster, policy
from verifier.ir.merging import merge
from verifier.ir.policy import NO_POLICIES, Action, Direction, Pipe, PolicySet, Stage
from verifier.ir.switches import OPEN, SWITCHES, concrete


def test_nothing_is_neutral_in_joining() -> None:
    some = cluster(policy("shop", "deny", DENY_ALL)).policies

    assert merge(some, NO_POLICIES) == some
    assert merge(NO_POLICIES, some) == some


def test_stages_of_one_name_are_joined() -> None:
    one = cluster(policy("shop", "a", DENY_ALL)).policies
    other = cluster(policy("ops", "b", DENY_ALL)).policies

    joined = merge(one, other)

    assert joined.objects == one.objects + other.objects
    for direction in Direction:
        [stage] = joined.pipe(direction).stages
        assert [selects.namespace for selects in stage.applies or ()] == ["shop", "ops"]
        assert (stage.name, stage.end) == ("NetworkPolicy", "deny")


def test_a_full_setting_takes_what_was_chosen_then_what_is_fixed() -> None:
    switches = {name: switch.default for name, switch in SWITCHES.items()}

    full = concrete({**switches, "sctp": "no"}, {"ipblock_pods": "never"})

    assert full["ipblock_pods"] == "never"
    assert full["sctp"] == "no"
    assert OPEN not in full.values()
    assert set(full) == set(SWITCHES)


def test_stages_that_only_one_set_has_keep_their_place() -> None:
    def named(*names: str) -> PolicySet:
        pipe = Pipe(tuple(Stage(name, (), (), Action.DENY) for name in names))
        return PolicySet(pipe, pipe)

    tiers, templates = named("Admin", "NetworkPolicy", "Baseline"), named("NetworkPolicy", "rest")

    assert merge(tiers, templates) == named("Admin", "NetworkPolicy", "rest", "Baseline")
    assert merge(templates, tiers) == named("Admin", "NetworkPolicy", "Baseline", "rest")
