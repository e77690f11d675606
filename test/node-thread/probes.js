'use strict'

const { thread } = require('./support')

/** What Fixtures/apps/<app>.py answers at /<probe>, in every Python: title, app, probe, answer. */
const probes = [
  ['timers run in the order in which they are due, and none is early', 'sets_timers', 'order', {
    ran: ['a', 'b', 'c', 'd', 'e', 'f'],
    early: 0,
  }],
  ['call_later() counts from its own call', 'sets_timers', 'later', { in_order: true, early: [] }],
  ['asyncio.sleep() gives its result, and never too early', 'sets_timers', 'sleeps', {
    one_by_one: true,
    together: true,
    early: [],
  }],
  ['thousands of timers all run, in their order', 'sets_timers', 'many', { in_order: true, early: 0 }],
  ['timers that are cancelled do not run, and the others do', 'sets_timers', 'cancelled', {
    ran: true,
    early: 0,
    is_cancelled: true,
  }],
  ['cancelling the timer that is due next lets the one behind it run', 'sets_timers', 'cancelled_first', {
    ran: ['a', 'b', 'c'],
    early: 0,
  }],
  ['call_at() runs at its moment, and at once when that is over', 'sets_timers', 'at', {
    ran: ['past', 'soon', 'late'],
    early: 0,
    when: [0.02, 0.005, -5],
  }],
  ['a timer whose moment is zero or less runs at once', 'sets_timers', 'at_zero', {
    first: [-1e9, -1, 0, 1e-9, 'later'],
    second: ['alone'],
  }],
  ['a timer that is set later and due earlier does not wait for the others', 'sets_timers', 'earlier', 'in time'],
  ['timers that are never due do not run, and hold nothing up', 'sets_timers', 'never', {
    ran: [],
    is_cancelled: true,
  }],
  ['each timer may set the next one', 'sets_timers', 'chain', { steps: 20, early: [] }],
  ['a timer runs that a thread has set while nothing happened', 'sets_timers', 'from_thread', 'set by a thread'],
  ['a timer runs while nothing but its request is there', 'sets_timers', 'idle', 'awake'],

  ['run_in_executor() wakes the event loop when its thread is done', 'uses_threads', 'executor', {
    here: true,
    there: { is_main: false },
  }],
  ['asyncio.to_thread() gives its result', 'uses_threads', 'to_thread', 36],
  ['a hundred calls in a pool of threads all come back', 'uses_threads', 'executors', true],
  ['an exception in a thread comes to who waits for it', 'uses_threads', 'failing', 'in a thread'],
  ['call_soon_threadsafe() from a plain thread wakes the event loop', 'uses_threads', 'threadsafe', {
    was_main: false,
  }],
  ['no call of a thread is lost, and each thread keeps its order', 'uses_threads', 'threadsafe_many', true],
  ['run_coroutine_threadsafe() gives a thread the result', 'uses_threads', 'coroutine_threadsafe', 42],
  ['a thread may run an event loop of its own', 'uses_threads', 'loop_in_thread', 8],

  ['a child process is given input, and gives its output and exit code', 'starts_children', 'output', [
    3,
    'TEXT',
    'said',
  ]],
  ['a shell gives its output and exit code', 'starts_children', 'shell', [5, 'out\n']],
  ['several child processes end each with its own code', 'starts_children', 'many', [0, 1, 2, 3, 4, 5]],
  ['a child process can be talked to', 'starts_children', 'talk', [0, ['oneone', 'twotwo']]],
  ['more than a pipe holds goes to a child process and back', 'starts_children', 'large', [0, true]],
  ['a child process that is terminated tells its signal', 'starts_children', 'terminated', true],
  ['subprocess.run() blocks and comes back', 'starts_children', 'blocking', [0, '42']],
  ["a signal's handler of the event loop is called", 'starts_children', 'signals', [true, false]],

  ['streams talk to a server in the same event loop', 'opens_sockets', 'streams', [true, true]],
  ['a connection that is refused raises', 'opens_sockets', 'refused', 'refused'],
  ['streams talk over a Unix socket', 'opens_sockets', 'unix', 'over a path'],
  ['datagrams go there and back', 'opens_sockets', 'udp', ['ONE', 'TWO']],
  ['add_reader() calls while there is something to read, until remove_reader()', 'opens_sockets', 'reader', {
    got: ['a', 'b', 'c', 'd'],
    removed: [true, false],
    more: 0,
  }],
  ['add_writer() calls when there is room, until remove_writer()', 'opens_sockets', 'writer', {
    filled: true,
    before: false,
    answer: 'room',
    removed: [true, false],
  }],
  ['sock_recv() and sock_sendall() go through a pair of sockets', 'opens_sockets', 'pair', 'hello'],
  ['transports read from a pipe and write into it', 'opens_sockets', 'pipes', 'through a pipe'],
  ['getaddrinfo() answers from its thread', 'opens_sockets', 'names', [['127.0.0.1', 80]]],

  ['a task that is cancelled cleans up and is cancelled', 'cancels_work', 'cancel', [
    ...[true, 'CancelledError', true, false],
    ['cancelled', 'cleaned up'],
  ]],
  ['a task that is cancelled before it runs never runs', 'cancels_work', 'cancel_at_once', ['CancelledError', []]],
  ['a timer may cancel a task that sleeps', 'cancels_work', 'cancel_sleep', 'CancelledError'],
  ['wait_for() ends what takes too long, and waits for its end', 'cancels_work', 'wait_for', [
    'TimeoutError',
    ['cancelled', 'cleaned up'],
    'in time',
  ]],
  ['asyncio.timeout() ends what takes too long', 'cancels_work', 'timeout', [
    'TimeoutError',
    ['cancelled', 'cleaned up'],
  ]],
  ['a timeout that did not expire cancels no task', 'cancels_work', 'timeout_in_time', 'in time'],
  ['a shielded task goes on', 'cancels_work', 'shield', ['TimeoutError', true, 'CancelledError']],
  ['gather() that is cancelled cancels all', 'cancels_work', 'gather', [
    'CancelledError',
    ['cancelled', 'cancelled', 'cleaned up', 'cleaned up'],
  ]],
  ['a group of tasks ends when one of them fails', 'cancels_work', 'group', [
    ['one of the group'],
    ['cancelled', 'cleaned up'],
  ]],
  ["a request's own task can be cancelled, and go on", 'cancels_work', 'itself', 'CancelledError'],

  ["the hooks for asynchronous generators are asyncio's", 'leaves_generators', 'hooks', [true, true]],
  ['an asynchronous generator is read to its end', 'leaves_generators', 'to_the_end', [0, 1, 2]],
  ['aclose() waits for the end of a generator', 'leaves_generators', 'closed', [
    [0, 1, 2],
    ...[false, true, 'GeneratorExit'],
  ]],
  ['a generator that is lost is closed by the event loop', 'leaves_generators', 'lost', [0, 'GeneratorExit']],
  ['a generator that is lost in a cycle is closed too', 'leaves_generators', 'lost_in_cycle', 'GeneratorExit'],
  ['an exception thrown into a generator comes out after its end', 'leaves_generators', 'thrown', ['thrown in', true]],
  ['a task that is cancelled in a generator ends it', 'leaves_generators', 'cancelled', [true, 'CancelledError']],

  ["the running event loop is asyncio's own, and says that it runs", 'knows_its_loop', 'running', {
    is_running: true,
    is_closed: false,
    is_selector_loop: true,
    is_the_current_one: true,
  }],
  ['an application runs in a task', 'knows_its_loop', 'task', { is_task: true, is_listed: true, done: false }],
  ['asyncio.run() and the like raise, and do no harm', 'knows_its_loop', 'run', [
    Array(3).fill('RuntimeError'),
    ...[true, true],
  ]],
  ["the event loop's thread is Python's main thread", 'knows_its_loop', 'thread', {
    is_main: true,
    // Elsewhere the thread's number is not the process'.
    is_first: thread === 'node' && process.platform === 'linux',
  }],
]

module.exports = { probes }
