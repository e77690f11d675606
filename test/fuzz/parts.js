'use strict'

/** The parts: the class of each, its share of the cases, and how many of its cases run at once. */
const parts = {
  inputs: { Part: require('./inputs').Inputs, share: 25, concurrency: 16 },
  orders: { Part: require('./orders').Orders, share: 15, concurrency: 16 },
  batches: { Part: require('./batches').Batches, share: 10, concurrency: 4 },
  values: { Part: require('./values').Values, share: 10, concurrency: 16 },
  messages: { Part: require('./messages').Messages, share: 20, concurrency: 16 },
  sockets: { Part: require('./sockets').Sockets, share: 12, concurrency: 16 },
  http1: { Part: require('./http1').HTTP1Connections, share: 4, concurrency: 16 },
  http2: { Part: require('./http2').HTTP2Connections, share: 2, concurrency: 16 },
  readings: { Part: require('./readings/readings').Readings, share: 10, concurrency: 4 },
  servers: { Part: require('./servers/servers').Servers, share: 10, concurrency: 16 },
  frames: { Part: require('./frames').Frames, share: 8, concurrency: 16 },
}

module.exports = { parts }
