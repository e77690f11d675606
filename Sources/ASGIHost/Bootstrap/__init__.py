"""The parts of the host that run rarely and are clearer in Python.

Swift calls the names below: see Host/Bootstrap.swift.
"""

from .ending import finish, when_threads_end
from .environment import share_environment
from .errors import ClientDisconnected
from .forking import end_child, strand_child, watch_forks
from .functions import Functions, needs_task, stop_iteration_error
from .guest_loop import GuestLoop
from .importing import load
from .loops import exchange_variable, further_loop, watch_gil
from .reporting import capture_logs, describe, describe_in_detail, is_disconnection, message_of, simple, warn
from .scopes import add_keys, link_headers, path_to_send, subprotocols, template, tls, websocket_template
from .signals import share_signals
from .starting import describe_runtime, start
from .tasks import COROUTINE, ReusableFuture, awaiting, retrieve
from .watching import watch
