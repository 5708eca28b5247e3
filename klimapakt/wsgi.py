"""WSGI entry point for granian: `klimapakt.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "klimapakt.settings")

application = get_wsgi_application()
