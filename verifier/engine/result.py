"""What a question gets for an answer: plain data, ready for any report."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from verifier.ir.cluster import Connection, Endpoint
from verifier.ir.policy import Action, Citation, Direction
from verifier.ir.property import Property


class Verdict(StrEnum):
    PROVED = "proved"
    VIOLATED = "violated"
    UNKNOWN = "unknown"
    VACUOUS = "vacuous"
