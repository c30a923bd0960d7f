"""Pages of work standards: my steps, standards, rounds, evidence, indicators, terms."""

from __future__ import annotations

from core.work.views.evidence import EvidenceView
from core.work.views.indicators import KpiView
from core.work.views.people import PeopleView
from core.work.views.rounds import RunView
from core.work.views.standards import StandardView
from core.work.views.steps import ProgressView
from core.work.views.terms import TermView

VIEWS = [ProgressView, StandardView, RunView, EvidenceView, KpiView, TermView, PeopleView]
