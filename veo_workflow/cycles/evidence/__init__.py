"""Evidence beside the clips: what was seen in the room, what pupils said, made and scored; with photos and PDFs."""
