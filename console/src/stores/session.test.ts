import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { answer } from '@/api/read'
import { shareSession } from '@/stream/tabs'
import type { CaseBody } from '@/cases/types'
import { useCases } from './cases'
import { useOpenCases } from './opencases'
import { useSession } from './session'

const body = (account: string) => ({ account, name: { zh: account, en: account }, open: false, posts: [] })
const json = (content: unknown, status = 200) => new Response(JSON.stringify(content), { status })
const settle = () => new Promise((done) => setTimeout(done))

/** A server whose cookie is of whoever signed in last, and that refuses what is done in another's name. */
class Door {
  cookie = ''
  writes: { method: string; account: string | null; done: boolean }[] = []
  constructor() {
    vi.stubGlobal('fetch', async (href: string, init: RequestInit = {}) => {
      const method = init.method ?? 'GET'
      if (method === 'GET') return this.cookie ? json(body(this.cookie)) : json({}, 401)
      const account = new Headers(init.headers).get('X-Citybrain-Account')
      const signIn = method === 'POST' && href === '/api/v1/session'
      const done = signIn || account === null || account === this.cookie
      this.writes.push({ method, account, done })
      if (!done) return json({ guard: 'another-account' }, 409)
      if (signIn) this.cookie = (JSON.parse(String(init.body)) as { account: string }).account
      if (method === 'DELETE') this.cookie = ''
      return signIn ? json(body(this.cookie)) : json({})
    })
  }
}

describe('who is signed in', () => {
  let door: Door
  beforeEach(() => {
    setActivePinia(createPinia())
    door = new Door()
  })

  it('is stated by every write, and by no reading nor signing in', async () => {
    const s = useSession()
    await s.signIn('a', 'x')
    await answer('/api/v1/cases', { method: 'POST' })
    await answer('/api/v1/cases')
    await s.changePassword('x', 'y')
    await s.signOut()
    expect(door.writes.map((w) => `${w.method} ${w.account}`)).toEqual(['POST null', 'POST a', 'PUT a', 'DELETE a'])
  })
  it('is asked again when another account has signed in, and nothing typed is lost', async () => {
    const s = useSession()
    await s.signIn('a', 'x')
    useCases().draft('c1', 'note', undefined, 1).text = 'half a sent'
    door.cookie = 'b'
    await expect(answer('/api/v1/cases/c1/moves', { method: 'POST' })).rejects.toThrow()
    await settle()
    expect([s.state, s.account, s.other?.account]).toEqual(['expired', 'a', 'b'])
    await s.signIn('a', 'x')
    expect([s.state, s.other]).toEqual(['signed-in', null])
    expect(useCases().draft('c1', 'note', undefined, 1).text).toBe('half a sent')
  })
  it('does not end the session of another', async () => {
    const s = useSession()
    await s.signIn('a', 'x')
    door.cookie = 'b'
    await expect(s.signOut()).rejects.toThrow()
    expect(door.cookie).toBe('b')
  })
  it('is not what an answer from before signing in says', async () => {
    const s = useSession()
    s.take(body('a'))
    const asked = s.check()
    await s.signIn('b', 'x')
    await asked
    expect([s.state, s.account]).toEqual(['signed-in', 'b'])
  })
  it('takes with it, on leaving, what was typed and kept', async () => {
    const s = useSession()
    await s.signIn('a', 'x')
    const [cases, open] = [useCases(), useOpenCases()]
    cases.draft('c1', 'note', undefined, 1).text = 'secret'
    cases.take({ id: 'c1', version: 1, change: 1, state: 'filed', tasks: [] } as unknown as CaseBody)
    expect(open.list).toHaveLength(1)
    await s.signOut()
    expect(open.list).toEqual([])
    await s.signIn('b', 'x')
    expect(cases.draft('c1', 'note', undefined, 1).text).toBe('')
    await s.signIn('a', 'x')
    expect(cases.draft('c1', 'note', undefined, 1).text).toBe('')
  })
  it('follows a case for drafts of the account', async () => {
    await useSession().signIn('a', 'x')
    const d = useCases().draft('c1', 'note', undefined, 1)
    useCases().ownMove('c1', 1, 2)
    expect(d.seen).toBe(2)
  })
})

describe('pages of one browser', () => {
  const channels: FakeChannel[] = []
  class FakeChannel {
    onmessage: ((e: { data: unknown }) => void) | null = null
    constructor(readonly name: string) {
      channels.push(this)
    }
    postMessage(data: unknown): void {
      for (const c of channels) if (c !== this && c.name === this.name) c.onmessage?.({ data: structuredClone(data) })
    }
    close(): void {
      channels.splice(channels.indexOf(this), 1)
    }
  }
  /** A page is a pinia of its own; the server is one. */
  function page() {
    setActivePinia(createPinia())
    const scope = effectScope()
    scope.run(shareSession)
    return { session: useSession(), close: () => scope.stop() }
  }
  let door: Door
  beforeEach(() => {
    door = new Door()
    channels.length = 0
    vi.stubGlobal('BroadcastChannel', FakeChannel)
  })

  it('tell each other who has signed in and out', async () => {
    const [one, two] = [page(), page()]
    await one.session.signIn('a', 'x')
    await two.session.check()
    expect(two.session.account).toBe('a')
    await two.session.signIn('b', 'x')
    await settle()
    expect([one.session.state, one.session.other?.account]).toEqual(['expired', 'b'])
    await one.session.signIn('a', 'x')
    await settle()
    expect([two.session.state, two.session.other?.account]).toEqual(['expired', 'a'])
    await one.session.signOut()
    expect([one.session.state, two.session.state]).toEqual(['signed-out', 'expired'])
    one.close()
    two.close()
    expect(channels).toEqual([])
  })
  it('of one account all leave with it', async () => {
    const [one, two] = [page(), page()]
    await one.session.signIn('a', 'x')
    await two.session.check()
    await one.session.signOut()
    expect(two.session.state).toBe('signed-out')
    one.close()
    two.close()
  })
  it('ask the server when they come to the front', async () => {
    const one = page()
    await one.session.signIn('a', 'x')
    door.cookie = 'b'
    dispatchEvent(new Event('focus'))
    await settle()
    expect(one.session.state).toBe('expired')
    door.cookie = 'a'
    dispatchEvent(new Event('focus'))
    await settle()
    expect(one.session.state).toBe('signed-in')
    one.close()
  })
})
