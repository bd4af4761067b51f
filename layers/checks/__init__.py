"""What is wrong with a delivery: findings, the report of one intake, and the checks that make them."""

from layers.checks.check import Check
from layers.checks.codes import CODES, Action, Code, Severity, Topic
from layers.checks.findings import Finding, FindingLog
from layers.checks.notes import BatchNotes
from layers.checks.report import QualityReport

__all__ = [
    "CODES",
    "Action",
    "BatchNotes",
    "Check",
    "Code",
    "Finding",
    "FindingLog",
    "QualityReport",
    "Severity",
    "Topic",
]
