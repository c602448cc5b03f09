"""Our own tables: what a node remembers. No behaviour lives here."""

from syncline.models.capture import Journal, Mark, TrackedTable
from syncline.models.exchange import Context, Peer, Receipt
from syncline.models.identity import Alias, Node, RecordRow, State
from syncline.models.keeping import Before, Conflict, Quarantined, Unresolved
from syncline.models.runs import Chunk, Pruning, Run

__all__ = [
    "Alias",
    "Before",
    "Chunk",
    "Conflict",
    "Context",
    "Journal",
    "Mark",
    "Node",
    "Peer",
    "Pruning",
    "Quarantined",
    "Receipt",
    "RecordRow",
    "Run",
    "State",
    "TrackedTable",
    "Unresolved",
]
