"""Who is asking, and whether they may: every view names its permission, and one place asks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, login_user, logout_user

from lims import clock
from lims.errors import NotPermitted
from lims.models.user import Language, User
from lims.permissions import Permission
from lims.web import current
from lims.web.current import new_key
from lims.workflows import signing_in
from lims.workflows.signing import Proof

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Access:
    """Who may call a view: anyone, anyone signed in, or who holds one of `permissions`."""

    signed_in: bool = True
    permissions: tuple[Permission, ...] = ()
    at_lock: bool = False
    """Also while the screen is locked."""


def requires(*permissions: Permission) -> Callable[[View], View]:
    """Only for people who hold one of `permissions`."""
    return marked(Access(permissions=permissions))


def signed_in(view: View) -> View:
    """For everyone who is signed in."""
    return marked(Access())(view)


def at_lock(view: View) -> View:
    """For everyone who is signed in, while their screen is locked too."""
    return marked(Access(at_lock=True))(view)


def public(view: View) -> View:
    """For everyone, signed in or not."""
    return marked(Access(signed_in=False))(view)


def marked(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


def access_of(view: Callable[..., Any]) -> Access | None:
    return getattr(view, "access", None)


def check() -> ResponseReturnValue | None:
    """Before every request: refuse, or send to sign in; a view that names nobody is for nobody."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None:
        return locked() if is_locked() else None  # no such address: the error page answers
    access = access_of(view)
    if access is None:
        abort(403)
    if not access.signed_in:
        return None
    if not current_user.is_authenticated:
        return sign_in_first()
    if is_locked() and not access.at_lock:
        return locked()
    if access.permissions and not any(current_user.may(each) for each in access.permissions):
        refusal = NotPermitted(permission=access.permissions[0])
        current.remember(refusal)
        raise refusal
    return None


def sign_in_first() -> ResponseReturnValue:
    """A page asked for is shown after signing in; a form sent is answered 401 with what it held."""
    if request.method != "GET":
        abort(401)
    return redirect(url_for("account.sign_in", next=request.full_path.rstrip("?")))


def is_locked() -> bool:
    return current_user.is_authenticated and bool(current_user.session_locked)


def locked() -> ResponseReturnValue:
    """A page asked for is shown after unlocking; what else was sent is answered 423."""
    if request.method != "GET" or asked_by_script():
        abort(423)
    return redirect(url_for("locking.show", next=request.full_path.rstrip("?")))


def asked_by_script() -> bool:
    return request.accept_mimetypes.best == "application/json"


def own_path(target: str | None) -> str | None:
    """`target` if it is a plain path of this site, else None: nobody is sent elsewhere."""
    if not target or not target.startswith("/") or len(target) > 500:
        return None
    if not target.isprintable() or "\\" in target or target.startswith("//"):
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None


def person(token: str) -> User | None:
    """Whose session `token` is, if it is still open; asked at every request."""
    opened = signing_in.find_session(current.reading_session(), token)
    if opened is None:
        return None
    locked = signing_in.is_locked(opened)
    if not locked and clock.now() - opened.seen_at > signing_in.SEEN_EVERY:
        current.site().database.run(
            signing_in.note_seen, None, key="", arguments=lambda session: {"token": token}
        )
    opened.user.session_token, opened.user.session_locked = token, locked
    return opened.user


def begin(proof: Proof, left_page: str | None = None) -> str | None:
    """Let the person behind `proof` in, under a new token, in place of whoever was here before:
    that one is led back to `left_page`. Where the person who came had left off, if anywhere."""
    token, here = signing_in.new_token(), current.address()
    told = {"proof": proof, "token": token, "address": here, "left_page": left_page}
    before = current_user.get_id() if current_user.is_authenticated else None
    current.site().database.run(
        signing_in.open_session,
        None,
        key=token,
        arguments=lambda _: {**told, "before": before},
        terminal=here,
    )
    current.end_reading()
    entered, language = person(token), session.get("language")
    session.clear()  # nothing of whoever sat here before
    login_user(entered)
    if entered is None:
        return None
    if language:
        keep_language(entered, language)
    return signing_in.page_left(current.reading_session(), entered, here)


def keep_language(entered: User, language: str) -> None:
    """The one chosen on the sign-in page becomes that of who signs in, unless they chose one
    themselves before."""
    if entered.language != language and not signing_in.chose_language(
        current.reading_session(), entered
    ):
        chosen = {"language": Language(language)}
        current.run(signing_in.choose_language, key=new_key(), arguments=lambda _: chosen)


def lock() -> None:
    """Whoever sits here next has to show to be the one who is signed in."""
    token = current_user.get_id()
    current.run(signing_in.lock_session, key=new_key(), arguments=lambda session: {"token": token})


def unlock(proof: Proof) -> None:
    """Go on under a new token; the forms on the page stay good."""
    token, new = current_user.get_id(), signing_in.new_token()
    told = {"token": token, "new_token": new, "proof": proof}
    current.run(signing_in.unlock_session, key=new_key(), arguments=lambda session: told)
    login_user(person(new))


def end() -> None:
    """Sign off: at the server, then in the browser."""
    token = current_user.get_id()
    current.run(signing_in.close_session, key=new_key(), arguments=lambda session: {"token": token})
    logout_user()
    session.clear()


def init(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = "strong"
    manager.user_loader(person)
    app.before_request(check)
    idle = int(signing_in.IDLE.total_seconds())
    app.jinja_env.globals.update(idle_seconds=idle, new_key=new_key)
