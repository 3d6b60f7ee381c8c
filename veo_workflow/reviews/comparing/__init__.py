"""Then and now: two moments of one step beside each other, an earlier one and a later one."""
