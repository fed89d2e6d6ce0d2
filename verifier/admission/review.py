"""AdmissionReview, version 1 of `admission.k8s.io`: a request as a value, and the answer as bytes."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

_API, _KIND = "admission.k8s.io/v1", "AdmissionReview"


class _Type(Struct, frozen=True):
    group: str = ""
    version: str = ""
    kind: str = ""

    @property
    def api(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


class _User(Struct, frozen=True):
    username: str = ""


class Request(Struct, frozen=True, rename="camel"):
    """What somebody wants to do: `object` is what there will be, `old_object` what there is."""

    uid: str
    operation: str
    kind: _Type = field(default_factory=_Type)
    name: str = ""
    namespace: str = ""
    sub_resource: str = ""
    dry_run: bool | None = False
    object: dict[str, Any] | None = None
    old_object: dict[str, Any] | None = None
    user_info: _User = field(default_factory=_User)


class _Review(Struct, frozen=True, rename="camel"):
    api_version: str
    kind: str
    request: Request


class _Status(Struct, frozen=True):
    message: str
    code: int
    reason: str


class _Response(Struct, frozen=True, rename="camel", omit_defaults=True):
    uid: str
    allowed: bool | UnsetType = UNSET
    status: _Status | None = None
    warnings: Sequence[str] = ()
    audit_annotations: Mapping[str, str] = field(default_factory=dict)


class _Answer(Struct, frozen=True, rename="camel"):
    api_version: str
    kind: str
    response: _Response


_DECODER = msgspec.json.Decoder(_Review)
_REASONS = {403: "Forbidden", 409: "Conflict", 422: "Invalid", 500: "InternalError", 503: "ServiceUnavailable"}


class BadReview(Exception):
    """What came is no review that could be answered."""


def read(body: bytes) -> Request:
    """Raises BadReview where it is none."""
    try:
        review = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadReview(str(error)) from None
    if review.api_version != _API or review.kind != _KIND:
        raise BadReview(f"not an {_KIND} of {_API}")
    if not review.request.uid:
        raise BadReview("a request without a uid")
    if not (review.request.kind.kind and review.request.kind.version):
        raise BadReview("a request that does not say the kind of its object")
    return review.request


def answer(
    uid: str,
    allowed: bool,
    message: str = "",
    code: int = 403,
    warnings: Sequence[str] = (),
    annotations: Mapping[str, str] | None = None,
) -> bytes:
    """message, code: why it is not allowed."""
    status = None if allowed else _Status(message, code, _REASONS.get(code, "Forbidden"))
    response = _Response(uid, allowed, status, tuple(warnings), annotations or {})
    return msgspec.json.encode(_Answer(_API, _KIND, response))
