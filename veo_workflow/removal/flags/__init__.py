"""A clip that shows a pupil who must not be shown: nobody watches it until it is trimmed or deleted."""
