"""Forms come in UTF-8, as the pages that hold them; Django would decode with any codec that a request names."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

UNSUPPORTED_MEDIA_TYPE = 415


def only_utf_8(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def answer(request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "utf-8")
        if charset.lower() not in {"utf-8", "utf8"}:
            return HttpResponse("Only UTF-8 is understood here.", "text/plain", UNSUPPORTED_MEDIA_TYPE)
        return get_response(request)

    return answer
