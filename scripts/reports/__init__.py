"""Reports of rehearsals: on the terminal, as a page to send to the agency, as JSON for programs."""

from scripts.reports.document import report_document
from scripts.reports.page import report_page
from scripts.reports.terminal import print_report
from scripts.reports.view import Subject, describe

__all__ = ["Subject", "describe", "print_report", "report_document", "report_page"]
