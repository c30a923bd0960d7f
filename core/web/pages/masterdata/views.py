"""Pages of schools, school groups, units and persons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from core.base import permissions
from core.base.errors import NotFound, RuleError
from core.base.text.dates import shown_date
from core.base.text.thai import clean, plain_text, search_text, today
from core.platform import succession
from core.platform.masterdata import holidays, services
from core.platform.masterdata.models import Holiday, Person, Post, School, SchoolGroup, SchoolGroupMember, Unit
from core.platform.users.models import Account
from core.platform.worklist import unit_closing
from core.records import lists
from core.records.approvals import services as approvals
from core.storage.fields import label
from core.web.crud import ActionLink, CrudView, facts
from core.web.pages.masterdata.forms import (
    HolidayForm,
    MembersForm,
    PersonForm,
    PostForm,
    SchoolForm,
    SchoolGroupForm,
    UnitForm,
)
from core.web.pages.masterdata.untaken import said_afterwards
from core.web.unit_of_work import db, effective_plugins, khet
from core.web.views import expose, history_of, lookup_answer, right


def _ask(form: Any, mark: str, said: str) -> None:
    """Say it above the form, and go on where that was seen. Raises RuleError once for each `mark`."""
    if form.closing_ok.data != mark:
        form.closing_ok.data = mark
        raise RuleError(said)


def ask_before_closing(form: Any, unit: Unit, field: str, into_id: int | None = None) -> None:
    """Say what closing a unit in use costs, and what goes where. Raises RuleError once, and at the field where it is
    not theirs to close."""
    place = unit_closing.goes_on_with(db, into_id)
    on, registry = effective_plugins(), khet().registry
    fates = succession.fates(db, registry, on, unit, place, office=not into_id) if place is not None else ()
    if loss := unit_closing.cost_of(db, unit, today(), place, fates, field=field):
        _ask(form, loss.mark, str(loss))


def ask_before_parting(form: Any, school: School) -> None:
    """Say what is not undone where a merged school opens again, or another goes on with its matters. Raises RuleError
    once, and where it would open its papers to who does it."""
    into_id = form.merged_into_id.data if form.status.data == "merged" else None
    if into_id == school.merged_into_id:
        return
    if (into := db.get(School, into_id) if into_id else None) is not None:
        place = services.require(db, Unit, into.unit_id)
        unit_closing.refuse_own_gain(db, place, today(), field="merged_into_id")
    said = _(
        "Letters in the books of %(name)s are its own again, or go to whom you name now. What has become the other "
        "school's stays there: %(into)s keeps drafts, requests and letters of the tray. Save once more to do it.",
        name=school.name, into=school.merged_into.name if school.merged_into else "–",
    )  # fmt: skip
    _ask(form, f"parts {school.merged_into_id} {into_id}", said)


def ask_before_opening(form: Any, name: str) -> None:
    """Say what stays with the office where a closed unit opens again. Raises RuleError once."""
    said = _(
        "Letters in the books of %(name)s are its own again. What the office took over as its own stays there, and "
        "what went back to its senders does not come again. Save once more to do it.",
        name=name,
    )
    _ask(form, "opens", said)


def _went_on(unit_id: int, *, ended: bool) -> list[ActionLink]:
    """Where what was in work at a unit that has ended is finished."""
    address = url_for("WentOnView.show", record_id=unit_id)
    return [ActionLink(_l("What went on from here"), address, "box-arrow-right")] if ended else []


def period(row: Any) -> str:
    """From and to, as lists show them."""
    return f"{shown_date(row.starts_on, 'short')} – {shown_date(row.ends_on, 'short')}"


class SchoolView(CrudView):
    """Schools of the district."""

    route_base = "/schools"
    resource = permissions.SCHOOLS
    model = School
    title = _l("Schools")
    new_title = _l("New school")
    icon = "buildings"
    every_unit = "who works in a district knows its schools: letters are sent to them, help is given to them"
    inline_edit = True
    empty_hint = _l("No school yet.")
    order = ("sort_key", "id")
    searchable = "search_text"
    form_class = SchoolForm

    def columns(self) -> list[lists.Column]:
        return [
            lists.column(School.code, wide=True),
            lists.column(School.name, link=True, sort=School.sort_key),
            lists.column(School.subdistrict, wide=True),
            lists.column(School.amphoe),
            lists.column(School.levels, wide=True),
            lists.column(School.size, wide=True, edit=True),
            lists.column(School.status),
        ]

    def filters(self) -> list[lists.Filter]:
        amphoes = db.scalars(select(School.amphoe).distinct().order_by(School.amphoe).limit(60)).all()
        return [
            lists.Filter(
                "amphoe",
                label(School.amphoe),
                lambda statement, value: statement.where(School.amphoe == value),
                choices=[(name, name) for name in amphoes],
            ),
            lists.choice(School.status),
        ]

    def dimensions(self) -> list[lists.Dimension]:
        return [lists.dimension(School.amphoe), lists.dimension(School.size), lists.dimension(School.status)]

    def facts(self, record: Any) -> list[tuple[Any, Any]]:
        found = [*super().facts(record), *facts(record, School.status_on)]
        if record.merged_into:
            found.append((label(School.merged_into_id), record.merged_into.name))
        return found

    def fill(self, form: Any, record: Any) -> None:
        form.letter_prefix.data = services.require(db, Unit, record.unit_id).letter_prefix

    def find(self, record_id: int, verb: str = "show") -> Any:
        record = db.get(School, record_id)
        if record is None:
            raise NotFound
        return record

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        return [*super().action_links(record), *_went_on(record.unit_id, ended=record.status != "open")]

    def _keep(self, record: Any, form: Any) -> Any:
        if record is not None and record.status == "open" and form.status.data != "open":
            into_id = form.merged_into_id.data if form.status.data == "merged" else None
            unit = services.require(db, Unit, record.unit_id)
            ask_before_closing(form, unit, "status", into_id)
            with said_afterwards(unit):
                return super()._keep(record, form)
        elif record is not None and record.merged_into_id:
            ask_before_parting(form, record)
        elif record is not None and record.status == "closed" and form.status.data == "open":
            ask_before_opening(form, record.name)
        return super()._keep(record, form)

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        return services.save_school(db, record, values, today())

    @expose("/lookup")
    @right("list")
    def lookup(self) -> Any:
        """Schools whose name or code holds what was typed."""
        statement = select(School.id, School.name, School.amphoe).order_by(School.sort_key).limit(20)
        typed = request.args.get("q", "")
        statement = statement.where(*lists.contains(School.search_text, typed))
        return lookup_answer(db.execute(statement))


class SchoolGroupView(CrudView):
    """School groups and their members."""

    route_base = "/school-groups"
    resource = permissions.SCHOOL_GROUPS
    model = SchoolGroup
    title = _l("School groups")
    new_title = _l("New school group")
    icon = "diagram-3"
    order = ("name", "id")
    form_class = SchoolGroupForm
    show_template = "khet/school_group.html"

    def columns(self) -> list[lists.Column]:
        return [lists.column(SchoolGroup.name, link=True)]

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        return services.save_group(db, record, values["name"])

    def histories(self, record: Any) -> list[Any]:
        members = select(SchoolGroupMember.id).where(SchoolGroupMember.group_id == record.id)
        return [*super().histories(record), history_of(SchoolGroupMember, members)]

    def extra(self, record: Any) -> dict[str, Any]:
        members = db.scalars(
            select(SchoolGroupMember)
            .join(School, School.id == SchoolGroupMember.school_id)
            .options(joinedload(SchoolGroupMember.school))
            .where(SchoolGroupMember.group_id == record.id)
            .order_by(School.sort_key)
            .limit(200)
        ).all()
        return {"members": members, "period": period, "today": today()}

    @expose("/<int:record_id>/members/new", methods=("GET", "POST"))
    @right("edit")
    def join(self, record_id: int) -> Any:
        """Put schools into the group."""
        group = self.find(record_id, "edit")
        form = MembersForm()
        if request.method == "GET":
            form["starts_on"].data = today()
        return self.submit(
            form,
            lambda: services.add_members(db, group, **form.values()),
            lambda _members: self.url("show", record_id=group.id),
            lambda: self.render(
                self.form_template,
                form=form,
                record=group,
                heading=_("Add schools to %(name)s", name=group.name),
                back=self.url("show", record_id=group.id),
            ),
        )

    @expose("/<int:record_id>/members/<int:member_id>/end", methods=("GET", "POST"))
    @right("edit")
    def leave(self, record_id: int, member_id: int) -> Any:
        """End a membership today."""
        group = self.find(record_id, "edit")
        member = db.get(SchoolGroupMember, member_id)
        if member is None or member.group_id != group.id:
            raise NotFound
        ends_on = max(today(), member.starts_on)
        if request.method == "GET":
            said = _(
                "%(school)s leaves %(group)s: its last day is %(day)s. A day that was written is not changed again.",
                school=member.school.name, group=group.name, day=shown_date(ends_on, "letter"),
            )  # fmt: skip
            return self.sure(_("End today"), member.school.name, said, self.url("show", record_id=group.id))
        services.end_member(db, member, ends_on)
        return redirect(self.url("show", record_id=group.id))


class UnitView(CrudView):
    """The office and its groups; schools have pages of their own."""

    route_base = "/units"
    resource = permissions.UNITS
    model = Unit
    title = _l("Office and groups")
    new_title = _l("New group of the office")
    icon = "building"
    inline_edit = True
    order = ("code", "id")
    form_class = UnitForm

    def columns(self) -> list[lists.Column]:
        return [
            lists.column(Unit.code),
            lists.column(Unit.name, link=True),
            lists.column(Unit.kind),
            lists.column(Unit.letter_prefix, wide=True, edit=True),
            lists.Column("active", _l("State"), lambda row: _("In use") if row.active else _("Closed"), "label"),
        ]

    def statement(self) -> Select[Any]:
        return select(Unit).where(Unit.kind != "school")

    def find(self, record_id: int, verb: str = "show") -> Any:
        record = db.get(Unit, record_id)
        if record is None or record.kind == "school":
            raise NotFound
        return record

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        return [*super().action_links(record), *_went_on(record.id, ended=not record.active)]

    def _keep(self, record: Any, form: Any) -> Any:
        if record is not None and record.active and not form.active.data:
            ask_before_closing(form, record, "active")
            with said_afterwards(record):
                return super()._keep(record, form)
        elif record is not None and not record.active and form.active.data:
            ask_before_opening(form, record.name)
        return super()._keep(record, form)

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        return services.save_unit(db, record, values)

    @expose("/lookup")
    @right("lookup")
    def lookup(self) -> Any:
        """Units whose name holds what was typed; the office and its groups first."""
        statement = select(Unit.id, Unit.name, func.coalesce(services.place_of(Unit.id), ""))
        statement = statement.where(Unit.active.is_(True)).order_by(Unit.kind == "school", Unit.name).limit(20)
        statement = statement.where(*lists.holds(plain_text(request.args.get("q", "")), Unit.name))
        return lookup_answer(db.execute(statement))


class PersonView(CrudView):
    """People of the district and their posts."""

    route_base = "/persons"
    resource = permissions.PERSONS
    model = Person
    title = _l("People")
    new_title = _l("New person")
    icon = "person-badge"
    order = ("sort_key", "id")
    searchable = "search_text"
    form_class = PersonForm
    show_template = "khet/person.html"

    def columns(self) -> list[lists.Column]:
        return [lists.Column("full_name", _l("Name"), link=True, sort=Person.sort_key)]

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        return services.save_person(db, record, values)

    def histories(self, record: Any) -> list[Any]:
        posts = select(Post.id).where(Post.person_id == record.id)
        return [*super().histories(record), history_of(Post, posts)]

    def extra(self, record: Any) -> dict[str, Any]:
        posts = db.scalars(
            select(Post)
            .options(joinedload(Post.unit))
            .where(Post.person_id == record.id)
            .order_by(Post.starts_on.desc(), Post.id.desc())
        ).all()
        return {"posts": posts, "period": period, "today": today()}

    @expose("/<int:record_id>/posts/new", methods=("GET", "POST"))
    @right("edit")
    def post(self, record_id: int) -> Any:
        """Give the person a post."""
        person = self.find(record_id, "edit")
        form = PostForm()
        if request.method == "GET":
            form["starts_on"].data = today()

        def save() -> Any:
            values = form.values()
            if db.get_one(Account, self.actor.user_id).person_id == person.id:
                approvals.check_own(db, [clean(values["position"])], field="position")
            return services.add_post(db, person, **values)

        return self.submit(
            form,
            save,
            lambda _post: self.url("show", record_id=person.id),
            lambda: self.render(
                self.form_template,
                form=form,
                record=person,
                heading=_("New post of %(name)s", name=person.full_name),
            ),
        )

    @expose("/<int:record_id>/posts/<int:post_id>/end", methods=("GET", "POST"))
    @right("edit")
    def end_post(self, record_id: int, post_id: int) -> Any:
        """End a post today."""
        post = db.get(Post, post_id)
        if post is None or post.person_id != record_id:
            raise NotFound
        ends_on, name = max(today(), post.starts_on), self.find(record_id, "edit").full_name
        if request.method == "GET":
            said = _(
                "The post %(position)s ends: its last day is %(day)s. A day that was written is not changed again.",
                position=post.position, day=shown_date(ends_on, "letter"),
            )  # fmt: skip
            return self.sure(_("End today"), name, said, self.url("show", record_id=record_id))
        services.end_post(db, post, ends_on)
        return redirect(self.url("show", record_id=record_id))

    @expose("/lookup")
    @right("list")
    def lookup(self) -> Any:
        """People by name, position, unit, or school and its code: every word typed is found in one of them."""
        name, on = Person.title + Person.first_name + " " + Person.last_name, today()
        statement = select(Person.id, name, services.position_now(Person.id, on))
        for word in search_text(request.args.get("q", "")).split()[:5]:
            named = lists.contains(Person.search_text, word)
            statement = statement.where(or_(*named, services.works_as(Person.id, word, on)))
        return lookup_answer(db.execute(statement.order_by(Person.sort_key).limit(20)))


class HolidayView(CrudView):
    """Days on which the offices do not work: deadlines are counted in working days."""

    route_base = "/holidays"
    resource = permissions.HOLIDAYS
    model = Holiday
    title = _l("Holidays")
    new_title = _l("New holiday")
    icon = "calendar-x"
    order = ("day", "id")
    descending = True
    calendar = "day"
    form_class = HolidayForm
    empty_hint = _l("No holiday yet.")
    first_hint = _l("Add this year's fixed days, then those that follow the moon.")
    list_template = "khet/holidays.html"

    def columns(self) -> list[lists.Column]:
        return [lists.column(Holiday.day, link=True), lists.column(Holiday.name)]

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        return services.save_holiday(db, record, values)

    def actions(self) -> list[lists.Action]:
        return [
            lists.Action(
                "remove", _l("Offices work on it after all"), "edit", lambda day, _v: db.delete(day), icon="trash"
            )
        ]

    @expose("/fixed", methods=("POST",))
    @right("add")
    def fixed(self) -> Any:
        """Add the days of this year and the next that are the same every year."""
        count = sum(holidays.fill(db, today().year + ahead) for ahead in (0, 1))
        flash(_("%(count)s days added.", count=count), "success")
        return redirect(self.url("list"))


VIEWS = [SchoolView, SchoolGroupView, UnitView, PersonView, HolidayView]
