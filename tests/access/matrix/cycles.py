from tests.access.rows import EVERYBODY, PAIR, Row

ROWS = (
    Row("cycles.everything", "GET", "/cycles", EVERYBODY),
    Row("cycles.new", "GET", "/cycles/new", EVERYBODY),
    Row(
        "cycles.open_new",
        "POST",
        "/cycles/new",
        PAIR,
        form=lambda ids: {
            "pair": str(ids.world.pair.id),
            "term": str(ids.world.cycle.term_id),
            "focus": "Talk",
            "cpd_layer": "team",
        },
    ),
    Row("cycles.goal", "GET", "/cycles/{cycle}/goal", PAIR),
    Row("cycles.write_goal", "POST", "/cycles/{cycle}/goal", PAIR, form=lambda _: {"statement": "New", "after": "2"}),
    Row("cycles.strategies", "GET", "/cycles/{cycle}/strategies", PAIR),
    Row(
        "cycles.choose_strategies",
        "POST",
        "/cycles/{cycle}/strategies",
        PAIR,
        form=lambda ids: {"strategies": ids.strategy},
    ),
    Row("cycles.move", "POST", "/cycles/{cycle}/stage", PAIR, form=lambda _: {"to": "learn"}),
)
