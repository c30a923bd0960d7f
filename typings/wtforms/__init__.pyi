"""What Khet uses of WTForms 3.3. Labels and messages may be lazy texts, which the stubs kept elsewhere refuse."""

from . import validators as validators
from .fields import (
    BooleanField as BooleanField,
)
from .fields import (
    DecimalField as DecimalField,
)
from .fields import (
    Field as Field,
)
from .fields import (
    FieldList as FieldList,
)
from .fields import (
    FloatField as FloatField,
)
from .fields import (
    FormField as FormField,
)
from .fields import (
    HiddenField as HiddenField,
)
from .fields import (
    IntegerField as IntegerField,
)
from .fields import (
    PasswordField as PasswordField,
)
from .fields import (
    SelectField as SelectField,
)
from .fields import (
    SelectMultipleField as SelectMultipleField,
)
from .fields import (
    StringField as StringField,
)
from .fields import (
    TextAreaField as TextAreaField,
)
from .form import Form as Form
from .validators import ValidationError as ValidationError
