"""What two do to the same thing at the same time."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import Http404, HttpResponse
from django.test import RequestFactory

from events.models import Event
from registration.desk.frame import DeskRequest, for_event
from registration.desk.saving import attempt
from registration.rights import Right
from tests.desk.conftest import LogIn


@for_event(Right.TEXTS)
def deleted_meanwhile(request: DeskRequest, event: Event) -> HttpResponse:
    Event.objects.filter(pk=event.pk).delete()
    attempt(request, event, lambda *_sent: pytest.fail("nothing is left to be edited"))
    return HttpResponse()


def test_an_event_that_is_deleted_meanwhile(log_in: LogIn, event: Event) -> None:
    log_in("editor")
    request: Any = RequestFactory().post("/")
    request.user = User.objects.get(username="editor-fachtag-demo")
    with pytest.raises(Http404):
        deleted_meanwhile(request, slug=event.slug)
