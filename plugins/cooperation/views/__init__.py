"""Pages of cooperation, a file for each kind of record."""

from plugins.cooperation.views import agencies, cases, tasks

VIEWS = [agencies.AgencyView, cases.CaseView, tasks.TaskView]
