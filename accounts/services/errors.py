"""What a service says when it does not do what was asked. The message is for the person who asked, in Japanese."""


class Refused(Exception):
    """Nothing was written. `str(error)` says why and what to do next."""


class Stale(Refused):
    """Somebody else was faster; the message says who did what."""


class NotAllowed(Refused):
    """The actor has no right to this step."""
