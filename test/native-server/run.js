'use strict'

// npm run test:native [-- FILES]: all tests of `listener` that hold for servers of handlers, over these, with both drivers.

const { FILES, MORE } = require('./listener-files')
const { runNatively } = require('./run-natively')

async function main() {
  const given = process.argv.slice(2)
  for (const thread of ['own', 'node']) {
    process.env.PYTHON_NODE_THREAD = thread
    for (const file of given.length > 0 ? given : [...FILES, ...MORE]) {
      const begin = performance.now()
      const { code, output } = await runNatively([file])
      const seconds = ((performance.now() - begin) / 1000).toFixed(0)
      console.log(`${code === 0 ? 'ok      ' : 'FAILED  '} ${file}, thread: '${thread}', ${seconds} s`)
      if (code === 0) continue
      console.log(output)
      process.exitCode = 1
    }
  }
}

main()
