"""Every room that people enter by an address."""

from veo_workflow.clips import views as clips_views
from veo_workflow.clips.shares import views as shares_views
from veo_workflow.clips.uploads import views as uploads_views
from veo_workflow.cycles import views as cycles_views
from veo_workflow.cycles.adapting import views as adapting_views
from veo_workflow.cycles.learning.conversation import views as conversation_views
from veo_workflow.cycles.pairing import views as pairing_views
from veo_workflow.cycles.readings import views as readings_views
from veo_workflow.cycles.reality import views as reality_views
from veo_workflow.cycles.sessions import views as sessions_views
from veo_workflow.cycles.wordings import views as wordings_views
from veo_workflow.operating import views as operating_views
from veo_workflow.oversight.logs import views as logs_views
from veo_workflow.oversight.overview import views as overview_views
from veo_workflow.pages import beginning, handbook
from veo_workflow.pages import views as pages_views
from veo_workflow.pages.evidence import views as evidence_views
from veo_workflow.pages.exemplars import views as exemplars_views
from veo_workflow.pages.learning import checklist, practice, resources
from veo_workflow.pages.modelling import views as modelling_views
from veo_workflow.pages.noticeboard import views as notices_views
from veo_workflow.pages.playbook import views as playbook_views
from veo_workflow.pages.sharing import views as sharing_views
from veo_workflow.people import views as people_views
from veo_workflow.people.devices import views as devices_views
from veo_workflow.people.factors import passkey_views, second_views
from veo_workflow.people.factors import school_views as second_step_views
from veo_workflow.people.factors import views as factors_views
from veo_workflow.people.providers import views as provider_views
from veo_workflow.people.recording import views as recording_views
from veo_workflow.people.roles import views as roles_views
from veo_workflow.people.roster import views as roster_views
from veo_workflow.people.shared import views as shared_ipad_views
from veo_workflow.people.staff import views as staff_views
from veo_workflow.people.year import views as year_views
from veo_workflow.removal import views as removal_views
from veo_workflow.removal.breach import views as breach_views
from veo_workflow.removal.flags import views as flags_views
from veo_workflow.removal.holds import views as holds_views
from veo_workflow.removal.leaving import views as leaving_views
from veo_workflow.reviews import views as reviews_views
from veo_workflow.reviews.comparing import views as comparing_views
from veo_workflow.reviews.patterns import views as patterns_views
from veo_workflow.reviews.queue import views as queue_views
from veo_workflow.reviews.room import views as room_views
from veo_workflow.tags import views as tags_views
from veo_workflow.tags.agreement import views as agreement_views
from veo_workflow.tags.replies import views as replies_views
from veo_workflow.tags.self_first import views as self_first_views
from veo_workflow.takeout import views as takeout_views
from veo_workflow.takeout.moments import views as moments_views
from veo_workflow.takeout.person import views as archive_views
from veo_workflow.takeout.review import views as review_paper_views

ROOMS = (
    people_views.blueprint,
    devices_views.blueprint,
    factors_views.blueprint,
    second_views.blueprint,
    passkey_views.blueprint,
    provider_views.blueprint,
    shared_ipad_views.blueprint,
    second_step_views.blueprint,
    pairing_views.blueprint,
    roles_views.blueprint,
    roster_views.blueprint,
    staff_views.blueprint,
    year_views.blueprint,
    recording_views.blueprint,
    playbook_views.blueprint,
    cycles_views.blueprint,
    reality_views.blueprint,
    wordings_views.blueprint,
    adapting_views.blueprint,
    modelling_views.blueprint,
    readings_views.blueprint,
    sessions_views.blueprint,
    conversation_views.blueprint,
    clips_views.blueprint,
    shares_views.blueprint,
    uploads_views.blueprint,
    tags_views.blueprint,
    replies_views.blueprint,
    self_first_views.blueprint,
    agreement_views.blueprint,
    reviews_views.blueprint,
    room_views.blueprint,
    queue_views.blueprint,
    comparing_views.blueprint,
    patterns_views.blueprint,
    removal_views.blueprint,
    leaving_views.blueprint,
    holds_views.blueprint,
    breach_views.blueprint,
    flags_views.blueprint,
    logs_views.blueprint,
    overview_views.blueprint,
    takeout_views.blueprint,
    archive_views.blueprint,
    moments_views.blueprint,
    review_paper_views.blueprint,
    pages_views.blueprint,
    evidence_views.blueprint,
    sharing_views.blueprint,
    exemplars_views.blueprint,
    checklist.blueprint,
    practice.blueprint,
    resources.blueprint,
    notices_views.blueprint,
    beginning.blueprint,
    handbook.blueprint,
    operating_views.blueprint,
)
