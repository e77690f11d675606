'use strict'

const { EXCEPTIONS } = require('./exceptions')

/**
 * Compares what two servers read on a connection. A message counts once it is complete or handed over; whether one that
 * does not count was refused or would be waited for makes no difference, since neither server acts on it.
 *
 * @returns {object | null} the first difference: its kind, both readings, the message's number, and the message.
 */
function difference(node, parser) {
  const [theirs, ours] = [taken(node), taken(parser)]
  for (let at = 0; at < Math.max(theirs.length, ours.length); at++) {
    const common = { at, node, parser, theirs: theirs[at], ours: ours[at] }
    if (ours[at] === undefined) return { kind: 'parser refuses', ...common }
    if (theirs[at] === undefined) return { kind: 'node refuses', ...common }
    const fields = FIELDS.filter((field) => JSON.stringify(theirs[at][field]) !== JSON.stringify(ours[at][field]))
    if (fields.length > 0) return { kind: 'differs', fields, ...common }
  }
  const [isWhole, isOurWhole] = [node, parser].map(({ ending }) => ending.kind === 'whole')
  if (isWhole === isOurWhole) return null
  const kind = isWhole ? 'parser refuses' : 'node refuses'
  return { kind, at: ours.length, node, parser, theirs: NOTHING, ours: NOTHING }
}

/** Where one server sees a message's beginning and the other one nothing. */
const NOTHING = { headers: [] }

const FIELDS = ['method', 'target', 'version', 'headers', 'keepAlive', 'length', 'hash', 'isHandedOver']

function taken({ messages, ending }) {
  const isHandedOver = ending.kind === 'handed over'
  const list = messages.filter(({ complete }) => complete)
  // Node does not say of this one whether the connection would go on.
  if (isHandedOver) list.push({ ...messages.at(-1), keepAlive: null, isHandedOver })
  return list
}

/** The exceptions that explain a difference, by the octets of the message and after it. */
function explanations(found, octets) {
  const text = octets.toString('latin1', found.parser.messages[found.at]?.start ?? found.parser.start)
  return EXCEPTIONS.filter(({ kind, error, when }) => {
    if (kind !== undefined && kind !== found.kind) return false
    return (error === undefined || error === found.parser.ending.error) && when(found, text)
  })
}

module.exports = { difference, explanations }
