from typing import TypeVar

from flask import Flask
from sqlalchemy.orm import Session

from .babel.manager import BabelManager
from .baseviews import BaseView
from .security.sqla.manager import SecurityManager

_V = TypeVar("_V", bound=BaseView)

class AppBuilder:
    sm: SecurityManager
    bm: BabelManager
    def __init__(
        self,
        app: Flask | None = None,
        session: Session | None = None,
        *,
        security_manager_class: type[SecurityManager] | None = None,
        update_perms: bool = True,
    ) -> None: ...
    def add_view_no_menu(self, baseview: type[_V]) -> _V: ...
    def _add_global_static(self) -> None: ...
    def _add_admin_views(self) -> None: ...
    def _add_menu_permissions(self, update_perms: bool = False) -> None: ...
