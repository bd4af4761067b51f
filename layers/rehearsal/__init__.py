"""Rehearsal 上架預檢: what onboarding would say of a delivery, told without keeping anything of it."""

from layers.rehearsal.model import FieldSummary, Outlook, Rehearsal
from layers.rehearsal.rehearsing import rehearse
from layers.rehearsal.sketch import Sketch

__all__ = ["FieldSummary", "Outlook", "Rehearsal", "Sketch", "rehearse"]
