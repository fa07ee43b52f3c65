"""The application for a WSGI server of your own: `gunicorn wsgi:app`."""

import os

from lims import collecting

with collecting.starting():
    from lims.config import Settings
    from lims.web.gate import Gate

    app = Gate(Settings.from_environment(os.environ))
