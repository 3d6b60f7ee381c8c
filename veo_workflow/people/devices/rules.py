"""What a device is called: a pure decision on what its browser says of itself."""

# A browser names those before it too, for old pages' sake: the first of these that it names is what it is.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
MACHINES = (
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows"),
    ("Macintosh", "iPad or Mac"),  # an iPad says so too
    ("Linux", "Linux"),
)


def device_of(user_agent: str) -> str:
    """Machine and browser in a few words, for its owner to know it by; empty where nothing can be told.

    Nothing is decided by it: a browser may say what it likes.
    """
    machine = next((name for mark, name in MACHINES if mark in user_agent), "")
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    return ", ".join(filter(None, (machine, browser)))
