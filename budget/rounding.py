"""From recorded to billed seconds.

Only the duration is rounded. Begin and end stay as they were, so that no later entry seems
to start before an earlier one ended, and what was recorded is never overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Mode = Literal["none", "up", "down", "nearest"]
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True)
class Rounding:
    """A rounding policy: ``mode`` and the step in minutes (positive unless mode is none).

    ``nearest`` sends an exact half up.
    """

    mode: Mode = "none"
    minutes: int = 0

    def __post_init__(self) -> None:
        if self.mode != "none" and self.minutes <= 0:
            raise ValueError("a rounding step is a positive number of minutes")

    def billed_seconds(self, recorded_seconds: int) -> int:
        """``recorded_seconds`` brought to the step. A duration on the step stays."""
        if self.mode == "none":
            return recorded_seconds
        step = self.minutes * 60
        if self.mode == "up":
            return -(-recorded_seconds // step) * step
        if self.mode == "down":
            return recorded_seconds // step * step
        return (2 * recorded_seconds + step) // (2 * step) * step


NO_ROUNDING = Rounding()
