"""Every table of core, imported in one place so that mappers and migrations see them all."""

from core.accounts.factors.models import Factor, RecoveryCode
from core.accounts.models import Account, FailedLogin, Grant, InstallationSetting, LoginSession, RoleProfile, Stamp
from core.api.models import ApiToken, IdempotencyKey
from core.citing.models import CitedLetter
from core.files.models import Attachment, SecretReader
from core.grave.models import GraveAct, GraveEntry, OwnerCode
from core.imports.models import Import, ImportLine
from core.jobs.models import Job
from core.masterdata.models import District, Person, Post, School, SchoolGroup, SchoolGroupMember, Unit
from core.notices.models import Delivery, Notice, Webhook
from core.numbering.models import Counter, LedgerNumber
from core.personal.models import Draft, Preference, RecentPage, SavedView
from core.plugins.models import PluginRule, PluginSwitch
from core.timeline.models import TimelineEntry, TimelineSeal
from core.waiting.models import WaitingItem
from core.web.models import FormKey
from core.work.models import Evidence, Kpi, KpiTarget, Progress, Run, Standard, Step, Term

__all__ = [
    "Account",
    "ApiToken",
    "Attachment",
    "CitedLetter",
    "Counter",
    "Delivery",
    "District",
    "Draft",
    "Evidence",
    "Factor",
    "FailedLogin",
    "FormKey",
    "Grant",
    "GraveAct",
    "GraveEntry",
    "IdempotencyKey",
    "Import",
    "ImportLine",
    "InstallationSetting",
    "Job",
    "Kpi",
    "KpiTarget",
    "LedgerNumber",
    "LoginSession",
    "Notice",
    "OwnerCode",
    "Person",
    "PluginRule",
    "PluginSwitch",
    "Post",
    "Preference",
    "Progress",
    "RecentPage",
    "RecoveryCode",
    "RoleProfile",
    "Run",
    "SavedView",
    "School",
    "SchoolGroup",
    "SchoolGroupMember",
    "SecretReader",
    "Stamp",
    "Standard",
    "Step",
    "Term",
    "TimelineEntry",
    "TimelineSeal",
    "Unit",
    "WaitingItem",
    "Webhook",
]
