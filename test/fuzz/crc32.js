'use strict'

const zlib = require('node:zlib')

/** CRC-32 as Python's zlib.crc32 gives it. Node has its own from 22.2 on. */
const crc32 = zlib.crc32 ?? byTable

const TABLE = Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

function byTable(bytes) {
  let value = -1
  for (const byte of bytes) value = TABLE[(value ^ byte) & 0xff] ^ (value >>> 8)
  return (value ^ -1) >>> 0
}

module.exports = { crc32 }
