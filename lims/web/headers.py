"""What every answer carries so that a browser runs nothing but our own files and keeps no page."""

from flask import Flask, Response, request

from lims.config import Settings

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}
WITHIN_OUR_PAGES = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY.replace(
        "frame-ancestors 'none'", "frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
"""Of a paper: a page of ours shows it and goes on hearing scans."""
A_YEAR = "max-age=31536000; includeSubDomains"


def init(app: Flask, settings: Settings) -> None:
    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        if settings.https and request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", A_YEAR)
        return response
