'use strict'

// npm run overload [-- node|native]: thousands of clients of one server. It needs 12,000 open files: where `ulimit -Hn` is
// lower, raise it first. Node raises its soft limit itself.

const { Overload } = require('./overload')

const SERVERS = ['node', 'native']
const SIZES = { connections: 10_000, clients: 8_000, slow: 1_000, seconds: 10, limit: 1_000 }

async function main() {
  const [given] = process.argv.slice(2)
  for (const server of given === undefined ? SERVERS : [given]) {
    const begin = performance.now()
    const { before, after } = await new Overload(SIZES, (line) => console.log(`${server}: ${line}`), server).run()
    console.log(`${server}: recovered: ${Math.round(100 * after / before)} % of the speed before`)
    console.log(`${server}: passed in ${((performance.now() - begin) / 1000).toFixed(0)} s`)
  }
}

main()
