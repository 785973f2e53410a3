"""The site as a WSGI application, which fachtag.server serves; it bounds bodies, so another server must do so too."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fachtag.settings")

site = get_wsgi_application()

from fachtag.kept import Kept  # noqa: E402 - it reads the settings

application = Kept(site)
