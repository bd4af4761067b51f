"""Takes one delivered file in: read, check, mend, store; the report says what became of every row."""

from layers.intake.model import Intake, Observer, Progress
from layers.intake.taking import take_in

__all__ = ["Intake", "Observer", "Progress", "take_in"]
