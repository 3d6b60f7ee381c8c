"""Every room's rows, in one import."""

from veo_workflow import turns
from veo_workflow.audit import models as audit
from veo_workflow.clips import models as clips
from veo_workflow.cycles import models as cycles
from veo_workflow.cycles.adapting import models as adapting
from veo_workflow.cycles.attachments import models as attachments
from veo_workflow.cycles.evidence import models as evidence
from veo_workflow.cycles.learning import models as learning
from veo_workflow.cycles.modelling import models as modelling
from veo_workflow.cycles.reality import models as reality
from veo_workflow.notices import models as notices
from veo_workflow.oversight import models as oversight
from veo_workflow.people import models as people
from veo_workflow.people.factors import models as factors
from veo_workflow.people.providers import models as providers
from veo_workflow.people.shared import models as shared_ipads
from veo_workflow.playbook import models as playbook
from veo_workflow.removal import models as removal
from veo_workflow.removal.holds import models as holds
from veo_workflow.reviews import models as reviews
from veo_workflow.schools import models as schools
from veo_workflow.tags import models as tags
from veo_workflow.takeout.person import models as archives

__all__ = [
    "adapting",
    "archives",
    "attachments",
    "audit",
    "clips",
    "cycles",
    "evidence",
    "factors",
    "holds",
    "learning",
    "modelling",
    "notices",
    "oversight",
    "people",
    "playbook",
    "providers",
    "reality",
    "removal",
    "reviews",
    "schools",
    "shared_ipads",
    "tags",
    "turns",
]
