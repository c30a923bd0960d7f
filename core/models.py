"""Every table of core, imported in one place so that mappers and migrations see them all."""

from core.accounts.models import Account, Grant, InstallationSetting, LoginSession, RoleProfile, Stamp
from core.files.models import Attachment, SecretReader
from core.masterdata.models import District, Person, Post, School, SchoolGroup, SchoolGroupMember, Unit
from core.numbering.models import Counter, LedgerNumber
from core.plugins.models import PluginRule, PluginSwitch
from core.timeline.models import TimelineEntry, TimelineSeal
from core.web.models import FormKey

__all__ = [
    "Account", "Attachment", "Counter", "District", "FormKey", "Grant", "InstallationSetting", "LedgerNumber",
    "LoginSession", "Person", "PluginRule", "PluginSwitch", "Post", "RoleProfile", "School", "SchoolGroup",
    "SchoolGroupMember", "SecretReader", "Stamp", "TimelineEntry", "TimelineSeal", "Unit",
]  # fmt: skip
