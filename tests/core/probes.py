"""How a test walks through core's POST doors, and a sample of every kind of core's records.

Every plugin's tests have such a module: PROBES, samples(session), and GRANTS where the demo gives no role.
"""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from core.base.text.calendars import school_year
from core.base.text.thai import today
from core.domain.standards import services as work
from core.domain.standards.models import Evidence, KpiTarget, Progress, Run, Standard, Term
from core.exchange.api.models import ApiToken
from core.exchange.imports.models import BAD, CHECKED, GOOD, Import, ImportLine
from core.platform.dual_control.models import GraveAct, GraveEntry
from core.platform.jobs.models import DONE, Job
from core.platform.masterdata import holidays
from core.platform.masterdata.models import (
    District,
    Holiday,
    Person,
    Post,
    School,
    SchoolGroup,
    SchoolGroupMember,
    Unit,
)
from core.platform.notices.models import Webhook
from core.platform.numbering import engine
from core.platform.personal.models import Draft, SavedView
from core.platform.users.factors import Factor
from core.platform.users.models import Account, Grant, RoleProfile
from core.records.approvals.models import RIGHT, ApprovalChain
from core.storage.base import utc_now
from core.storage.scope import KhetSession
from core.web.personal import draft_token
from plugins.saraban.models.letters import INCOMING
from tests.support import HOME, near

DAY = near(-20)
#: roles that the demo does not give but a door needs: account → role keys, held at the office
GRANTS: dict[str, list[str]] = {}


def pdf() -> tuple[io.BytesIO, str]:
    """A small file that says it is a PDF and is one."""
    return io.BytesIO(b"%PDF-1.7 ..."), "หนังสือ.pdf"


def samples(session: KhetSession) -> dict[Any, Any]:
    """Ids by model and by the names that routes use."""

    def first(model: Any, *where: Any) -> Any:
        return session.scalars(select(model).where(*where).order_by(model.id)).first()

    office, group, person = first(Unit, Unit.kind == "office"), first(SchoolGroup), first(Person)
    clerk = first(Account, Account.username.startswith("clerk."))
    members = select(SchoolGroupMember.school_id).where(SchoolGroupMember.group_id == group.id)
    reserved = engine.reserve(
        session, office.id, INCOMING, today=today(), actor_name="t", reason="ทดสอบ", expires_on=today()
    )[0]
    view = SavedView(user_id=clerk.id, view="SchoolView", title="ของฉัน", query="q=a")
    job = Job(
        user_id=clerk.id,
        kind="core.export",
        title="t",
        state=DONE,
        result=f"t{office.district_id}",
        result_name="t.xlsx",
        params={"under": {"plugin": "core", "resource": "core.school", "verb": "list", "units": [], "clearance": 0}},
    )
    hook = Webhook(name="ศูนย์", url="https://example.go.th/", signing_key="k", topics=[])
    admin = first(Account, Account.username.startswith("admin."))
    batch = Import(
        importer="core.schools", user_id=admin.id, file_name="โรงเรียน.csv", state=CHECKED, total=2, good=1, bad=1,
        sheets=[{"name": "ม.ค.", "read": True}, {"name": "ก.พ.", "read": False}],
        mapping={"name": 0, "amphoe": 1, "province": 2}, options={"amphoes": ""},
    )  # fmt: skip
    token = ApiToken(
        user_id=clerk.id, name="AMSS", hash=f"{office.district_id:064}", hint="aaaa", scopes=[], ends_on=today()
    )
    factor = Factor(user_id=clerk.id, kind="totp", name="โทรศัพท์", secret="x")
    session.add_all([factor, view, job, hook, batch, token, Draft(user_id=clerk.id, page="/x", data={})])
    session.flush()
    bad = ImportLine(import_id=batch.id, line=1, cells=["", "อ", "จ"], state=BAD)
    good = ImportLine(
        import_id=batch.id, line=2, cells=["ร", "อ", "จ"], state=GOOD, values={"name": "ร", "code": "", "amphoe": "อ"}
    )
    session.add_all([bad, good])
    session.flush()
    officer = first(Account, Account.username.startswith("supervisor."))
    standards = list(session.scalars(select(Standard).where(Standard.current.is_(True)).order_by(Standard.code)))
    run = work.start_run(session, standards[0], office.id, school_year(today()), assignee=officer)
    step = work.of_run(session, run)[0]
    proof = Evidence(sort="link", title="ร่องรอย", url="https://example.go.th/", by="t")
    proof.point_at(step, "ProgressView")
    term = Term(school_year=2560, number=1, starts_on=date(2017, 5, 16), ends_on=date(2017, 10, 11))
    act = GraveAct(
        what="clearance", user_id=clerk.id, user_name="t", unit_id=office.id, facts={"what": "clearance", "level": 1},
        reason="t", asked_by_id=admin.id, asked_by="t", expires_at=utc_now() + timedelta(days=3),
    )  # fmt: skip
    line = GraveEntry(actor_id=admin.id, actor_name="t", user_id=clerk.id, user_name="t", action="locked")
    taker = first(Account, Account.username.startswith("school2."))
    taken = Grant(
        user_id=taker.id, unit_id=first(Grant, Grant.user_id == taker.id).unit_id, starts_on=today(),
        role_id=first(RoleProfile, RoleProfile.key == "core.staff").id, stands_in_for_id=admin.id,
    )  # fmt: skip
    chain = ApprovalChain(kind="cooperation_case", steps=[{"who": RIGHT, "from_amount": None, "days": 3}])
    session.add_all([proof, term, act, line, taken, chain])
    session.flush()
    return {
        Progress: step.id, Run: run.id, Evidence: proof.id, Term: term.id, Standard: standards[1].id,
        KpiTarget: first(KpiTarget).id, "district_code": session.get(District, office.district_id).code,
        GraveAct: act.id, GraveEntry: line.id, "account_id": clerk.id, "what": "clearance", Factor: factor.id,
        ApiToken: token.id, "token_id": token.id, Import: batch.id, "line_id": bad.id,
        SavedView: view.id, Job: job.id, Webhook: hook.id, "draft_token": draft_token("/x", clerk.id),
        "unit_id": office.id, "book_key": INCOMING, "number_id": reserved.id, "name": "saraban", "report_key": "saraban.incoming",
        "code": "en", "role_id": first(RoleProfile, RoleProfile.key == "core.staff").id,
        "member_id": first(SchoolGroupMember, SchoolGroupMember.group_id == group.id).id,
        "grant_id": first(Grant, Grant.user_id == clerk.id).id,
        ("grant_id", "InHandView.end_stand_in"): taken.id,
        "post_id": first(Post, Post.person_id == person.id).id,
        "free_school": first(School, School.id.not_in(members)).id,
        Holiday: first(Holiday).id, District: office.district_id, School: first(School).id, SchoolGroup: group.id, Person: person.id,
        Account: clerk.id, Unit: office.id, ApprovalChain: chain.id,
    }  # fmt: skip


#: endpoint → the column that can be changed in the list
BULK = {"HolidayView.bulk": "remove", "ProgressView.bulk": "begin", "RunView.bulk": "archive"}
QUERIES = {"EvidenceView.add": lambda i: f"?of=ProgressView:{i[Progress]}"}
INLINE = {"SchoolView.cell": "size", "UnitView.cell": "letter_prefix"}


def cell(model: Any, column: str, value: str, view: str = "") -> Any:
    """A change of one cell with the version that the record (the sample of `view`, where it has its own) has now."""

    def form(w: Any, i: Any) -> dict[str, Any]:
        with w.database.system("test") as session:
            version = session.scalar(select(model.version).where(model.id == i.get(view, i[model])))
        return {"column": column, "value": value, "version": version}

    return form


def _waiting(w: Any) -> int:
    """A small table that the administrator has uploaded."""
    file = (io.BytesIO("name,district,province\nร,อ,จ".encode()), "โรงเรียน.csv")
    answer = w.browser(f"admin.{HOME}").post("/uploads/", {"file": file}, content_type="multipart/form-data")
    return answer.get_json()["id"]


def _token(w: Any) -> str:
    with w.app.app_context():
        return draft_token("/x", w.account(f"clerk.{HOME}").id)


def _free(days: int) -> int:
    """The first of the days from then on that is no holiday yet."""
    fixed = {(month, day) for month, day, _name in holidays.FIXED}
    return next(
        n for n in range(days, days + 20) if (lambda d: (d.month, d.day))(today() + timedelta(days=n)) not in fixed
    )


#: endpoint → (account, form); `i` are the samples of the district that the form's ids come from
PROBES: dict[str, Any] = {
    "EvidenceView.add": ("supervisor", lambda w, i: {"sort": "link", "title": "ภาพ", "url": "https://example.go.th/", "visibility": "inside"}),
    "EvidenceView.take_back": ("supervisor", lambda w, i: {"reason": "แนบผิด"}),
    "EvidenceView.comment": ("supervisor", lambda w, i: {"text": "ครบแล้ว"}),
    "EvidenceView.download": ("groupdirector", lambda w, i: {}),
    "KpiView.comment": ("groupdirector", lambda w, i: {"text": "ติดตาม"}),
    "KpiView.download": ("groupdirector", lambda w, i: {}),
    "KpiView.edit": ("groupdirector", lambda w, i: {"target": "95"}),
    "ProgressView.bulk": ("supervisor", lambda w, i: {}),
    "ProgressView.comment": ("supervisor", lambda w, i: {"text": "เริ่มแล้ว"}),
    "ProgressView.download": ("groupdirector", lambda w, i: {}),
    "RunView.add": ("groupdirector", lambda w, i: {"standard_id": i[Standard], "unit_id": i["unit_id"], "year": school_year(today()), "term": "0", "scope_kind": "district"}),
    "RunView.bulk": ("groupdirector", lambda w, i: {}),
    "RunView.comment": ("groupdirector", lambda w, i: {"text": "เริ่มรอบ"}),
    "RunView.download": ("groupdirector", lambda w, i: {}),
    "StandardView.add": ("admin", lambda w, i: {"code": "X-1", "title": "งานใหม่", "active": "y", "lines-0-seq": "1", "lines-0-activity": "ทำ"}),
    "StandardView.edit": ("admin", lambda w, i: {"title": "งานแก้", "active": "y", "lines-0-seq": "1", "lines-0-activity": "ทำ"}),
    "TermView.add": ("admin", lambda w, i: {"school_year": "2561", "number": "1", "starts_on": "16/5/2561", "ends_on": "11/10/2561", "starts_on-confirm": "2018-05-16", "ends_on-confirm": "2018-10-11"}),
    "TermView.edit": ("admin", lambda w, i: {"school_year": "2560", "number": "1", "starts_on": "17/5/2560", "ends_on": "11/10/2560", "starts_on-confirm": "2017-05-17", "ends_on-confirm": "2017-10-11"}),
    "ApprovalChainView.add": ("admin", lambda w, i: {"kind": "service_request_plan", "steps-0-who": RIGHT}),
    "ApprovalChainView.edit": ("admin", lambda w, i: {"steps-0-who": RIGHT, "steps-0-days": "5"}),
    "BookView.account": None,  # needs a book that lacks numbers; tests/core/test_books_with_imports.py walks it
    "BookView.settle": None,  # needs a counter that ran away; the same
    "BookView.cancel": ("clerk", lambda w, i: {"reason": "ผิด"}),
    "BookView.insert": ("clerk", lambda w, i: {"base": "1", "reason": "แทรก"}),
    "BookView.reopen": None,  # needs a past year; tests/core/test_numbering.py walks it
    "BookView.reserve": ("clerk", lambda w, i: {"count": "2", "reason": "กอง", "expires_on": near(7)}),
    "BookView.start": None,  # needs an empty book; tests/core/test_numbering.py walks it
    "DraftView.drop": ("clerk", lambda w, i: {"token": _token(w)}),
    "DraftView.keep": ("clerk", lambda w, i: {"token": _token(w), "subject": "ค้างไว้"}),
    "GraveActView.ask": ("admin", lambda w, i: {"level": "2", "reason": "เป็นนายทะเบียนคนใหม่"}),
    "GraveActView.consent": ("director", lambda w, i: {"version": "1"}),
    "GraveActView.refuse": ("director", lambda w, i: {"answer": "ยังไม่จำเป็น"}),
    "GraveActView.withdraw": ("admin", lambda w, i: {}),
    "OwnerCodeView.use": None,  # needs a code that somebody handed over; tests/core/test_grave.py walks it
    "HolidayView.add": ("admin", lambda w, i: {"day": near(_free(20)), "name": "วันหยุดพิเศษ"}),
    "HolidayView.bulk": ("admin", lambda w, i: {}),
    "HolidayView.edit": ("admin", lambda w, i: {"day": near(_free(50)), "name": "วันหยุดพิเศษ"}),
    "HolidayView.fixed": None,  # adds days of the own district; tests/plugins/saraban/test_life.py walks it
    "ImportView.add": ("admin", lambda w, i: {"files": _waiting(w), "amphoes": ""}),
    "ImportView.columns_of": ("admin", lambda w, i: {"c-name": "0", "c-amphoe": "1", "c-province": "2", "heading": "0"}),
    "ImportView.fix": ("admin", lambda w, i: {"c-name": "บ้านใหม่", "c-amphoe": "อ", "c-province": "จ"}),
    "ImportView.other_sheet": ("admin", lambda w, i: {"name": "ก.พ."}),
    "ImportView.commit": ("admin", lambda w, i: {}),
    "ImportView.undo": ("admin", lambda w, i: {}),
    "JobView.stop": ("clerk", lambda w, i: {}),
    "JobView.again": ("clerk", lambda w, i: {}),
    "LoginView.language": ("clerk", lambda w, i: {}),
    "LoginView.logout": ("clerk", lambda w, i: {}),
    "ModuleView.switch": ("admin", lambda w, i: {"on": "0"}),
    "NoticeView.choices": ("clerk", lambda w, i: {**{f"topic-{topic.key}": "page" for _plugin, topic in w.khet.registry.topics}, "quiet_from": "20.00", "quiet_to": "06.00", "digest": "08.00"}),
    "NoticeView.read": ("clerk", lambda w, i: {}),
    "PasswordView.change": ("clerk", lambda w, i: {"old_password": "khet-demo", "password": "ยาวพอสมควรนะ", "again": "ยาวพอสมควรนะ"}),
    "PersonView.add": ("admin", lambda w, i: {"first_name": "ก", "last_name": "ข"}),
    "PersonView.edit": ("admin", lambda w, i: {"first_name": "ก", "last_name": "ข"}),
    "PersonView.end_post": ("admin", lambda w, i: {}),
    "PersonView.post": ("admin", lambda w, i: {"position": "ครู", "unit_id": i["unit_id"], "starts_on": DAY}),
    "RecentView.remember": ("clerk", lambda w, i: {"view": "SchoolView", "id": i[School]}),
    "ReportView.file": ("clerk", lambda w, i: {"kind": "csv"}),
    "PinView.pin": ("clerk", lambda w, i: {"view": "SchoolView"}),
    "SavedViewView.add": ("clerk", lambda w, i: {"view": "SchoolView", "title": "ของฉัน"}),
    "SavedViewView.default": ("clerk", lambda w, i: {}),
    "SavedViewView.delete": ("clerk", lambda w, i: {}),
    "SchoolGroupView.add": ("admin", lambda w, i: {"name": "กลุ่มใหม่"}),
    "SchoolGroupView.edit": ("admin", lambda w, i: {"name": "กลุ่มใหม่"}),
    "SchoolGroupView.join": ("admin", lambda w, i: {"schools-0-school_id": i["free_school"], "starts_on": DAY}),
    "SchoolGroupView.leave": ("admin", lambda w, i: {}),
    "SchoolView.add": ("admin", lambda w, i: {"code": "99", "name": "ร", "amphoe": "อ", "province": "จ", "size": "", "status": "merged", "status_on": DAY, "merged_into_id": i[School]}),
    "SchoolView.cell": ("admin", cell(School, "size", "large")),
    "SchoolView.edit": ("admin", lambda w, i: {"code": "98", "name": "ร", "amphoe": "อ", "province": "จ", "size": "", "status": "open"}),
    "UnitView.add": ("admin", lambda w, i: {"code": "x", "name": "กลุ่ม"}),
    "UnitView.edit": ("admin", lambda w, i: {"code": "x", "name": "สำนักงาน", "active": "y"}),
    "UnitView.cell": ("admin", cell(Unit, "letter_prefix", "ศธ 1")),
    "SchoolsApi.add": ("admin", lambda w, i: {"code": "97", "name": "ร", "amphoe": "อ", "province": "จ"}),
    "TokenView.list": ("clerk", lambda w, i: {"name": "AMSS", "scopes": "core.school:list", "ends_on": near(30)}),
    "FactorView.app": None,  # needs the code of an app; tests/core/test_factors.py walks it
    "FactorView.passkey": None,  # needs an authenticator; tests/browser/test_passkey.py walks it
    "FactorView.new_codes": ("clerk", lambda w, i: {}),
    "FactorView.kept": ("clerk", lambda w, i: {}),
    "FactorView.remove": ("clerk", lambda w, i: {}),
    "SecurityView.address": ("clerk", lambda w, i: {"mail_address": "clerk@example.go.th"}),
    "InHandView.end_stand_in": None,  # of who is stood in for alone; tests/core/test_leaving.py walks it
    "SecurityView.end": ("clerk", lambda w, i: {"others": "1"}),
    "TokenView.revoke": ("clerk", lambda w, i: {}),
    "UploadView.upload": ("clerk", lambda w, i: {"file": pdf()}),
    "UserView.add": ("admin", lambda w, i: {"name": "new", "first_name": "ก", "last_name": "ข", "clearance": "0", "person_id": ""}),
    "UserView.edit": ("admin", lambda w, i: {"first_name": "ก", "last_name": "ข", "clearance": "0"}),
    "UserView.end_grant": ("admin", lambda w, i: {}),
    "UserView.grant": ("admin", lambda w, i: {"role_id": i["role_id"], "unit_id": i["unit_id"], "starts_on": DAY}),
    "UserView.hand_over": None,  # wants work in hand; test_leaving.py walks it
    "UserView.leave": ("admin", lambda w, i: {}),
    "UserView.lock": ("admin", lambda w, i: {}),
    "UserView.reset_factors": ("admin", lambda w, i: {}),
    "UserView.revoke_token": ("admin", lambda w, i: {}),
    "UserView.reset": ("admin", lambda w, i: {}),
    "WebhookView.add": ("admin", lambda w, i: {"name": "ศูนย์", "url": "https://example.go.th/x", "active": "y"}),
    "WebhookView.edit": ("admin", lambda w, i: {"name": "ศูนย์", "url": "https://example.go.th/x", "active": "y"}),
}  # fmt: skip
