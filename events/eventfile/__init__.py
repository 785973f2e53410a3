"""An event as a TOML file: bytes -> description -> rows, and rows -> description -> bytes.

The file has the names of the models' fields; what is left out is as in a new event, and "" is nothing where a number or
a time could stand. Times without a date are on the day `date`; a deadline may be a date alone and then means its last
second. Slots carry their workshops, and both carry their contributions; who is more than a name stands under
`speakers`. An event without a `venue` is online only. Workshops and questions are known by their `key`, so that words
and numbers may change; without one, a workshop's title makes it. A file without `questions` asks the usual one, and
with `questions = []` none. `events/examples/` shows all of it. Pictures are no part of it.
"""

from events.eventfile.description import EventDescription, EventFileError
from events.eventfile.reading import parse
from events.eventfile.rows import describe, save
from events.eventfile.writing import write

__all__ = ["EventDescription", "EventFileError", "describe", "parse", "save", "write"]
