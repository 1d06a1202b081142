"""Values of the state as a machine changes them."""

from . import cbor


class Record:
    """A value of the state: a map with integer labels, by the names of its fields."""

    def __init__(self, kind, fields=None):
        self.labels, self.fields = kind.labels, dict(fields or {})

    def __getitem__(self, name):
        return self.fields.get(self.labels[name])

    def __setitem__(self, name, value):
        self.fields[self.labels[name]] = value

    def set(self, **values):
        for name, value in values.items():
            self[name] = value
        return self

    def encoded(self):
        return cbor.encode({label: value for label, value in self.fields.items() if value is not None})


def number_word(word):
    return f"number-word/{word.encode().hex()}"
