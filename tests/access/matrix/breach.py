from tests.access.rows import Row

SID = frozenset({"sid"})

ROWS = (
    Row("breach.choose", "GET", "/safeguarding/access?name=Asha", SID),
    Row("breach.pack", "GET", "/safeguarding/access/pack?clip={clip}", SID),
    Row("breach.as_csv", "GET", "/safeguarding/access/pack.csv?clip={clip}", SID),
)
