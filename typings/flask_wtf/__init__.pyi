"""What Khet uses of Flask-WTF 1.3."""

from .csrf import CSRFProtect as CSRFProtect
from .form import FlaskForm as FlaskForm
