"""The application for a WSGI server of your own: `gunicorn wsgi:app`."""

import sys

from lims import collecting

with collecting.starting():
    from lims.not_ready import NoFolder
    from lims.opening import environment
    from lims.web.gate import Gate

    try:
        app = Gate(environment())
    except NoFolder as refusal:
        sys.exit(refusal.english())
