"""What is wrong with a delivery: findings, the report of one intake, and the checks that make them."""

from layers.checks.findings import Finding, FindingLog, Severity
from layers.checks.report import QualityReport

__all__ = ["Finding", "FindingLog", "QualityReport", "Severity"]
