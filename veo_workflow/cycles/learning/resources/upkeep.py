from veo_workflow.cycles.learning.resources import operations
from veo_workflow.database import database_now
from veo_workflow.services import Services


def expire(services: Services) -> int:
    with services.database.transaction() as session:
        return operations.expire(session, database_now(session))
