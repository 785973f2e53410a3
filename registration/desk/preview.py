"""The link to a draft, for colleagues who have no login."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from events.models import Event
from registration import previews
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.rights import Right


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.TEXTS)
def preview(request: DeskRequest, event: Event) -> HttpResponse:
    now = timezone.now()
    if request.method == "POST":
        ends = request.POST.get("do") == "end"
        previews.renew(event, None if ends else now)
        messages.success(request, _("The link leads nowhere any more.") if ends else _("This is the new link."))
        return redirect("admin:event_preview", event.slug)
    path = previews.link(event, now)
    link = settings.SITE_URL + path if path else ""
    ends_at = previews.ends_at(event)
    return event_page(
        request, event, "preview", _("Show the draft"), tab="overview", path=path, link=link, ends=ends_at
    )
