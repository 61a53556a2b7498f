import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Mail } from './inbox'
import { deadAfter, silentAfter, Stream, type Standing } from './stream'

/** A server whose answers the test writes. */
class Server {
  asked: (string | null)[] = []
  answers: (Response | Error)[] = []
  controller: ReadableStreamDefaultController<Uint8Array> | null = null

  open(): void {
    const body = new ReadableStream<Uint8Array>({ start: (c) => void (this.controller = c) })
    this.answers.push(new Response(body, { headers: { 'Content-Type': 'text/event-stream' } }))
  }
  say(text: string): void {
    this.controller!.enqueue(new TextEncoder().encode(text))
  }
  fetch = async (_: unknown, init?: RequestInit): Promise<Response> => {
    this.asked.push(new Headers(init?.headers).get('Last-Event-ID'))
    const answer = this.answers.shift() ?? new TypeError('refused')
    if (answer instanceof Error) throw answer
    return answer
  }
}

const settle = () => vi.advanceTimersByTimeAsync(0)

describe('Stream', () => {
  let server: Server
  let mail: Mail[]
  let stands: Standing[]
  let stream: Stream
  const state = () => stands.at(-1)!.state

  beforeEach(() => {
    vi.useFakeTimers()
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    server = new Server()
    mail = []
    stands = []
    stream = new Stream({ url: '/s', deliver: (m) => mail.push(m), standing: (s) => stands.push(s), fetch: server.fetch as typeof fetch, soon: (work) => void setTimeout(work, 16) })
  })
  afterEach(() => {
    stream.stop()
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it('is live once something came', async () => {
    server.open()
    stream.start()
    expect(state()).toBe('connecting')
    server.say('retry: 2000\nid: p5-s1-c0\n\n')
    await settle()
    expect(state()).toBe('live')
  })

  it('hands over once per frame, however much came', async () => {
    server.open()
    stream.start()
    for (let i = 0; i < 50; i++) server.say(`id: p${i}-s0-c0\nevent: entities\ndata: {"position":${i},"entities":[{"id":"e","type":"T"}],"deleted":[]}\n\n`)
    await settle()
    expect(mail).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(20)
    expect(mail).toHaveLength(1)
  })

  it('goes on from the last id after the server has ended', async () => {
    server.open()
    stream.start()
    server.say('id: p7-s3-c2\n\n')
    await settle()
    server.controller!.close()
    await settle()
    expect(state()).toBe('lost')
    server.open()
    await vi.advanceTimersByTimeAsync(600)
    server.say(': alive\n\n')
    await settle()
    expect(server.asked).toEqual([null, 'p7-s3-c2'])
    expect(state()).toBe('live')
  })

  it('tries more and more seldom, and at once when asked', async () => {
    stream.start()
    await settle()
    expect(state()).toBe('lost')
    await vi.advanceTimersByTimeAsync(500 + 1000 + 2000 + 5)
    expect(server.asked).toHaveLength(4)
    stream.retry()
    await settle()
    expect(server.asked).toHaveLength(5)
    await vi.advanceTimersByTimeAsync(120_000)
    expect(server.asked.length).toBeLessThan(16)
  })

  it('keeps saying since when it is lost', async () => {
    stream.start()
    await settle()
    const { since } = stands.at(-1)!
    await vi.advanceTimersByTimeAsync(4000)
    expect(stands.at(-1)!.since).toBe(since)
    expect(stands.at(-1)!.attempt).toBeGreaterThan(2)
  })

  it('tells silence from death', async () => {
    server.open()
    stream.start()
    server.say('id: p1-s0\n\n')
    await settle()
    await vi.advanceTimersByTimeAsync(silentAfter + 1500)
    expect(state()).toBe('delayed')
    server.say(': alive\n\n')
    await settle()
    expect(state()).toBe('live')
    await vi.advanceTimersByTimeAsync(deadAfter + 1500)
    expect(state()).toBe('lost')
  })

  it('waits as long as a stopping server asks', async () => {
    server.answers.push(new Response(JSON.stringify({ title: 'not available', status: 503, detail: 'the city is stopping' }), { status: 503, headers: { 'Retry-After': '3' } }))
    stream.start()
    await settle()
    expect(state()).toBe('stopped')
    expect(stands.at(-1)!.problem?.detail).toBe('the city is stopping')
    await vi.advanceTimersByTimeAsync(2900)
    expect(server.asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(200)
    expect(server.asked).toHaveLength(2)
  })

  it('does not ask again when signed out', async () => {
    server.answers.push(new Response('{}', { status: 401 }))
    stream.start()
    await settle()
    expect(state()).toBe('refused')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(server.asked).toHaveLength(1)
  })

  it('begins anew where the server does not know the place', async () => {
    server.open()
    stream.start()
    server.say('id: nonsense\n\n')
    await settle()
    server.answers.push(new Response('{}', { status: 400 }))
    server.controller!.close()
    await vi.advanceTimersByTimeAsync(3000)
    expect(server.asked.slice(0, 3)).toEqual([null, 'nonsense', null])
  })

  it('is silent after stop', async () => {
    server.open()
    stream.start()
    await settle()
    stream.stop()
    expect(state()).toBe('idle')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(server.asked).toHaveLength(1)
  })
})
