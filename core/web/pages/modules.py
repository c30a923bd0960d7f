"""Module pages: a district's switches, and head office's rules."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.base import permissions
from core.base.errors import NotFound, RuleError
from core.platform.masterdata.models import District
from core.platform.timeline.models import TimelineEntry
from core.plugins import switches
from core.plugins.models import PluginRule, PluginSwitch
from core.web.unit_of_work import db, khet
from core.web.views import KhetView, expose, right

MODE_TITLES = {
    "allowed": _l("Allowed (off until the district switches it on)"),
    "default": _l("Default (on until the district switches it off)"),
    "required": _l("Required (always on)"),
    "hidden": _l("Hidden (off, and not shown)"),
}


class ModuleView(KhetView):
    """The district administrator's switches."""

    route_base = "/modules"
    resource = permissions.MODULES

    @expose("/")
    @right("list")
    def list(self) -> Any:
        """Every module the district may have, with its switch."""
        states = khet().switchboard.states(db, self.actor.district_id)
        manifests = khet().registry.manifests
        rows = [
            (manifests[name], state)
            for name, state in states.items()
            if not manifests[name].always_on and state.mode != switches.HIDDEN
        ]
        history = db.scalars(
            select(TimelineEntry)
            .where(TimelineEntry.kind.in_([PluginSwitch.__tablename__, PluginRule.__tablename__]))
            .order_by(TimelineEntry.id.desc())
            .limit(20)
        ).all()
        return self.render("khet/modules.html", rows=rows, manifests=manifests, entries=history)

    @expose("/<name>/off")
    @right("edit")
    def preview(self, name: str) -> Any:
        """What switching off means, before it is done."""
        state = khet().switchboard.states(db, self.actor.district_id).get(name)
        manifest = khet().registry.manifests.get(name)
        if manifest is None or state is None or manifest.always_on or state.mode == switches.HIDDEN:
            raise NotFound
        impact = switches.preview(db, khet().switchboard, name)
        return self.render(
            "khet/module_off.html", manifest=manifest, impact=impact, manifests=khet().registry.manifests
        )

    @expose("/<name>/switch", methods=("POST",))
    @right("edit")
    def switch(self, name: str) -> Any:
        """Switch on or off."""
        try:
            switches.switch(db, khet().switchboard, name, on=request.form.get("on") == "1")
            flash(_("Saved. It holds from the next page on."), "success")
        except RuleError as error:
            db.rollback()
            flash(str(error.message), "danger")
        return redirect(self.url("list"))


class ModuleRuleView(KhetView):
    """Head office's rules: for all districts, and the exceptions."""

    route_base = "/head-office/modules"
    resource = permissions.MODULE_RULES
    system_scope = "head office: module rules"

    @expose("/")
    @right("list")
    def list(self) -> Any:
        """Rules of every module, district by district."""
        registry = khet().registry
        rules = db.scalars(select(PluginRule)).all()
        districts = db.scalars(select(District).where(District.level != "head_office").order_by(District.code)).all()
        general = {rule.plugin: rule.mode for rule in rules if rule.district_id is None}
        special = {(rule.plugin, rule.district_id): rule.mode for rule in rules if rule.district_id}
        manifests = [m for m in registry.manifests.values() if not m.always_on]
        return self.render(
            "khet/module_rules.html", manifests=manifests, districts=districts, general=general,
            special=special, modes=MODE_TITLES,
        )  # fmt: skip

    @expose("/<name>", methods=("POST",))
    @right("edit")
    def change(self, name: str) -> Any:
        """Set one rule."""
        raw = request.form.get("district", "")
        district = db.get(District, int(raw)) if raw.isdecimal() and len(raw) < 10 else None
        if raw and (district is None or district.level == "head_office"):
            raise NotFound
        try:
            switches.set_rule(db, khet().registry, name, request.form.get("mode", ""), district)
            flash(_("Saved. It holds from the next page on."), "success")
        except RuleError as error:
            db.rollback()
            flash(str(error.message), "danger")
        return redirect(self.url("list"))


VIEWS = [ModuleView, ModuleRuleView]
