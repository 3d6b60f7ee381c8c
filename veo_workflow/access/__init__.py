"""Who may do what with which thing in which state: a pure table over plain values."""
