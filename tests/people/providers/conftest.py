from tests.people.factors.conftest import asha_has_a_password, clock, set_up

__all__ = ["asha_has_a_password", "clock", "set_up"]
