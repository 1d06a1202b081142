"""The two ways in which a verdict can be anything but good."""


class Invalid(Exception):
    """Something is malformed, broken or forged."""


class CannotTell(Exception):
    """Nothing is wrong, and yet trust does not reach."""


def require(condition, reason):
    if not condition:
        raise Invalid(reason)
