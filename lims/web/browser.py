"""The cookie by which a browser of the laboratory is known again, whoever sits in front of it."""

import hashlib
import hmac

from flask import Response, current_app, request

KEPT_SECONDS = 400 * 24 * 3600
"""The longest a browser keeps a cookie (RFC 6265bis); each sign-in gives it anew."""


def cookie_name() -> str:
    return "__Host-terminal" if current_app.config["SESSION_COOKIE_SECURE"] else "terminal"


def token() -> str | None:
    """The secret of this browser; None where it keeps none, or one that we did not sign."""
    secret, _dot, signature = request.cookies.get(cookie_name(), "").rpartition(".")
    return secret if secret and _is_ours(secret, signature) else None


def keep(answer: Response, token: str) -> Response:
    """Let this browser be known by `token`."""
    answer.set_cookie(
        cookie_name(),
        f"{token}.{_signature(token)}",
        max_age=KEPT_SECONDS,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Strict",
    )
    return answer


def _is_ours(secret: str, signature: str) -> bool:
    return hmac.compare_digest(signature.encode(), _signature(secret).encode())


def _signature(token: str) -> str:
    key = f"terminal {current_app.config['SECRET_KEY']}".encode()
    return hmac.new(key, token.encode(), hashlib.sha256).hexdigest()
