"""Labels whose values controllers choose, or that those of unknown kinds may add (docs/semantics.md 1.6)."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import NamedTuple

from .labels import Labels, Plain, domain

JOB_NAMES = ("job-name", "batch.kubernetes.io/job-name")
JOB_UIDS = ("controller-uid", "batch.kubernetes.io/controller-uid")
POD_NAME = "statefulset.kubernetes.io/pod-name"
POD_INDEX = "apps.kubernetes.io/pod-index"


class Free(NamedTuple):
    """always: every pod has the label. begins, number: what its value is like. most: how many numbers there surely
    are, from 0."""

    always: bool = True
    begins: str = ""
    number: bool = False
    most: int | None = None

    def admits(self, value: str | None) -> bool:
        """True iff the label of a pod can be this (None: absent)."""
        if value is None:
            return not self.always
        is_number = value.isdecimal() and str(int(value)) == value
        return value.startswith(self.begins) and (is_number or not self.number)

    def like(self, fresh: str) -> str:
        """A value that nobody mentions, as one that the label can be."""
        return f"{self.begins}{fresh.replace('fresh', '9999') if self.number else fresh}"


class Chosen(NamedTuple):
    """The labels of some pods of a workload, what was chosen of them, whether nobody can say that there are such pods,
    and what tells them from the others."""

    labels: Labels
    made: dict[str, str | None]
    supposed: bool
    told: str


def given(manifest: Plain, spec: Plain, template: Labels) -> tuple[Labels, dict[str, Free]]:
    """The labels that the pods of a controller surely have, and those of which it chooses the values."""
    kind, meta = manifest["kind"], manifest["metadata"]
    stem = meta.get("name") or meta.get("generateName", "")
    known: Labels = {}
    free: dict[str, Free] = {}
    if kind == "Deployment":
        free["pod-template-hash"] = Free()
    if kind == "ReplicaSet" and "pod-template-hash" not in template:
        free["pod-template-hash"] = Free(always=False)
    if kind in ("StatefulSet", "DaemonSet"):
        free["controller-revision-hash"] = Free()
    if kind == "DaemonSet":
        free["pod-template-generation"] = Free()
    if kind == "StatefulSet" and "name" not in meta:
        free |= {POD_NAME: Free(begins=stem), POD_INDEX: Free(number=True)}
    if kind in ("Job", "CronJob"):
        if spec.get("completionMode") == "Indexed":
            free["batch.kubernetes.io/job-completion-index"] = Free(number=True, most=spec.get("completions") or 1)
        if not spec.get("manualSelector"):
            free |= {key: Free() for key in JOB_UIDS}
            if kind == "Job" and "name" in meta:
                known = dict.fromkeys(JOB_NAMES, stem)
            else:
                free |= {key: Free(begins=stem) for key in JOB_NAMES}
    kept = {key: value for key, value in template.items() if not (key in free and free[key].always)}
    return {**kept, **known}, free


def chosen(
    labels: Labels,
    free: Mapping[str, Free],
    foreign: bool,
    values: Mapping[str, set[str]],
    limits: Mapping[str, Plain],
    apart: str | None = None,
) -> Iterator[Chosen]:
    """The pods with these labels, once for each way in which the values that are mentioned can tell them apart."""
    keys = {**({key: Free(always=False) for key in values} if foreign else {}), **free}
    told_apart = sorted(key for key in keys if key in values and key not in labels)
    ways = [_values(key, keys[key], values[key], limits.get(key), apart == key) for key in told_apart]
    for way in product(*ways):
        made = {key: value for key, (value, _, _) in zip(told_apart, way, strict=True)}
        own = {**labels, **{key: value for key, value in made.items() if value is not None}}
        told = ",".join(text for _, _, text in way if text)
        yield Chosen(own, made, any(supposed for _, supposed, _ in way), told)


def _values(
    key: str, free: Free, mentioned: set[str], limits: Plain | None, apart: bool
) -> list[tuple[str | None, bool, str]]:
    """The values of a label, whether nobody can say that pods have it, and what tells them from the others."""
    listed = domain(mentioned, limits)
    known = {*mentioned, *((limits or {}).get("values") or ())}
    lack = [value for value in listed if value is None and not free.always]
    named = sorted(v for v in listed if v is not None and v in known and free.admits(v))
    fresh = [free.like(v) for v in listed if v is not None and v not in known][: 2 if apart else 1]
    only = len(lack) + len(named) + len(fresh) == 1
    found: list[tuple[str | None, bool, str]] = [(value, False, "" if only else f"no {key}") for value in lack]
    others = "" if only or not (named or lack) else f"any other {key}"
    all_named = free.most is not None and {str(n) for n in range(free.most)} <= {*named}
    found += [(value, (all_named or not free.always) and not only, others) for value in fresh]
    return found + [(value, not only, f"{key}={value}") for value in named]
