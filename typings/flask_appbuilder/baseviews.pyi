from collections.abc import Callable, Iterable
from typing import ClassVar, TypeVar

from flask import Blueprint

from .base import AppBuilder

_Page = TypeVar("_Page", bound=Callable[..., object])

def expose(url: str = "/", methods: Iterable[str] = ("GET",)) -> Callable[[_Page], _Page]: ...

class BaseView:
    # set when the view is registered
    appbuilder: AppBuilder
    blueprint: Blueprint
    endpoint: str
    route_base: str
    default_view: str
    class_permission_name: str
    exclude_route_methods: ClassVar[set[str]]
