"""Whose turn it is on a clip of a pair that tags self first."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """How one of the pair stands to a clip: whether self first is on, and who of the two has finished."""

    self_first: bool
    finished: bool
    other_finished: bool

    @property
    def held(self) -> bool:
        """Whether nothing that is still a draft may be shared yet."""
        return self.self_first and not self.revealed

    @property
    def revealed(self) -> bool:
        return self.finished and self.other_finished
