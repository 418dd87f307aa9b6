"""Words meet numbers here: the agent, its tools, the chat, the command line.

>>> from assistant import Kindred
>>> Kindred("my-workspace").root.name
'my-workspace'
"""

from assistant.kindred import Kindred

__all__ = ["Kindred"]
