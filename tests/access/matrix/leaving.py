from tests.access.rows import Row

ADMINISTRATOR = frozenset({"ada"})

ROWS = (
    Row("leaving.gone", "GET", "/people/left", ADMINISTRATOR),
    Row("leaving.ask", "GET", "/people/{colleague}/leave", ADMINISTRATOR),
    Row("leaving.come_back", "POST", "/people/{colleague}/return", ADMINISTRATOR),
    Row("leaving.leave", "POST", "/people/{colleague}/leave", ADMINISTRATOR),
)
