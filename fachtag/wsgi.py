"""The site as a WSGI application, which fachtag.server serves; it bounds bodies, so another server must do so too."""

import os

from django.core.wsgi import get_wsgi_application

from fachtag.encoding import readable
from fachtag.kept import Kept

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fachtag.settings")

application = Kept(readable(get_wsgi_application()))
