"""What a worker on another machine does with a parcel. Imports nothing of Dask: any engine could call it."""

from threading import Lock

from verifier.fleet.parcel import pack, program, unpack
from verifier.fleet.result import Failure
from verifier.fleet.task import Outcome, answer

_one_at_a_time = Lock()
"""A worker with several threads answers one task at a time: nothing here was made to share a process."""

OTHER, DONE, FAILED = "other program", "done", "failed"


def answer_parcel(parcel: bytes, packed_by: str, seconds: float | None) -> tuple[str, object]:
    """DONE and the outcome in a parcel; OTHER and which program this is, where it is not the one that packed it: then
    nothing was unpacked; or FAILED and why, in words. All plain, so that any version can read who answers; and never an
    exception: not every one of them finds its way back."""
    try:
        if packed_by != program():
            return OTHER, program()
        with _one_at_a_time:
            task, texts = unpack(parcel)
            return DONE, pack(answer(task, texts, seconds))
    except Exception as error:
        return FAILED, f"{type(error).__name__}: {error}"


def outcome_of(word: str, said: object) -> Outcome:
    """What `answer_parcel` means, but for OTHER."""
    if word == DONE and isinstance(said, bytes):
        outcome: Outcome = unpack(said)
        return outcome
    return Failure(f"a worker failed: {said}")
