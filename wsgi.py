"""The application for a WSGI server of your own: `gunicorn wsgi:app`."""

import os

from lims.config import Settings
from lims.web.app import create_app

app = create_app(Settings.from_environment(os.environ))
