"""An append-only log of who did what. It knows ids only: no names, titles or notes."""
