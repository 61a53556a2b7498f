import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Refused } from '@/api/problem'
import { server, settle, show, stage } from '@/cases/testing/stage'
import type { Answer } from '@/cases/testing/stage'
import { useSession } from '@/stores/session'
import SignInForm from './SignInForm.vue'

let answer: Answer
let form: ReturnType<typeof show>
let asked: ReturnType<typeof server>
const body = { account: 'auditor', name: { zh: '审计员', en: 'Auditor' }, posts: [], open: false }

beforeEach(() => {
  vi.useFakeTimers()
  stage()
  useSession().leave()
  asked = server(() => answer)
  form = show(SignInForm, {})
})
afterEach(() => {
  form.unmount()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})
async function attempt(password = 'guess'): Promise<void> {
  const [account, secret] = form.findAll('input')
  await account!.setValue(' auditor ')
  await secret!.setValue(password)
  await form.find('form').trigger('submit')
  await settle()
}

describe('signing in', () => {
  it('asks for both fields before it asks the server', async () => {
    await form.find('form').trigger('submit')
    expect(asked).toHaveLength(0)
    expect(form.findAll('[aria-invalid=true]')).toHaveLength(2)
  })
  it('opens the session', async () => {
    answer = { body }
    await attempt('right')
    expect(asked[0]).toMatchObject({ method: 'POST', body: { account: 'auditor', password: 'right' } })
    expect(useSession().state).toBe('signed-in')
    expect(form.emitted('done')).toHaveLength(1)
  })
  it('says when account or password is wrong, in the language shown', async () => {
    answer = { status: 401, body: { title: 'Not signed in', status: 401, detail: 'x' } }
    await attempt()
    expect(form.find('[role=alert]').text()).toBe('The account or the password is wrong.')
    expect(useSession().state).toBe('signed-out')
  })
  it('waits as long as the server asks, and counts', async () => {
    answer = { status: 429, body: { title: 'Too much', status: 429 }, headers: { 'Retry-After': '5' } }
    await attempt()
    expect(form.find('[role=alert]').text()).toContain('wait 5 s')
    await form.find('form').trigger('submit')
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(3000)
    expect(form.find('[role=alert]').text()).toContain('wait 2 s')
    await vi.advanceTimersByTimeAsync(2500)
    answer = { body }
    await form.find('form').trigger('submit')
    await settle()
    expect(asked).toHaveLength(2)
  })
  it('tells a server that is away from a wrong password', async () => {
    answer = 'away'
    await attempt()
    expect(form.find('[role=alert]').text()).toContain('does not answer')
    expect((form.findAll('input')[1]!.element as HTMLInputElement).value).toBe('guess')
  })
})

describe('a session', () => {
  it('expires only where there was one', () => {
    const session = useSession()
    const ended = new Refused({ title: '', status: 401 })
    session.notice(ended)
    expect(session.state).toBe('signed-out')
    session.take(body)
    session.notice(new Refused({ title: '', status: 403 }))
    expect(session.state).toBe('signed-in')
    session.notice(ended)
    expect(session.state).toBe('expired')
    expect(session.account).toBe('auditor')
  })
  it('asks when its time has come', async () => {
    answer = { status: 401, body: { title: '', status: 401 } }
    useSession().take({ ...body, expiresAt: new Date(Date.now() + 60_000).toISOString() })
    await vi.advanceTimersByTimeAsync(59_000)
    expect(asked).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(3000)
    expect(useSession().state).toBe('expired')
  })
})
