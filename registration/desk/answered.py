"""What guests answered, counted: how many eat what, who comes by car."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from events.models import Event
from registration import answers
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.rights import Right


@for_event(Right.GUESTS)
def answered(request: DeskRequest, event: Event) -> HttpResponse:
    """Each question but sensitive ones, which have a list of their own; each option leads to its guests."""
    counts = answers.counts(event, sensitive=False)
    return event_page(request, event, "answered", _("Answers"), tab="guests", counts=counts)
