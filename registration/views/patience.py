"""What somebody reads who sends forms too often."""

from datetime import datetime

from django.forms import Form
from django.http import HttpResponse
from django.utils.translation import gettext as _

from registration import limits


def is_too_often(limit: limits.Limit, who: str, form: Form, now: datetime) -> bool:
    """Count a form that was sent, and if it is beyond the limit, say so in it; what was typed stays."""
    if not form.is_bound or limit.allows(who, now):
        return False
    message = _(
        "A great many forms have come from your connection in the last minutes, so nothing has been stored. What you"
        " entered is still here: please wait ten minutes and send it again."
    )
    form.add_error(None, message)
    return True


def patience(response: HttpResponse) -> HttpResponse:
    response["Retry-After"] = str(int(limits.WINDOW.total_seconds()))
    return response
