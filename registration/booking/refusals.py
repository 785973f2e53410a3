"""Why nothing was stored, each a class of its own."""

from collections.abc import Collection

from events.models import Question, RegistrationWindow, Slot, Workshop
from registration.consents import Wording


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """A rule of the house forbids it; nothing was stored."""


class RegistrationClosed(Refused):
    """One cannot register now; `window` says why."""

    def __init__(self, window: RegistrationWindow) -> None:
        super().__init__(window)
        self.window = window


class EventGone(Refused):
    """The public does not see this event any more: it was deleted, or is a draft again."""


class WorkshopGone(Refused):
    """A workshop was deleted, or is in another round now; a form with the choices of now says so by itself."""


class WorkshopFull(Refused):
    """Every seat of these workshops is taken."""

    def __init__(self, workshops: Collection[Workshop]) -> None:
        super().__init__(workshops)
        self.workshops = workshops


class EventFull(Refused):
    """Every seat of the event is taken."""


class ChoiceMissing(Refused):
    """Whoever takes part at the place chooses something in these rounds too."""

    def __init__(self, rounds: Collection[Slot]) -> None:
        super().__init__(rounds)
        self.rounds = rounds


class AlreadyCancelled(Refused):
    """There is no seat to move; who cancelled registers anew."""


class TooLate(Refused):
    """The event has begun, or is cancelled; what a guest wants to change now is for the organiser."""


class Erased(Exception):  # noqa: N818 - no rule forbids it; there is nobody any more to do anything for
    """The guest has been erased."""


class NoLivestream(Refused):
    """The event does not offer the livestream, or not any more."""


class NothingToChoose(Refused):
    """Whoever comes is to choose a workshop, but there is none yet, or none any more."""


class ConsentMissing(Refused):
    """Taking part at the place presupposes consents that were not given; `wordings` says which."""

    def __init__(self, wordings: Collection[Wording]) -> None:
        super().__init__(wordings)
        self.wordings = wordings


class AnswerMissing(Refused):
    """These questions must be answered by whoever takes part in this way, or have changed so that the answer means
    nothing; `questions` says which."""

    def __init__(self, questions: Collection[Question]) -> None:
        super().__init__(questions)
        self.questions = questions


class AlreadyRegistered(Refused):
    """Another live registration of the event has this name and address."""


class Invited(Refused):
    """Whoever shall come instead of somebody says yes first."""


class FormUsedUp(Refused):
    """One form has registered as many people as one sitting at it would."""


class WordingChanged(Refused):
    """The organiser changed the consent or the privacy notice while the form was open."""
