"""Every table of core, imported in one place so that mappers and migrations see them all."""

from core.domain.standards.models import Evidence, Kpi, KpiTarget, Progress, Run, Standard, StandardStep, Term
from core.exchange.api.models import ApiToken, IdempotencyKey
from core.exchange.imports.models import Import, ImportLine
from core.platform.dual_control.models import GraveAct, GraveEntry, OwnerCode
from core.platform.jobs.models import Job
from core.platform.masterdata.models import District, Person, Post, School, SchoolGroup, SchoolGroupMember, Unit
from core.platform.notices.models import Delivery, Notice, Webhook
from core.platform.numbering.models import Counter, LedgerNumber
from core.platform.personal.models import Draft, Preference, RecentPage, SavedView
from core.platform.schedule.models import ScheduledWork
from core.platform.timeline.models import TimelineEntry, TimelineSeal
from core.platform.users.factors import Factor, RecoveryCode
from core.platform.users.models import Account, FailedLogin, Grant, InstallationSetting, LoginSession, RoleProfile
from core.platform.worklist.models import WorklistRow
from core.plugins.models import PluginRule, PluginSwitch
from core.records.approvals.models import Approval, ApprovalChain
from core.records.bookings.models import Booking
from core.records.files.models import Attachment, SecretReader
from core.records.letter_links.models import CitedLetter
from core.storage.cache import Stamp
from core.web.models import FormKey

__all__ = [
    "Account",
    "ApiToken",
    "Approval",
    "ApprovalChain",
    "Attachment",
    "Booking",
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
    "ScheduledWork",
    "School",
    "SchoolGroup",
    "SchoolGroupMember",
    "SecretReader",
    "Stamp",
    "Standard",
    "StandardStep",
    "Term",
    "TimelineEntry",
    "TimelineSeal",
    "Unit",
    "WorklistRow",
    "Webhook",
]
