import { refusal } from '@/api/read'
import type { Problem } from '@/api/problem'
import { Frames } from './frames'
import { Inbox, type Mail } from './inbox'

/**
 * connecting: asked, no answer yet. live: something came within the promised
 * time. delayed: connected, but it has been silent for too long. lost: no
 * connection; tried again at retryAt. stopped: the server said that it is
 * stopping, starting or full; also tried again. refused: signed out; not tried
 * again until start.
 */
export type StreamState = 'idle' | 'connecting' | 'live' | 'delayed' | 'lost' | 'stopped' | 'refused'

export interface Standing {
  state: StreamState
  since: number // this machine's time at which the state began, in milliseconds
  heardAt: number // when something last came; 0: never
  retryAt: number // when it is tried again; 0: not
  attempt: number // failures in a row
  problem: Problem | null // what the server said
}

export interface StreamOptions {
  /** The address without the place to go on from. */
  url: string
  deliver(mail: Mail): void
  standing(now: Standing): void
  /** Runs work before the next drawing of the page; a frame, by default. */
  soon?: (work: () => void) => void
  fetch?: typeof fetch
}

/** The server sends its clock every five seconds and a sign of life at least every fifteen. */
export const silentAfter = 17_000
export const deadAfter = 45_000
const waits = [500, 1000, 2000, 4000, 8000, 15_000]

/** Before the next drawing; a page that is not drawn still gets its mail, once a second. */
function nextFrame(work: () => void): void {
  if (document.hidden) setTimeout(work, 1000)
  else requestAnimationFrame(() => work())
}

/**
 * The one stream of live changes of a page. It goes on from the last id it has
 * seen after every break, hands over what came once per frame, and says how it
 * stands. start and stop may be called at any time.
 */
export class Stream {
  private place: string | null = null
  private inbox = new Inbox()
  private scheduled = false
  private controller: AbortController | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private watch: ReturnType<typeof setInterval> | undefined
  private now: Standing = { state: 'idle', since: Date.now(), heardAt: 0, retryAt: 0, attempt: 0, problem: null }

  constructor(private readonly options: StreamOptions) {}

  start(): void {
    this.stop()
    this.watch = setInterval(() => this.listenForSilence(), 1000)
    addEventListener('online', this.retry)
    void this.connect()
  }

  stop(): void {
    clearInterval(this.watch)
    this.quit()
    removeEventListener('online', this.retry)
    this.set({ state: 'idle', retryAt: 0, attempt: 0, problem: null })
  }

  /** Forgets the place: the next connection begins with what is new then. */
  forget(): void {
    this.place = null
  }

  /** Tries now what would be tried later. */
  retry = (): void => {
    if (this.now.state === 'lost' || this.now.state === 'stopped') {
      this.quit()
      void this.connect()
    }
  }

  private quit(): void {
    clearTimeout(this.timer)
    this.controller?.abort()
    this.controller = null
  }

  private set(change: Partial<Standing>): void {
    const moved = change.state !== undefined && change.state !== this.now.state
    this.now = { ...this.now, ...change, since: moved ? Date.now() : this.now.since }
    this.options.standing(this.now)
  }

  private async connect(): Promise<void> {
    const controller = new AbortController()
    this.controller = controller
    // While it is tried again the page goes on saying since when it is lost.
    if (this.now.attempt === 0) this.set({ state: 'connecting', retryAt: 0 })
    else this.set({ retryAt: 0 })
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream' }
      if (this.place !== null) headers['Last-Event-ID'] = this.place
      const response = await (this.options.fetch ?? fetch)(this.options.url, {
        headers, signal: controller.signal, credentials: 'same-origin', cache: 'no-store',
      })
      if (!response.ok || !response.body) return await this.turnedAway(response, controller)
      await this.readOn(response.body, controller)
      this.fail(controller, 'lost', null) // the server ended the answer: it stops, or a proxy cut it
    } catch {
      this.fail(controller, 'lost', null)
    }
  }

  private async readOn(body: ReadableStream<Uint8Array>, controller: AbortController): Promise<void> {
    const reader = body.getReader()
    const decoder = new TextDecoder()
    const frames = new Frames()
    for (;;) {
      const { value, done } = await reader.read()
      if (done || controller.signal.aborted) return
      this.set({ state: 'live', heardAt: Date.now(), attempt: 0, retryAt: 0, problem: null })
      for (const frame of frames.push(decoder.decode(value, { stream: true })).frames) {
        if (frame.event) this.inbox.put(frame)
        if (frame.id !== null) this.place = frame.id
      }
      if (this.inbox.waiting) this.schedule()
    }
  }

  private schedule(): void {
    if (this.scheduled) return
    this.scheduled = true
    ;(this.options.soon ?? nextFrame)(() => {
      this.scheduled = false
      this.options.deliver(this.inbox.take())
    })
  }

  private async turnedAway(response: Response, controller: AbortController): Promise<void> {
    const { problem } = await refusal(response)
    if (controller.signal.aborted) return
    if (response.status === 401 || response.status === 403) {
      this.quit()
      this.set({ state: 'refused', problem, retryAt: 0 })
      return
    }
    if (response.status === 400) this.forget() // the place is of another server's making
    const after = Number(response.headers.get('Retry-After')) * 1000
    this.fail(controller, response.status === 502 || response.status === 504 ? 'lost' : 'stopped', problem, after)
  }

  private fail(controller: AbortController, state: 'lost' | 'stopped', problem: Problem | null, after = 0): void {
    if (controller !== this.controller) return // stop or retry has been called since
    this.quit()
    const wait = waits[Math.min(this.now.attempt, waits.length - 1)]! * (0.8 + Math.random() * 0.4)
    const delay = Math.min(Math.max(wait, after || 0), 30_000)
    this.set({ state, problem, attempt: this.now.attempt + 1, retryAt: Date.now() + delay })
    this.timer = setTimeout(() => void this.connect(), delay)
  }

  private listenForSilence(): void {
    const { state, heardAt } = this.now
    if (state !== 'live' && state !== 'delayed') return
    const silent = Date.now() - heardAt
    if (silent > deadAfter && this.controller) this.fail(this.controller, 'lost', null)
    else if (silent > silentAfter && state === 'live') this.set({ state: 'delayed' })
  }
}
