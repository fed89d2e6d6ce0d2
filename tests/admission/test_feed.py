"""What is told of the stored state, and what becomes of too much of it."""

from tests.admission.client import policy
from tests.admission.desks import Bench, entry
from verifier.admission import feed
from verifier.admission.feed import Feed, Lost, Seen


def test_too_much_is_forgotten_and_says_so() -> None:
    told, name_and_entry = Feed(), entry(policy("shop", "one", ingress=[]))
    for _ in range(feed._MOST):
        told.tell(Seen("all", *name_and_entry))
    assert told.overflows == 0
    told.tell(Seen("other", *name_and_entry))

    assert told.overflows == 1
    assert list(told.take()) == [Lost(scope, "more changes than could be taken in") for scope in ("all", "other")]


def test_nothing_stands_while_something_is_missing() -> None:

    bench = Bench([])
    bench.lose()
    bench.desk.settle()
    assert bench.desk.stand() is None

    bench.list()
    bench.desk.settle()
    assert bench.desk.stand() is not None
    assert not bench.desk.wrong
