import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from veo_workflow.cycles.attachments.rules import Folder, Holder
from veo_workflow.database import Base, new_id, now


class Attachment(Base):
    """A photo or a PDF, made anew; `name` is what its owner called it, the key is ours.

    It belongs to a piece of evidence or is a resource, never both. Its owner is who added it. `width` and `height` are
    pixels of a photo.
    """

    __tablename__ = "attachments"
    __table_args__ = (Index("ix_attachments_school_id_owner_id", "school_id", "owner_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    evidence_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("evidence.id"), index=True)
    resource_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("resources.id"), unique=True)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"))
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str] = mapped_column(String(120))
    content_type: Mapped[str] = mapped_column(String(40))
    size_bytes: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    key: Mapped[str] = mapped_column(String(200), unique=True)
    added_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def is_photo(self) -> bool:
        return self.content_type == "image/jpeg"

    @property
    def holder(self) -> Holder | None:
        """None for a row that belongs to nothing, which none may be."""
        if self.evidence_id:
            return Holder(Folder.EVIDENCE, self.evidence_id)
        return Holder(Folder.RESOURCES, self.resource_id) if self.resource_id else None
