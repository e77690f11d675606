'use strict'

const { after, before, describe, test } = require('node:test')
const { Random } = require('./random')
const { SEEDS } = require('./readings/connections')
const { Servers, inWays } = require('./servers/servers')

/** Longer connections are not sent octet by octet. */
const LONGEST = 150

const skip = Servers.whyNot()

describe('the native server behaves like node:http with the listener, except for listed differences', { skip }, () => {
  const servers = new Servers()

  before(() => servers.open())
  after(() => servers.close())

  for (const [number, seed] of SEEDS.entries()) {
    const title = JSON.stringify(seed.subarray(0, 100).toString('latin1'))
    test(`connection ${number}, whole and octet by octet: ${title}`, async () => {
      const octets = inWays(new Random('servers', number), seed)
      await servers.compare(octets, [[], []])
      if (octets.length > LONGEST) return
      const everywhere = Array.from(octets, (_, at) => at)
      await servers.compare(octets, [everywhere, everywhere])
    })
  }
})
