"""What Django's admin hands from an address to the database unread. It would answer what cannot be with a 500."""

import re
from collections.abc import Callable

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import TO_FIELD_VAR
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.dateparse import parse_date, parse_datetime

from events.bounds import is_key, is_of_our_time

ADMIN = reverse_lazy("admin:index")
APPS = ("auth", "events", "registration")
NO_FIELDS = {SEARCH_VAR, ORDER_VAR, PAGE_VAR}
# With which the admin's own pages filter.
LOOKUPS = {"exact", "isnull", "isempty", "gte", "lt", "year", "month", "day"}


def sensible(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuses, in the admin, lookups that none of its pages asks for, dates far from our time, and keys of no row."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(str(ADMIN)):
            asked = [(name, value) for name, values in request.GET.lists() for value in values]
            keys = request.POST.getlist(ACTION_CHECKBOX_NAME)
            copies = "_saveasnew" in request.POST  # Django takes it, although no page offers it
            if request.path_info.startswith(tuple(f"{ADMIN}{app}/" for app in APPS)):
                keys += [value for name, value in asked if name not in NO_FIELDS and re.fullmatch("[0-9]+", value)]
            if copies or not all(_is_sensible(name, value) for name, value in asked) or not all(map(is_key, keys)):
                raise BadRequest("This cannot be asked for.")
        return get_response(request)

    return answer


def _is_sensible(name: str, value: str) -> bool:
    _field, is_lookup, lookup = name.rpartition("__")
    if name == TO_FIELD_VAR:
        return value == "id"
    if is_lookup and lookup not in LOOKUPS:
        return False
    if lookup == "year":
        return re.fullmatch("(19|2[0-9])[0-9]{2}", value) is not None
    try:
        date = parse_datetime(value) or parse_date(value)
    except ValueError:  # looks like a date, and is none
        date = None
    return "\0" not in value and (date is None or is_of_our_time(date))
