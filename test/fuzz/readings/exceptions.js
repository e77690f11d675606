'use strict'

const { METHODS } = require('node:http')

/**
 * Where the native parser and Node read a connection differently, and why that is as it should be.
 *
 * `kind` is the difference's (any if there is none), `error` what the parser refuses it with, `when` looks at the first message that differs and
 * at the connection's text from this message on. `isOfSome`: not all Nodes have it.
 */
const EXCEPTIONS = [
  // What Node takes and the parser refuses
  {
    reason: 'A request line has one space between its parts (RFC 9112, 3).',
    kind: 'parser refuses',
    error: 'requestLine',
    when: (_, text) => /^(?:\r\n)*[A-Z-]+ {2,}/.test(text),
  },
  {
    reason: 'An empty line ends with a carriage return and a line feed.',
    kind: 'parser refuses',
    error: 'requestLine',
    when: (_, text) => /^(?:\r\n)*\n/.test(text),
  },
  {
    reason: 'A carriage return without a line feed is no line end (RFC 9112, 2.2).',
    kind: 'parser refuses',
    error: 'bareCarriageReturn',
    when: (_, text) => /^(?:\r\n)*\r(?!\n)/.test(text),
  },
  {
    reason: 'A client has no reason for more than a few empty lines.',
    kind: 'parser refuses',
    error: 'emptyLines',
    when: (_, text) => /^(?:\r\n){5}/.test(text),
  },
  {
    reason: 'A request line has one space between its parts, and names HTTP.',
    kind: 'parser refuses',
    error: 'requestLineEnd',
    when: ({ theirs }, text) => theirs.version === '0.9' || /^\s*[A-Z-]+ \S+(?: {2,}HTTP| +(?:RTSP|ICE))\//.test(text),
  },
  {
    reason: 'Methods of other protocols are not known here.',
    kind: 'parser refuses',
    when: ({ theirs, parser: { ending } }) =>
      ['method', 'secondVersion'].includes(ending.error) && !METHODS.includes(theirs.method),
  },
  {
    reason: 'Other versions than 1.0 and 1.1 are not spoken here.',
    kind: 'parser refuses',
    error: 'version',
    when: ({ theirs }) => ['0.9', '2.0'].includes(theirs.version),
  },
  {
    reason: 'A target has the form that its method takes, no fragment, and a host without a user (RFC 9112, 3.2).',
    kind: 'parser refuses',
    error: 'target',
    when: ({ theirs: { method, target } }) => !isTarget(method, target),
  },
  {
    reason: 'A Host is a host and perhaps a port (RFC 9112, 3.2).',
    kind: 'parser refuses',
    error: 'host',
    when: ({ theirs }) => valuesOf(theirs, 'host').some((value) => !HOST.test(value)),
  },
  {
    reason: 'A request has one Host (RFC 9112, 3.2).',
    kind: 'parser refuses',
    error: 'hostRepeated',
    when: ({ theirs }) => valuesOf(theirs, 'host').length > 1,
  },
  {
    reason: 'HTTP/1.0 has no Transfer-Encoding (RFC 9112, 6.1).',
    kind: 'parser refuses',
    error: 'transferEncodingVersion',
    when: ({ theirs }) => theirs.version === '1.0' && valuesOf(theirs, 'transfer-encoding').length > 0,
  },
  {
    reason:
      'A Transfer-Encoding with a coding that is none, or an empty one, is seen by some servers and not by others.',
    kind: 'parser refuses',
    error: 'transferEncoding',
    when: ({ theirs }) => codingsOf(theirs).some((coding) => !TOKEN.test(coding)),
  },
  {
    reason: 'Other codings than chunked would reach the application as if they were its body.',
    kind: 'parser refuses',
    error: 'transferCoding',
    when: ({ theirs }) => codingsOf(theirs).length > 1,
  },
  {
    reason: 'A chunk extension is a name, or a name and a token or quoted string (RFC 9112, 7.1.1).',
    kind: 'parser refuses',
    error: 'chunkExtension',
    when: (_, text) => /;[=;]|=[;\r]|=[^;"\r]+"/.test(text),
  },
  {
    reason: 'A size of more than sixteen digits has zeros that it does not need.',
    kind: 'parser refuses',
    error: 'bodyTooLarge',
    when: (_, text) => /\n[\da-f]{17,}/i.test(text),
  },
  {
    reason: 'Trailers say nothing about where a body ends (RFC 9110, 6.5.1), not even with an empty value.',
    kind: 'parser refuses',
    error: 'trailerFraming',
    when: (_, text) => /\ntransfer-encoding:[ \t]*\r\n/i.test(text),
  },
  {
    reason: 'Fields over the limit are refused: Node drops them, and with them what they say.',
    kind: 'parser refuses',
    error: 'tooManyFields',
    isOfSome: true,
    when: ({ theirs }) => theirs.headers.length >= 1_000,
  },
  {
    reason: 'Octets of a head are all counted: Node leaves the line ends out.',
    kind: 'parser refuses',
    when: ({ parser: { ending } }, text) =>
      ['headTooLarge', 'trailersTooLarge', 'targetTooLong'].includes(ending.error) && text.length > 16_384,
  },
  {
    reason: 'A server that does not meet each expectation has to say so (RFC 9110, 10.1.1).',
    kind: 'parser refuses',
    error: 'expectation',
    when: ({ theirs }) => listOf(theirs, 'expect').some((value) => value !== '100-continue'),
  },
  {
    reason: 'A tab after a length is a part of it for some servers.',
    kind: 'parser refuses',
    error: 'contentLength',
    isOfSome: true,
    when: (_, text) => /content-length:[ \t]*\d+ *\t/i.test(text),
  },
  {
    reason: 'A tab after a coding is a part of it for some servers.',
    kind: 'parser refuses',
    error: 'transferEncoding',
    isOfSome: true,
    when: (_, text) => /transfer-encoding:.*\t\s*\r\n/i.test(text),
  },
  // What Node refuses and the parser takes
  {
    reason: 'A method that this Node does not know yet.',
    kind: 'node refuses',
    isOfSome: true,
    when: ({ ours }) => !METHODS.includes(ours.method),
  },
  {
    reason: 'A trailer is no header: Connection in trailers ends nothing (RFC 9110, 6.5.1).',
    kind: 'node refuses',
    when: ({ at, node, parser }) =>
      node.ending.error === 'HPE_CLOSED_CONNECTION' && at > 0 && codingsOf(parser.messages[at - 1]).length > 0,
  },
  {
    reason: 'Node gives up what came before a PRI that has no version, without an error.',
    isOfSome: true,
    // Even where one of the messages before it has another fault, for which only the parser refuses the connection.
    when: ({ node }, text) => node.messages.some(({ complete }) => !complete) && /^PRI \S+\r\n/m.test(text),
  },
  // What they read differently
  {
    reason: 'Of close and keep-alive, close counts (RFC 9112, 9.3): Node goes by keep-alive in HTTP/1.0.',
    kind: 'differs',
    when: ({ ours, fields }) => isOnly(fields, 'keepAlive') && ours.version === '1.0' && isBoth(ours),
  },
  {
    reason: 'A tab after an option is a blank as others are (RFC 9110, 5.6.1).',
    kind: 'differs',
    isOfSome: true,
    when: ({ fields }, text) => isOnly(fields, 'keepAlive', 'isHandedOver') && /\nconnection:.*\t/i.test(text),
  },
  {
    reason: 'Proxy-Connection has no meaning (RFC 9112, C.2.2).',
    kind: 'differs',
    when: ({ ours, fields }) =>
      isOnly(fields, 'keepAlive', 'isHandedOver') && valuesOf(ours, 'proxy-connection').length > 0,
  },
  {
    reason: 'Upgrade in HTTP/1.0 has to be ignored (RFC 9110, 7.8).',
    kind: 'differs',
    when: ({ ours, theirs }) =>
      ours.version === '1.0' && theirs.isHandedOver === true && ours.isHandedOver === undefined,
  },
]

const valuesOf = ({ headers }, wanted) => headers.filter(([name]) => name === wanted).map(([, value]) => value)

const listOf = (message, name) =>
  valuesOf(message, name).flatMap((value) => value.toLowerCase().split(',').map((each) => each.trim()))

const codingsOf = (message) => listOf(message, 'transfer-encoding')

const isOnly = (fields, ...allowed) => fields.every((field) => allowed.includes(field))

function isBoth(message) {
  const options = listOf(message, 'connection')
  return options.includes('close') && options.includes('keep-alive')
}

const TOKEN = /^[\w!#$%&'*+\-.^`|~]+$/
const NAME = String.raw`(?:[\w\-.~!$&'()*+,;=]|%[\da-f]{2})`
const ADDRESS = String.raw`\[(?:[\da-f:.]{2,}|v[\w\-.~!$&'()*+,;=:]+)\]`
const HOST = new RegExp(`^(?:${NAME}*|${ADDRESS})(?::\\d*)?$`, 'i')
const AUTHORITY = new RegExp(`^(?:${NAME}+|${ADDRESS}):\\d+$`, 'i')
const ABSOLUTE = new RegExp(`^https?://(?:${NAME}+|${ADDRESS})(?::\\d*)?(?:[/?][^#]*)?$`, 'i')

function isTarget(method, target) {
  if (method === 'CONNECT') return AUTHORITY.test(target)
  if (target === '*') return method === 'OPTIONS'
  return /^\/[^#]*$/.test(target) || ABSOLUTE.test(target)
}

module.exports = { EXCEPTIONS }
