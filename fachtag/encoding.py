"""What Django could not read is refused before it tries: the first thing that it does with a request is to decode its
query with whatever codec the request names, and its pages for errors read the form once more."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.http import parse_header_parameters

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def readable(application: Application) -> Application:
    """Around the WSGI application: forms come in UTF-8, as the pages that hold them, and a length is a number."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        _type, parameters = parse_header_parameters(environ.get("CONTENT_TYPE", ""))
        length = environ.get("CONTENT_LENGTH") or "0"
        if parameters.get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
            status, words = "415 Unsupported Media Type", b"Only UTF-8 is understood here."
        elif not (length.isascii() and length.isdecimal() and len(length) < 19):
            status, words = "400 Bad Request", b"The length of this request is no number."
        else:
            return application(environ, start_response)
        start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(words)))])
        return [words]

    return answer


def forms_first(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """As middleware: a form that cannot be read is refused here, whatever its address."""

    def answer(request: HttpRequest) -> HttpResponse:
        try:
            request.POST  # noqa: B018 - reads it
        except (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
            return HttpResponse("This form cannot be read.", "text/plain", 400)
        return get_response(request)

    return answer
