"""A field is declared once, on its column: what derives from it follows, and a slip is refused when Khet starts."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.exchange.api.declare import ApiSchema
from core.exchange.api.declare import field as api_field
from core.exchange.imports.declare import column, guess
from core.exchange.reports import report
from core.exchange.reports.nation import NationReport
from core.platform.masterdata.models import School
from core.platform.timeline import labels, recorder
from core.platform.timeline.models import TimelineEntry
from core.records import lists
from core.storage import fields
from core.web.forms import KhetForm, text
from core.web.page_parts import facts
from core.web.record_forms import RecordForm, field
from plugins.cooperation.models import SCOPES, Agency, Case, Task
from plugins.service_request.models import Setting
from tests.installations import ROOT
from tests.support import HOME


def made(world, form: type[KhetForm]) -> KhetForm:
    with world.app.test_request_context():
        return form()


class Summary(RecordForm):
    asks = (
        (_l("Work"), (Case.title, "result", Case.ends_on, Case.budget)),
        (_l("Facts"), (Case.scope, "people")),
    )
    people = text(_l("Name"), need=False)
    result = field(Case.result, required=True)


def test_a_form_asks_what_the_columns_say_in_the_order_in_which_it_names_them(world):
    form = made(world, Summary)
    asked = [one.name for one in form if one.name not in ("form_key", "version", "csrf_token")]
    assert asked == ["title", "result", "ends_on", "budget", "scope", "people"]
    assert form["title"].label.text == fields.label(Case.title)
    assert [title for title, _fields in form.layout()] == [_l("Work"), _l("Facts")]
    assert [value for value, _title in form["scope"].choices] == ["inside", "outside"]
    with world.app.test_request_context(method="POST", data={"title": "ก" * 301, "scope": "elsewhere"}):
        refused = Summary()
        assert not refused.validate()
        assert {"title", "result", "ends_on", "scope"} <= refused.errors.keys(), (
            "length, need, need of this form, choice"
        )
        assert "budget" not in refused.errors


def test_what_a_form_asks_wrong_is_refused_when_its_module_is_read():
    with pytest.raises(TypeError, match="nobody is no field"):

        class Misspelt(RecordForm):
            asks = (Case.title, "nobody")

    with pytest.raises(TypeError, match="is not declared"):

        class Undeclared(RecordForm):
            asks = (Case.search_text,)

    with pytest.raises(TypeError, match="leaves out the field phone"):

        class Forgotten(RecordForm):
            asks = (Case.title,)
            phone = text(_l("Telephone"))

    with pytest.raises(TypeError, match="field of its own"):

        class Reference(RecordForm):
            asks = (Case.agreement_id,)

    for name in ("refusals", "conflicts", "layout"):  # the form's own, whether it is there before one is opened or not
        with pytest.raises(TypeError, match=f"Made.{name}: every form has something of that name"):
            type(KhetForm)("Made", (KhetForm,), {name: text(_l("Reason"))})


def test_a_declaration_that_contradicts_itself_is_refused():
    for wrong in (
        lambda: fields.text("a", most=10, private=True, api="read"),
        lambda: fields.date("a", search=True),
        lambda: fields.choice("a", {"too long a key": "x"}),
        lambda: fields.text("a", most=10, serach=True),
        lambda: field(Case.result, requird=True),
    ):
        with pytest.raises(TypeError):
            wrong()


def test_what_is_about_a_person_leaves_the_district_in_no_table_and_no_interface():
    with pytest.raises(TypeError, match="private"):
        NationReport("x", "x", (report.Column("x", private=True),), lambda session, year: [])
    with pytest.raises(TypeError, match="no other system"):
        api_field(Agency.contacts)


def test_nobody_reads_an_id_in_a_list_or_on_a_sheet():
    for wrong in (lists.column, report.column, lambda one: facts(Case(), one)):
        with pytest.raises(TypeError, match="no word"):
            wrong(Case.agreement_id)


def test_list_facts_and_sheet_show_a_value_as_an_office_writes_it(world):
    case = Case(title="อบรม", scope="inside", ends_on=date(2026, 6, 14), budget=Decimal("1500"), reported_on=None)
    with world.app.test_request_context(), force_locale("th"):
        assert lists.column(Case.ends_on).show(case) == "14 มิ.ย. 69"
    with world.app.test_request_context(), force_locale("en"):
        assert lists.column(Case.ends_on).show(case) == "14 Jun 2026"
        assert str(lists.column(Case.scope).show(case)) == "Inside the area"
        assert [value for _label, value in facts(case, Case.ends_on, Case.budget, Case.reported_on)] == [
            "14 June 2026", "1,500.00", "",
        ]  # fmt: skip
        columns = (
            report.column(Case.title),
            report.Column("n"),
            report.column(Case.scope),
            report.column(Case.ends_on),
        )
        assert report.line(columns, case, 7) == ("อบรม", 7, "Inside the area", date(2026, 6, 14))
    assert lists.column(Case.title).width == report.column(Case.title).width == 36


def test_an_import_and_the_interface_take_a_field_as_its_column_declares_it():
    code, name, size = column(School.code, kind="code", need=False), column(School.name), column(School.size)
    assert guess([name, size], ["ขนาดโรงเรียน", "ชื่อสถานศึกษา"]) == {"name": 1, "size": 0}
    assert (name.need, name.most, code.need, code.most) == (True, 200, False, 20)
    assert [value for value, _title in size.choices] == ["small", "medium", "large", "xlarge"]
    schema = ApiSchema.from_dict({"name": api_field(School.name), "size": api_field(School.size)})()
    assert schema.load({"name": "บ้านนา", "size": "small"}) == {"name": "บ้านนา", "size": "small"}
    assert schema.validate({"size": "huge"}).keys() == {"name", "size"}
    assert api_field(School.status).dump_only, "other systems read it"


@pytest.mark.parametrize(
    ("typed", "refused"), [("0", True), ("366", True), ("", True), ("๑๔ วัน", False), ("365", False)]
)
def test_a_whole_number_lies_between_the_bounds_of_its_column(world, typed, refused):
    class Days(RecordForm):
        asks = (Setting.lead_days, Setting.fee_hour)

    with world.app.test_request_context(method="POST", data={"lead_days": typed, "fee_hour": "0"}), force_locale("en"):
        form = Days()
        form.validate()
        assert ("lead_days" in form.errors) == refused
        assert "fee_hour" not in form.errors, "nothing is an amount too"
        if refused and typed:
            assert form.errors["lead_days"] == ["Between 1 and 365."]


def test_the_history_names_a_field_as_its_column_does_and_no_other_module_s(world):
    assert labels.field_title("cooperation_case", "decided_on") == fields.label(Case.decided_on)
    assert labels.value_title("cooperation_case", "scope", "inside") == SCOPES["inside"]
    assert not labels.tells("cooperation_task", "user_id"), "who does it is told by name"
    assert labels.field_title("cooperation_agreement", "title") == _l("Heading")
    assert labels.field_title("cooperation_case", "title") == _l("Work"), "each kind has its own word"
    labels.register(fields={"cooperation_case": {"output": "Yield"}})
    try:
        assert labels.field_title("cooperation_case", "output") == "Yield", "a kind may say it otherwise"
    finally:
        del labels.FIELDS["cooperation_case"]["output"]


def test_a_change_of_an_untracked_field_leaves_no_entry(world):
    with world.session() as s:
        case = s.scalars(select(Case).order_by(Case.id)).first()
        task = Task(case_id=case.id, unit_id=case.unit_id, what="ประสาน", who="ก", due_on=date(2026, 6, 14))
        s.add(task)
        s.flush()
        task.user_id = world.account(f"supervisor.{HOME}").id
        assert recorder._changes(task) == {}
        task.what = "ประสานใหม่"
        s.flush()
        entry = s.scalars(select(TimelineEntry).filter_by(kind="cooperation_task", action="changed")).one()
        assert entry.changes == {"what": ["ประสาน", "ประสานใหม่"]}


def test_whoever_changes_a_searched_field_the_search_finds_the_new_words(world):
    with world.session() as s:
        agency = s.scalars(select(Agency).order_by(Agency.id)).first()
        agency.name = "องค์การบริหารส่วนจังหวัด"
        s.flush()
        assert s.scalars(select(Agency).where(*lists.contains(Agency.search_text, "ส่วนจังหวัด"))).all() == [agency]


def test_assigning_writes_declared_fields_alone_and_cleans_what_was_typed():
    case = Case(status="proposed")
    values = fields.Values({"title": "  อบรม  ", "budget": None, "unit_id": 9, "output": None, "people": []})
    fields.assign(case, values)
    assert (case.title, case.output, case.unit_id, case.status) == ("อบรม", "", None, "proposed")
    assert values[Case.title] == values["title"]
    with pytest.raises(KeyError):
        values[Case.ends_on]


PLANTED = """
from core.records import lists
from core.storage import fields
from core.storage.fields import Values
from core.platform.users.models import Account
from core.web.forms import KhetForm
from plugins.cooperation.models import Case

def known_to_packages(form: KhetForm, account: Account) -> str:
    form.is_submited()  # wrong
    return account.usrname  # wrong

def save(case: Case, values: Values) -> None:
    case.title = values[Case.title]
    case.ends_on = values[Case.ends_on]
    values[Case.titel]  # wrong
    case.title = values[Case.ends_on]  # wrong
    lists.column(Case.wrong)  # wrong
    fields.text("a", most=3, serach=True)  # wrong
    fields.date("a", required=True).nothing  # wrong
"""


def test_a_misspelt_field_is_an_error_of_the_type_checker_also_where_a_package_without_types_has_it(tmp_path):
    planted = tmp_path / "planted.py"
    planted.write_text(PLANTED)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--config-file",
        "pyproject.toml",
        "--cache-dir",
        str(ROOT / ".mypy_cache"),
    ]
    answer = subprocess.run([*command, planted], cwd=ROOT, capture_output=True, text=True, check=False)
    lines = {line.partition(".py:")[2].partition(":")[0] for line in answer.stdout.splitlines() if "error" in line}
    wanted = {str(n) for n, line in enumerate(PLANTED.splitlines(), start=1) if "# wrong" in line}
    assert wanted == lines - {""}, answer.stdout
