"""Pages of work standards: my steps, standards, rounds, evidence, indicators, terms."""

from __future__ import annotations

from core.web.pages.standards.evidence import EvidenceView
from core.web.pages.standards.indicators import KpiView
from core.web.pages.standards.people import PeopleView
from core.web.pages.standards.rounds import RunView
from core.web.pages.standards.standards import StandardView
from core.web.pages.standards.steps import ProgressView
from core.web.pages.standards.terms import TermView

VIEWS = [ProgressView, StandardView, RunView, EvidenceView, KpiView, TermView, PeopleView]
