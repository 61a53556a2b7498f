import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useCases } from '@/stores/cases'
import { useConnection } from '@/stores/connection'
import { useSession } from '@/stores/session'
import CasePanel from './CasePanel.vue'
import { aCase, aChoice, aDetail, aMove, server, settle, show, stage } from './testing/stage'
import type { Answer } from './testing/stage'
import type { CaseDetail } from './types'

let now: CaseDetail
let move: (body: Record<string, unknown>) => Answer | Promise<Answer>
let panel: ReturnType<typeof show>
let asked: ReturnType<typeof server>
const moves = () => asked.filter((a) => a.url.pathname.endsWith('/moves'))
const button = (text: string) => panel.findAll('button').find((b) => b.text() === text)!

async function open(detail: CaseDetail): Promise<void> {
  now = detail
  asked = server((a) => (a.url.pathname.endsWith('/moves') ? move(a.body) : { body: now }))
  panel = show(CasePanel, { id: 'c1' })
  await settle()
}
beforeEach(() => {
  stage()
  move = () => ({ body: now })
})
afterEach(() => {
  panel.unmount()
  vi.unstubAllGlobals()
})

/** The case after one more move. */
function after(d: CaseDetail, ...more: Parameters<typeof aMove>): CaseDetail {
  return { ...d, case: { ...d.case, version: d.case.version + 1, change: d.case.change + 1 }, moves: [...d.moves, aMove(...more)] }
}

describe('a case', () => {
  it('shows every text as text', async () => {
    const evil = '<script>alert(1)</script><img src=x onerror=alert(1)>'
    await open(aDetail({
      case: aCase({ title: { zh: evil, en: evil }, text: evil, tasks: [{ agency: 'roads', lead: true, state: 'handling', order: evil, overdue: false, givenAt: '2026-09-18T09:00:00Z', report: evil }], files: [{ hash: 'ab', media: 'text/plain', bytes: 3, name: evil, note: evil, by: 'x', agency: 'roads', at: '2026-09-18T09:00:00Z' }] }),
      moves: [aMove(1, 'note', { text: evil, account: evil })],
    }))
    expect(panel.find('script').exists()).toBe(false)
    expect(panel.find('img').exists()).toBe(false)
    expect(panel.find('h2').text()).toBe(evil)
    expect(panel.text().split('<script>').length - 1).toBeGreaterThanOrEqual(6)
  })

  it('says on demand why a move is refused and who could make it', async () => {
    await open(aDetail())
    expect(panel.text()).not.toContain('assisting agencies are not done')
    expect(button('Close')).toBeUndefined()
    await button('Why not? (1)').trigger('click')
    expect(panel.find('.blocked').text()).toContain('assisting agencies are not done: parking')
    expect(panel.find('.blocked').text()).toContain('Dispatcher (roads)')
  })

  it('begins a dispatch with those who were asked before, and says why it came back', async () => {
    const orders = [{ agency: 'roads', text: { zh: '封闭', en: 'Close the road' } }, { agency: 'parking', text: { zh: '开放', en: 'Open the reserve' } }]
    await open(aDetail({
      orders, choices: [aChoice('dispatch', { needs: ['agency', 'assists'], may: ['text'] })],
      case: aCase({ state: 'filed', tasks: [{ agency: 'roads', lead: true, state: 'returned', order: '封闭', asked: orders[0]!.text, overdue: false, givenAt: '2026-09-18T09:00:00Z', report: 'not ours' }] }),
      moves: [aMove(1, 'report'), aMove(2, 'dispatch', { agency: 'roads', assists: ['parking'] }), aMove(3, 'return', { agency: 'roads', text: 'not ours' })],
    }))
    await button('Dispatch').trigger('click')
    const form = panel.find('form.move')
    expect(form.text()).toContain('roads gave it back: not ours')
    expect((form.find('select').element as HTMLSelectElement).value).toBe('roads')
    expect(form.text()).toContain('Close the road')
    expect(form.text()).toContain('Open the reserve')
    await form.trigger('submit')
    await settle()
    expect(moves()[0]!.body).toEqual({ verb: 'dispatch', version: 3, agency: 'roads', assists: ['parking'] })
  })

  it('asks for what a move needs, and sends it once', async () => {
    let release = () => {}
    move = () => new Promise((done) => (release = () => done({ body: after(now, 4, 'reject') })))
    await open(aDetail())
    await button('Fail the check').trigger('click')
    await panel.find('form.move').trigger('submit')
    expect(moves()).toHaveLength(0)
    expect(panel.find('textarea').attributes('aria-invalid')).toBe('true')
    await panel.find('textarea').setValue('  queue is back  ')
    void panel.find('form.move').trigger('submit')
    void panel.find('form.move').trigger('submit')
    await settle()
    expect(moves()).toHaveLength(1)
    expect(moves()[0]!.body).toEqual({ verb: 'reject', version: 3, text: 'queue is back' })
    release()
    await settle()
    expect(panel.find('form.move').exists()).toBe(false)
    expect(panel.find('[role=status]').text()).toContain('Fail the check')
  })

  it('makes a move that needs nothing by one click, however often it is clicked', async () => {
    let release = () => {}
    move = () => new Promise((done) => (release = () => done({ body: after(now, 4, 'accept') })))
    await open(aDetail())
    const accept = button('Accept task')
    void accept.trigger('click')
    void accept.trigger('click')
    await settle()
    release()
    await settle()
    expect(moves().map((m) => m.body)).toEqual([{ verb: 'accept', agency: 'roads', version: 3 }])
  })

  it('keeps what was typed when somebody else was first, shows what changed, and goes on from there', async () => {
    await open(aDetail())
    await button('Fail the check').trigger('click')
    await panel.find('textarea').setValue('not done')
    const theirs = aMove(4, 'note', { account: 'traffic-dispatcher', text: 'we are still there' })
    move = () => {
      now = after(now, 4, 'note', theirs)
      return { status: 409, body: { title: 'changed', status: 409, guard: 'version', changes: [theirs] } }
    }
    await panel.find('form.move').trigger('submit')
    await settle()
    expect(panel.text()).toContain('nothing was sent')
    expect(panel.find('.changes').text()).toContain('we are still there')
    expect((panel.find('textarea').element as HTMLTextAreaElement).value).toBe('not done')
    expect(panel.find('.move .primary').attributes('disabled')).toBeDefined()
    await panel.find('form.move').trigger('submit')
    expect(moves()).toHaveLength(1)

    await button('Seen; go on from here').trigger('click')
    move = () => ({ body: after(now, 5, 'reject') })
    await panel.find('form.move').trigger('submit')
    await settle()
    expect(moves()[1]!.body).toEqual({ verb: 'reject', version: 4, text: 'not done' })
  })

  it('tells when a move that is being written can no longer be made', async () => {
    await open(aDetail())
    await button('Fail the check').trigger('click')
    await panel.find('textarea').setValue('typed')
    now = { ...after(now, 4, 'check'), choices: [aChoice('reject', { allowed: false, guard: 'state', text: { zh: '已核查', en: 'it is checked already' } })] }
    useCases().take(now.case) // as the stream tells it, from another tab
    await settle()
    expect(panel.find('.notice').text()).toContain('it is checked already')
    expect(button('Seen; go on from here')).toBeUndefined()
    expect((panel.find('textarea').element as HTMLTextAreaElement).value).toBe('typed')
  })

  it('does not take its own move for somebody else’s', async () => {
    await open(aDetail({ choices: [aChoice('note', { needs: ['text'] }), aChoice('reject', { needs: ['text'] })] }))
    await button('Fail the check').trigger('click')
    await panel.find('textarea').setValue('later')
    await panel.find('form.move').trigger('keydown', { key: 'Escape' })
    await button('Note').trigger('click')
    await panel.find('textarea').setValue('first a note')
    move = () => ({ body: (now = after(now, 4, 'note')) })
    await panel.find('form.move').trigger('submit')
    await settle()
    await button('Fail the check').trigger('click')
    expect((panel.find('textarea').element as HTMLTextAreaElement).value).toBe('later')
    expect(panel.find('.notice').exists()).toBe(false)
  })
})

describe('a lost connection', () => {
  async function lose(): Promise<void> {
    await open(aDetail())
    await button('Fail the check').trigger('click')
    await panel.find('textarea').setValue('typed on the spot')
    move = () => 'away'
    await panel.find('form.move').trigger('submit')
    await settle()
  }
  const back = async () => {
    useConnection().tell({ state: 'live', since: 1, heardAt: 9e12, retryAt: 0, attempt: 0, problem: null })
    await settle()
  }

  it('keeps the text, says that nothing was sent, and looks before it sends again', async () => {
    await lose()
    expect(panel.text()).toContain('Connection lost; nothing was sent')
    expect((panel.find('textarea').element as HTMLTextAreaElement).value).toBe('typed on the spot')
    await back()
    expect(panel.text()).toContain('the move did not arrive')
    move = () => ({ body: after(now, 4, 'reject') })
    await panel.find('form.move').trigger('submit')
    await settle()
    expect(moves()).toHaveLength(2)
  })

  it('finds that the move had arrived after all', async () => {
    await lose()
    now = after(now, 4, 'reject', { account: 'duty-officer', text: 'typed on the spot' })
    await back()
    expect(panel.find('form.move').exists()).toBe(false)
    expect(moves()).toHaveLength(1)
  })

  it('is not what an ended session is', async () => {
    await open(aDetail())
    await button('Fail the check').trigger('click')
    await panel.find('textarea').setValue('kept')
    move = () => ({ status: 401, body: { title: 'Not signed in', status: 401 } })
    await panel.find('form.move').trigger('submit')
    await settle()
    expect(useSession().state).toBe('expired')
    expect((panel.find('textarea').element as HTMLTextAreaElement).value).toBe('kept')
  })
})

describe('the stream', () => {
  it('brings the moves of another tab', async () => {
    await open(aDetail())
    now = after(now, 4, 'note', { text: 'from the other tab' })
    useCases().take(now.case)
    await settle()
    expect(panel.text()).toContain('from the other tab')
  })
  it('is not asked again for what is known', async () => {
    await open(aDetail())
    const n = asked.length
    useCases().take({ ...now.case, version: 2 })
    useCases().take({ ...now.case, id: 'other', version: 9 })
    await settle()
    expect(asked).toHaveLength(n)
  })
})
