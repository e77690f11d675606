'use strict'

const fs = require('node:fs')

// The thread that owns the interpreter inside Node is named by the addon.
const PYTHON_THREAD = 'python-node'
// The clock ticks of /proc/<pid>/task/<tid>/stat: USER_HZ, which is 100 on every Linux that Node runs on.
const NANOSECONDS_PER_TICK = 1e7

/**
 * CPU time that each thread of a process has used so far.
 *
 * @param {number} pid
 * @returns {Array<{ tid: number, name: string, nanoseconds: number }>}
 */
function threadTimes(pid) {
  const folder = `/proc/${pid}/task`
  const times = []
  for (const tid of fs.readdirSync(folder)) {
    const read = (file) => fs.readFileSync(`${folder}/${tid}/${file}`, 'utf8')
    try {
      times.push({ tid: Number(tid), name: read('comm').trimEnd(), nanoseconds: cpuTime(read) })
    } catch (error) {
      // A thread may end between the listing and the reading.
      if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error
    }
  }
  return times
}

/** schedstat counts nanoseconds; a kernel without it has the ticks of stat, enough for a run of a second. */
function cpuTime(read) {
  try {
    const time = Number(read('schedstat').split(' ')[0])
    if (time > 0) return time
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  // The name in parentheses may hold spaces; what follows it does not.
  const fields = read('stat').split(') ').pop().split(' ')
  return (Number(fields[11]) + Number(fields[12])) * NANOSECONDS_PER_TICK
}

/** The thread on which a process's own program runs: Node's JavaScript, or the whole of a Python server. */
const mainThread = (pid) => ({ pid, is: ({ tid }) => tid === pid })

/** All threads of a process and of the processes that it has started: a server that has several. */
const wholeProcess = (pid) => ({ pid, is: () => true, withChildren: true })

/** Python's thread inside Node. */
const pythonThread = (pid) => ({ pid, is: ({ name }) => name === PYTHON_THREAD })

/** All threads of a process inside which Python runs but Python's own: those that read and write HTTP among them. */
const otherThreads = (pid) => ({ pid, is: ({ name }) => name !== PYTHON_THREAD })

/**
 * Measures the CPU time that some threads use while something runs.
 *
 * @template Result
 * @param {Record<string, { pid: number, is: (thread: object) => boolean, withChildren?: boolean }>} threads by a name for each
 * @param {() => Promise<Result>} body
 * @returns {Promise<{ result: Result, nanoseconds: Record<string, number> }>}
 */
async function measureThreads(threads, body) {
  const look = () =>
    Object.entries(threads).map(([name, { pid, is, withChildren = false }]) => {
      const times = (withChildren ? processTree(pid) : [pid]).flatMap(threadTimes)
      return [name, sum(times.filter(is))]
    })
  const before = Object.fromEntries(look())
  const result = await body()
  const nanoseconds = Object.fromEntries(look().map(([name, after]) => [name, after - before[name]]))
  return { result, nanoseconds }
}

/** A process and all that descend from it. */
function processTree(pid) {
  const children = fs.readdirSync(`/proc/${pid}/task`).flatMap((tid) => {
    return fs.readFileSync(`/proc/${pid}/task/${tid}/children`, 'utf8').split(' ').filter((text) => text !== '').map(
      Number,
    )
  })
  return [pid, ...children.flatMap(processTree)]
}

function sum(found) {
  if (found.length === 0) throw new Error(`there is no thread named ${PYTHON_THREAD}`)
  return found.reduce((total, thread) => total + thread.nanoseconds, 0)
}

module.exports = { mainThread, measureThreads, otherThreads, pythonThread, wholeProcess }
