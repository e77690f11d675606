'use strict'

const { spawn } = require('node:child_process')
const { EventEmitter, once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { which } = require('../../js/setup/child-processes')

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--remote-debugging-pipe',
]
const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

/** How long something may take until it is there to be seen, in ms. */
const LIMIT = 20_000

/** Where a Chromium is, or `undefined`. */
const chromium = NAMES.map((name) => which(name)).find((file) => file)

/** Chromium without a window, spoken to with its DevTools protocol: no library is needed. */
class Browser {
  #process
  #profile
  #ended
  #failure = null
  #input
  #calls = new Map()
  #pages = new Map()
  #lastId = 0

  /** Starts one, with a profile of its own. */
  static async start() {
    const browser = new Browser()
    try {
      await browser.#open()
    } catch (error) {
      await browser.close()
      throw error
    }
    return browser
  }

  async #open() {
    this.#profile = fs.mkdtempSync(path.join(os.tmpdir(), 'chromium-'))
    const flags = [...FLAGS, `--user-data-dir=${this.#profile}`, 'about:blank']
    // The protocol goes over pipes: they close when this process ends in any way, and Chromium ends.
    this.#process = spawn(chromium, flags, {
      // Removes what it writes outside of its profile, too.
      env: { ...process.env, TMPDIR: this.#profile },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      // A group of its own, as it starts processes that must end with it.
      detached: true,
    })
    const [, , errors, input, output] = this.#process.stdio
    this.#input = input
    let said = ''
    errors.setEncoding('utf8').on('data', (text) => (said += text))
    this.#ended = new Promise((resolve) => {
      const settle = (reason) => {
        this.#failure = new Error(`Chromium has ended (${reason}):\n${said}`)
        for (const { reject } of this.#calls.values()) reject(this.#failure)
        this.#calls.clear()
        resolve()
      }
      this.#process.on('exit', settle)
      this.#process.on('error', settle)
    })
    // 'exit' reports its end in more detail.
    input.on('error', () => undefined)
    this.#read(output)
    await this.call('Browser.getVersion')
  }

  /** Takes messages, each of which ends with a zero. */
  #read(output) {
    let held = ''
    output.setEncoding('utf8').on('data', (text) => {
      const messages = (held + text).split('\0')
      held = messages.pop()
      for (const message of messages) this.#receive(JSON.parse(message))
    })
  }

  /** Makes a visitor: pages have cookies and storage in common with those of the same visitor alone. */
  async makeVisitor() {
    const { browserContextId } = await this.call('Target.createBrowserContext')
    return { openPage: (url) => this.#openPage(url, browserContextId) }
  }

  /** Opens a page in a tab of its own. */
  async #openPage(url, browserContextId) {
    const { targetId } = await this.call('Target.createTarget', { url: 'about:blank', browserContextId })
    const { sessionId } = await this.call('Target.attachToTarget', { targetId, flatten: true })
    const page = new Page((method, parameters) => this.call(method, parameters, sessionId))
    this.#pages.set(sessionId, page)
    for (const domain of ['Page', 'Runtime', 'Network']) await page.call(`${domain}.enable`)
    await page.open(url)
    return page
  }

  /** Calls a method of the protocol. */
  call(method, params = {}, sessionId) {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { method, resolve, reject })
      this.#input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    })
  }

  #receive({ id, method, params, result, error, sessionId }) {
    if (id === undefined) {
      this.#pages.get(sessionId)?.hear(method, params)
      return
    }
    const call = this.#calls.get(id)
    this.#calls.delete(id)
    if (error === undefined) call.resolve(result)
    else call.reject(new Error(`${call.method}: ${error.message}`))
  }

  /** Ends the browser and removes its files. */
  async close() {
    if (this.#process?.pid !== undefined) {
      if (this.#process.exitCode === null && this.#process.signalCode === null) {
        process.kill(-this.#process.pid, 'SIGKILL')
      }
      await this.#ended
    }
    // Its other processes may still write.
    fs.rmSync(this.#profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}

/** A tab: its page, and the requests that it has made. */
class Page {
  #events = new EventEmitter()
  #requests = new Map()
  #sockets = new Map()
  /** What was thrown in the page and not caught. */
  errors = []

  constructor(call) {
    this.call = call
  }

  /** Goes to an address and waits until all that the page names is there. */
  async open(url) {
    const loaded = once(this.#events, 'Page.loadEventFired', { signal: AbortSignal.timeout(LIMIT) })
    const { errorText } = await this.call('Page.navigate', { url })
    if (errorText !== undefined) throw new Error(`${url}: ${errorText}`)
    await loaded
  }

  /** Takes an event of the protocol. */
  hear(method, params) {
    if (method === 'Network.requestWillBeSent') {
      this.#requests.set(params.requestId, { method: params.request.method, isFinished: false })
    }
    if (method === 'Network.responseReceived') this.#answered(params)
    if (method === 'Network.loadingFinished' || method === 'Network.loadingFailed') this.#finished(params)
    if (method === 'Network.webSocketCreated') {
      this.#sockets.set(params.requestId, { url: params.url, sent: 0, received: 0, status: null })
    }
    if (method === 'Network.webSocketHandshakeResponseReceived') {
      this.#sockets.get(params.requestId).status = params.response.status
    }
    if (method === 'Network.webSocketFrameSent') this.#sockets.get(params.requestId).sent += 1
    if (method === 'Network.webSocketFrameReceived') this.#sockets.get(params.requestId).received += 1
    if (method === 'Runtime.exceptionThrown') {
      this.errors.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text)
    }
    this.#events.emit(method, params)
  }

  #answered({ requestId, response: { url, status, mimeType } }) {
    Object.assign(this.#requests.get(requestId) ?? {}, { url, status, mimeType })
  }

  #finished({ requestId }) {
    const request = this.#requests.get(requestId)
    if (request === undefined) return
    request.isFinished = true
    this.#events.emit('finished')
  }

  /** Waits until nothing is under way that was asked for. */
  async settled() {
    const signal = AbortSignal.timeout(LIMIT)
    while ([...this.#requests.values()].some(({ isFinished }) => !isFinished)) {
      await once(this.#events, 'finished', { signal })
    }
  }

  /** What was asked for over HTTP and answered: `{ method, url, status, mimeType }`, in the order of asking. */
  get requests() {
    return [...this.#requests.values()].filter(({ status }) => status !== undefined)
  }

  /** The WebSockets: `{ url, status, sent, received }`, the last two in messages. */
  get sockets() {
    return [...this.#sockets.values()]
  }

  /** Gives the value of an expression in the page; a promise is waited for. */
  async evaluate(expression) {
    const options = { expression, awaitPromise: true, returnByValue: true }
    const { result, exceptionDetails } = await this.call('Runtime.evaluate', options)
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${exceptionDetails.exception?.description}`)
    return result.value
  }

  /** Waits until an expression in the page is true; it is looked at whenever the page has changed. */
  async until(expression) {
    const isTrue = await this.evaluate(`new Promise((resolve) => {
      const look = () => {
        if (!(${expression})) return
        observer.disconnect()
        clearTimeout(timer)
        resolve(true)
      }
      const observer = new MutationObserver(look)
      observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true })
      const timer = setTimeout(() => { observer.disconnect(); resolve(false) }, ${LIMIT})
      look()
    })`)
    if (!isTrue) throw new Error(`not within ${LIMIT} ms: ${expression}; the page says ${await this.text('body')}`)
  }

  /** Waits until an element has some text, and gives it. */
  async untilText(selector, text) {
    await this.until(`document.querySelector(${JSON.stringify(selector)})?.innerText.includes(${JSON.stringify(text)})`)
    return this.text(selector)
  }

  /** Gives the text of an element as a reader sees it. */
  text(selector) {
    return this.evaluate(`document.querySelector(${JSON.stringify(selector)})?.innerText`)
  }

  /** Presses the mouse in the middle of an element. */
  async click(selector) {
    const [x, y] = await this.evaluate(`(() => {
      const { x, y, width, height } = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect()
      return [x + width / 2, y + height / 2]
    })()`)
    for (const type of ['mousePressed', 'mouseReleased']) {
      await this.call('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 })
    }
  }

  /** Types into the focused element. */
  async type(text) {
    await this.call('Input.insertText', { text })
  }

  /** Saves what is seen as a PNG. */
  async screenshot(file) {
    const { data } = await this.call('Page.captureScreenshot', { format: 'png' })
    fs.writeFileSync(file, Buffer.from(data, 'base64'))
  }
}

module.exports = { Browser, chromium }
