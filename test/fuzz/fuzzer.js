'use strict'

const { Random } = require('./random')
const { parts } = require('./parts')
const { CASE_LIMIT } = require('./world')

/** A part ends after so many failures, because more of them show nothing new. */
const MOST_FAILURES = 20

/** Runs the cases of the parts, several at once, and says which fail. */
class Fuzzer {
  #seed
  #onFailure

  /** @param {number} seed @param {{ onFailure: (text: string) => void }} options */
  constructor(seed, { onFailure }) {
    this.#seed = seed
    this.#onFailure = onFailure
  }

  /**
   * Runs parts one after the other.
   *
   * @param {string[]} names
   * @param {number} total cases, of which each part has its share.
   * @param {number | null} alone the number of the only case.
   * @returns {Promise<object[]>} counts per part.
   */
  async run(names, total, alone = null) {
    const shares = names.reduce((sum, name) => sum + parts[name].share, 0)
    const counts = []
    for (const name of names) {
      const cases = alone === null ? Math.ceil(total * parts[name].share / shares) : 1
      counts.push(await this.#part(name, alone ?? 0, cases))
    }
    return counts
  }

  async #part(name, first, cases) {
    const begin = performance.now()
    const counts = { name, cases: 0, failures: 0, seconds: 0, said: {} }
    const strays = []
    const onStray = (error) => strays.push(error)
    process.on('uncaughtException', onStray)
    process.on('unhandledRejection', onStray)
    const error = console.error
    // The listener reports apps that raise, as these do.
    console.error = () => undefined
    const part = new parts[name].Part()
    try {
      await part.open()
      let next = first
      const worker = async () => {
        while (next < first + cases && counts.failures < MOST_FAILURES) {
          const number = next++
          await this.#case(part, name, number, counts)
          counts.cases++
        }
      }
      await Promise.all(Array.from({ length: Math.min(parts[name].concurrency, cases) }, worker))
      await part.close()
    } catch (failure) {
      this.#fail(name, null, failure, counts)
    }
    await new Promise(setImmediate)
    for (const stray of strays) this.#fail(name, null, stray, counts)
    console.error = error
    process.off('uncaughtException', onStray)
    process.off('unhandledRejection', onStray)
    counts.seconds = (performance.now() - begin) / 1000
    return counts
  }

  async #case(part, name, number, counts) {
    let timer
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`hangs: not over after ${CASE_LIMIT} ms`)), CASE_LIMIT)
    })
    try {
      const said = await Promise.race([part.run(new Random(this.#seed, name, number), number), late])
      counts.said[said] = (counts.said[said] ?? 0) + 1
    } catch (failure) {
      this.#fail(name, number, failure, counts)
    } finally {
      clearTimeout(timer)
    }
  }

  #fail(name, number, failure, counts) {
    counts.failures++
    const how = `--seed ${this.#seed} --only ${name}`
    const repeat = number === null ? how : `${how} --case ${number}`
    this.#onFailure(`FAILED: npm run fuzz -- ${repeat}\n${failure?.stack ?? failure}\n`)
  }
}

module.exports = { Fuzzer }
