'use strict'

const BOUNDARY = '----frontier'

/** The header of such a body. */
const MULTIPART = ['Content-Type', `multipart/form-data; boundary=${BOUNDARY}`]

/**
 * A body of multipart/form-data.
 *
 * @param {[string, string | null, Buffer | string][]} parts each its disposition, its type, and its content.
 * @returns {Buffer}
 */
function multipart(...parts) {
  return Buffer.concat([
    ...parts.flatMap(([disposition, type, content]) => [
      Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n`),
      Buffer.from(type === null ? '\r\n' : `Content-Type: ${type}\r\n\r\n`),
      Buffer.from(content),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ])
}

module.exports = { MULTIPART, multipart }
