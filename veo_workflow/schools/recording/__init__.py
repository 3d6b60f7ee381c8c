"""What a school says about filming lessons: on what basis, to whom, how to opt out, and how long clips are kept."""
