"""What controllers make of the labels of their pods (docs/semantics.md 1.6)."""

from collections.abc import Mapping

from verifier.ir.freelabels import MAY_ADD, Choice
from verifier.ir.labels import (
    JOB_INDEX,
    JOB_NAMES,
    JOB_UIDS,
    POD_INDEX,
    POD_NAME,
    REVISION_HASH,
    TEMPLATE_GENERATION,
    TEMPLATE_HASH,
    Labels,
)
from verifier.manifests.kubernetes.fields import Field
from verifier.manifests.kubernetes.metadata import Metadata


def added(kind: str | None, metadata: Metadata, spec: Field, template: Labels) -> tuple[Labels, Mapping[str, Choice]]:
    """The labels that pods surely have, of those of the template and those that the controller gives, and the others
    that it gives, of which nobody has said the value. What it always gives it gives whatever the template says."""
    known: Labels = {}
    free: dict[str, Choice] = {}
    stem = metadata.name.removesuffix("*")
    match kind:
        case "Deployment":
            free[TEMPLATE_HASH] = Choice()
        case "ReplicaSet" if TEMPLATE_HASH not in template:  # that of a Deployment has it in its template
            free[TEMPLATE_HASH] = MAY_ADD
        case "StatefulSet":
            free[REVISION_HASH] = Choice()
            if metadata.is_prefix:
                free |= {POD_NAME: Choice(begins=stem), POD_INDEX: Choice(number=True)}
        case "DaemonSet":
            free |= {REVISION_HASH: Choice(), TEMPLATE_GENERATION: Choice()}
        case "Job":
            known, free = _of_job(stem, spec, named=not metadata.is_prefix)
        case "CronJob":
            known, free = _of_job(stem, spec.get("jobTemplate").get("spec"), named=False)
        case _:
            pass
    said = {key: value for key, value in template.items() if key not in free or not free[key].always}
    return {**said, **known}, free


def _of_job(name: str, spec: Field, *, named: bool) -> tuple[Labels, dict[str, Choice]]:
    """Those of a Job's pods. named: the Job has this name; else one that begins so."""
    is_indexed = spec.get("completionMode").value == "Indexed"
    free = {JOB_INDEX: Choice(number=True, most=spec.get("completions").integer() or 1)} if is_indexed else {}
    if spec.get("manualSelector").boolean():  # then the API server adds none of the others
        return {}, free
    free |= dict.fromkeys(JOB_UIDS, Choice())
    if named:
        return dict.fromkeys(JOB_NAMES, name), free
    return {}, free | dict.fromkeys(JOB_NAMES, Choice(begins=name))
