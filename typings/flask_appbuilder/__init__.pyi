"""What Khet uses of Flask-AppBuilder 5.3."""

from .base import AppBuilder as AppBuilder
from .models.sqla import Model as Model
