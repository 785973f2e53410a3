"""The site as a WSGI application, for granian or any other server."""

import os

from django.core.wsgi import get_wsgi_application

from fachtag.encoding import readable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fachtag.settings")

application = readable(get_wsgi_application())
