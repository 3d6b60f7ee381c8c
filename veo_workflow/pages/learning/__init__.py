"""The screens of Learn, composed of what several rooms know."""
