"""What an event asks those who register."""

from collections.abc import Sequence
from dataclasses import dataclass

from events.models import Event, Question
from registration import consents
from registration.consents import Wording


@dataclass(frozen=True)
class Asked:
    """The consents and the questions, as one who fills in a form reads them."""

    wordings: Sequence[Wording]
    questions: Sequence[Question]

    @classmethod
    def by(cls, event: Event) -> "Asked":
        """What the event asks now."""
        return cls(consents.asked(event), list(event.questions.all()))
