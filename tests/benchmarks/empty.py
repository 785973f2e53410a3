"""An empty Django view without middleware, on the server of the site: what the event page is measured against.

usage: python -m tests.benchmarks.empty PORT
"""

import logging
import os
import sys

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from fachtag.server import serve
from fachtag.supervisor import listen

if not settings.configured:  # the program and its own URLconf are one file
    settings.configure(SECRET_KEY="x" * 50, ROOT_URLCONF="tests.benchmarks.empty", ALLOWED_HOSTS=["*"], MIDDLEWARE=[])


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"")


urlpatterns = [path("", empty)]

if __name__ == "__main__":
    logging.disable()  # as the site does not log its queue either
    listener = listen("127.0.0.1", int(sys.argv[1]))
    application = get_wsgi_application()
    os.fork()  # two processes, as the site has
    serve(application, listener.fileno())
