'use strict'

/**
 * Where the two servers answer differently, and why that is as it should be.
 *
 * `when` looks at the first pair of answers, or of what the app has seen, that differs. `ends`: what comes after it on the
 * connection is not compared.
 */
const DIFFERENCES = [
  // Framing
  {
    reason: 'A response that is whole when its head is written has a length, and so its connection goes on.',
    when: ({ what, fields, theirs, ours }) =>
      what === 'answers' && isOnly(fields, 'framing', 'declared', 'closes', 'reason') &&
      ours.framing === 'length' &&
      (theirs.framing === 'chunked' ? ours.closes === theirs.closes : theirs.framing === 'close'),
  },
  {
    reason: 'A response with 204 has no Content-Length (RFC 9110, 8.6).',
    when: ({ what, fields, ours }) => what === 'answers' && isOnly(fields, 'declared') && ours.status === 204,
  },
  {
    reason: 'A response without a body needs no length: Node ends the connection with it in HTTP/1.0.',
    ends: true,
    when: ({ fields, theirs, ours, message }) =>
      isOnly(fields, 'closes') && theirs.closes && ours.framing === 'none' && message?.version === '1.0',
  },
  // Heads
  {
    reason: 'The reason of a status means nothing (RFC 9112, 4), and Node has older ones.',
    when: ({ what, fields }) => what === 'answers' && isOnly(fields, 'reason'),
  },
  {
    reason: 'Trailer in a response without chunks announces nothing: Node has an error for it.',
    ends: true,
    when: ({ what, theirs, ours }) => what === 'answers' && theirs?.status === 500 && wayOf(ours) === 'hop_by_hop',
  },
  {
    reason: 'The authority of a target counts as Host (RFC 9112, 3.2.2).',
    when: ({ what, fields, message }) => what === 'seen' && isOnly(fields, 'headers') && message?.target[0] !== '/',
  },
  {
    reason: 'To HEAD, too, a Content-Length is a number: Node passes on what the app says.',
    when: ({ theirs, ours, message }) =>
      message?.method === 'HEAD' && ours?.status === 500 && wayOf(theirs) === 'bad_length',
  },
  {
    reason: 'Of an address in brackets the octets are checked, and not whether it is one.',
    ends: true,
    when: ({ theirs, message }) => theirs?.status === 400 && /^https?:\/\/\[/i.test(message?.target),
  },
  // Endings
  {
    reason: 'A client that waits for 100 Continue may omit its body after a response: the next bytes may be either.',
    ends: true,
    when: ({ what, theirs, ours, message }) =>
      what === 'answers' && ours?.closes && !theirs?.closes && message?.headers.some(([name]) => name === 'expect'),
  },
  {
    reason: 'A connection that was to speak another protocol is not used for more requests.',
    ends: true,
    when: ({ at, ours, readings: [, { messages, ending }] }) =>
      (ours === undefined || ours.closes) && ending.kind === 'handed over' && at === messages.length - 1,
  },
  {
    reason: 'What has left of a response that fails depends on when it fails.',
    ends: true,
    when: ({ what, at, theirs, ours, node, native }) =>
      what === 'answers' && (FAIL_LATE.has(wayOf(theirs ?? node.cut)) || FAIL_LATE.has(wayOf(ours ?? native.cut))) &&
      at >= node.answers.length - 1 && at >= native.answers.length - 1,
  },
  {
    reason: 'Node gives up what came before a PRI that has no version, without an error.',
    ends: true,
    when: ({ theirs, readings: [{ messages }] }) => theirs === undefined && messages.at(-1)?.method === 'PRI',
  },
  {
    reason: 'A response is whole whatever comes after its request: Node cuts it off for a client that reads late.',
    ends: true,
    when: ({ what, theirs, ours, node }) =>
      what === 'answers' && wayOf(ours) !== undefined &&
      wayOf(theirs ?? node.cut) === wayOf(ours) && ours.length > (theirs ?? node.cut).length,
  },
  {
    reason: 'A client that sends more after its last request may have its connection reset, as nothing reads it.',
    ends: true,
    when: ({ what, theirs, ours, message, readings: [, { ending }] }) =>
      what === 'answers' && ending.error === 'afterClose' && message?.keepAlive === false &&
      (theirs === undefined || ours === undefined || theirs.length !== ours.length),
  },
  {
    reason: 'CONNECT without a listener ends the connection at once: Node has not sent what comes before it then.',
    ends: true,
    when: ({ what, theirs, octets }) => what === 'answers' && theirs === undefined && octets.includes('CONNECT '),
  },
]

/** Ways to answer that break off. */
const FAIL_LATE = new Set(['starts_only', 'raises_late', 'too_short', 'too_long', 'too_long_in_pieces'])

const isOnly = (fields, ...allowed) => fields.every((field) => allowed.includes(field))

const wayOf = (answer) => answer?.headers.find(([name]) => name === 'x-way')?.[1]

module.exports = { DIFFERENCES, wayOf }
