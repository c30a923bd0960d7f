"""What Khet uses of Flask-Login 0.6."""

class _CurrentUser:
    is_authenticated: bool
    def _get_current_object(self) -> object: ...

current_user: _CurrentUser

class LoginManager:
    login_view: str | None
    session_protection: str | None
