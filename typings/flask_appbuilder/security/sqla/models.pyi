from datetime import datetime
from typing import ClassVar

from flask_appbuilder import Model
from sqlalchemy import Table
from sqlalchemy.orm import Mapped

class Permission(Model):
    id: Mapped[int]
    name: Mapped[str]

class ViewMenu(Model):
    id: Mapped[int]
    name: Mapped[str]

class PermissionView(Model):
    id: Mapped[int]
    permission_id: Mapped[int]
    view_menu_id: Mapped[int]
    def __init__(self, *, permission_id: int, view_menu_id: int) -> None: ...

class Role(Model):
    id: Mapped[int]
    name: Mapped[str]

assoc_permissionview_role: Table

class User(Model):
    __table__: ClassVar[Table]
    id: Mapped[int]
    first_name: Mapped[str]
    last_name: Mapped[str]
    username: Mapped[str]
    password: Mapped[str | None]
    active: Mapped[bool | None]
    email: Mapped[str]
    last_login: Mapped[datetime | None]
    login_count: Mapped[int | None]
    fail_login_count: Mapped[int | None]
    created_on: Mapped[datetime | None]
    changed_on: Mapped[datetime | None]
    def get_full_name(self) -> str: ...
