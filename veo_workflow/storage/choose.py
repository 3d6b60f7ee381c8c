"""The one place that knows which driver stands behind the port."""

from veo_workflow.settings import Settings
from veo_workflow.storage import Storage
from veo_workflow.storage.disk import DiskStorage


def open_storage(settings: Settings) -> Storage:
    """The storage this copy was set up with."""
    if settings.storage == "disk":
        return DiskStorage(settings.data, settings.secret())

    from veo_workflow.storage.s3 import S3Storage  # the S3 client takes a third of a second to import

    return S3Storage(
        bucket=settings.s3_bucket,
        endpoint=settings.s3_endpoint,
        public_origin=settings.s3_public_origin,
        region=settings.s3_region,
        access_key=settings.s3_key,
        secret=settings.s3_secret,
        scratch=settings.scratch,
    )
