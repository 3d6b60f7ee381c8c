"""The pair's meetings: planned, moved, cancelled, held. In code a meeting, since a session is the database's."""
