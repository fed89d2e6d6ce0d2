"""The pods of StatefulSets, which have labels with their name and number (docs/semantics.md 1.6)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from .choices import POD_INDEX, POD_NAME
from .labels import Plain, mentioned
from .rules import Workload


def numbered(workloads: Iterable[Workload], selectors: Iterable[Plain], apart: str | None = None) -> list[Workload]:
    """The workloads, those that number their pods once for each number that selectors mention and once, or twice where
    values of one of these keys are held `apart`, for all others."""
    values = mentioned(selectors)
    if apart is not None:
        values.setdefault(apart, set())
    listed = list(workloads)
    written = [w for w in listed if w.single and POD_NAME in w.labels]
    found: list[Workload] = []
    for workload in listed:
        if workload.first is None or not {POD_NAME, POD_INDEX} & values.keys():
            found.append(workload)
            continue
        said = set(_numbers(workload, values))
        more = 2 if apart in (POD_NAME, POD_INDEX) else 1
        others = [n for n in range(workload.first, workload.first + len(said) + 2) if n not in said][:more]
        for number in (*sorted(said), *others):
            labels = {**workload.labels, POD_NAME: f"{_name(workload)}-{number}", POD_INDEX: str(number)}
            which = f"{POD_NAME}={_name(workload)}-{number}" if number in said else f"any other {POD_NAME}"
            title = f"{workload.title} ({which})" if said else workload.title
            pod = replace(workload, title=title, labels=labels, single=number in said, numbered=True, first=None)
            if not (pod.single and any(_shows(other, workload, pod) for other in written)):
                found.append(pod)
    return found


def _name(workload: Workload) -> str:
    return workload.title.partition("/")[2]


def _numbers(workload: Workload, values: dict[str, set[str]]) -> Iterator[int]:
    stem = _name(workload) + "-"
    texts = [v[len(stem) :] for v in values.get(POD_NAME, ()) if v.startswith(stem)]
    for text in (*texts, *values.get(POD_INDEX, ())):
        if text.isdecimal() and str(int(text)) == text and int(text) >= (workload.first or 0):
            yield int(text)


def _shows(other: Workload, workload: Workload, pod: Workload) -> bool:
    """Whether it is the Pod object of that pod."""
    same = other.title == workload.title and (other.named, other.host_network) == (pod.named, pod.host_network)
    return same and pod.labels.items() <= other.labels.items()
