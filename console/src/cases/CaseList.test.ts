import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useCases } from '@/stores/cases'
import { useSession } from '@/stores/session'
import CaseList from './CaseList.vue'
import { aCase, server, settle, show, stage } from './testing/stage'
import type { CaseBody } from './types'

const ALL = 100_000
let list: ReturnType<typeof show>
let asked: ReturnType<typeof server>
const pages = () => asked.filter((a) => a.url.searchParams.get('limit') === '5')
const last = () => Object.fromEntries(pages().at(-1)!.url.searchParams)
const row = (i: number): CaseBody => aCase({ id: `c${i}`, title: { zh: `案件 ${i}`, en: `Case ${i}` } })

beforeEach(() => {
  vi.useFakeTimers()
  stage()
  asked = server(({ url }) => {
    const at = Number(url.searchParams.get('after') ?? 0)
    const limit = Number(url.searchParams.get('limit'))
    return { body: { cases: Array.from({ length: Math.min(limit, ALL - at) }, (_, i) => row(at + i)), total: ALL, next: at + limit < ALL ? String(at + limit) : undefined } }
  })
})
afterEach(() => {
  list.unmount()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})
async function begin(props: Record<string, unknown> = {}): Promise<void> {
  list = show(CaseList, { size: 5, ...props })
  await settle()
}
const turn = (label: string) => list.find(`button[aria-label="${label}"]`)

describe('a list of 100,000 cases', () => {
  it('is turned page by page on the server', async () => {
    await begin()
    expect(last()).toEqual({ notState: 'closed', order: 'deadline', limit: '5' })
    expect(list.find('nav').text()).toContain('1–5 of 100,000')
    expect(list.findAll('[data-row]')).toHaveLength(5)
    expect(turn('Previous page').attributes('disabled')).toBeDefined()
    await turn('Next page').trigger('click')
    await settle()
    await turn('Next page').trigger('click')
    await settle()
    expect(last()).toMatchObject({ after: '10' })
    expect(list.find('nav').text()).toContain('11–15 of 100,000')
    await turn('Previous page').trigger('click')
    await settle()
    expect(last()).toMatchObject({ after: '5' })
    expect(list.text()).toContain('Case 5')
    await turn('First page').trigger('click')
    await settle()
    expect(last()).not.toHaveProperty('after')
  })

  it('asks anew, from the first page, by progress, order and agency', async () => {
    await begin()
    await turn('Next page').trigger('click')
    await settle()
    await list.findAll('.tabs button')[1]!.trigger('click')
    await settle()
    expect(last()).toEqual({ overdue: 'true', order: 'deadline', limit: '5' })
    await list.findAll('.tabs button')[2]!.trigger('click')
    await settle()
    expect(last()).toEqual({ state: 'closed', order: 'opened', limit: '5' })
  })

  it('begins with the own agency of who does not look over the city', async () => {
    useSession().take({ account: 'roads-dispatcher', name: { zh: '', en: '' }, open: false, posts: [{ id: 'roads-dispatcher', agency: 'roads', duty: 'dispatcher', name: { zh: '', en: '' } }] })
    await begin()
    expect(last()).toMatchObject({ agency: 'roads' })
    await list.find('select').setValue('')
    await settle()
    expect(last()).not.toHaveProperty('agency')
  })

  it('is walked through by keys', async () => {
    const open = vi.fn()
    await begin({ onOpen: open })
    const rows = () => list.findAll<HTMLElement>('[data-row]')
    rows()[0]!.element.focus()
    await rows()[0]!.trigger('keydown', { key: 'ArrowDown' })
    await rows()[1]!.trigger('keydown', { key: 'ArrowDown' })
    await settle()
    expect(document.activeElement).toBe(rows()[2]!.element)
    expect(rows().filter((r) => r.attributes('tabindex') === '0')).toHaveLength(1)
    await rows()[2]!.trigger('keydown', { key: 'Enter' })
    await rows()[2]!.trigger('keydown', { key: 'End' })
    await settle()
    expect(document.activeElement).toBe(rows()[4]!.element)
    expect(open.mock.calls).toEqual([['c2']])
  })

  it('changes a row at once, and reads the page again once for many changes', async () => {
    await begin()
    const n = pages().length
    for (let v = 4; v < 30; v++) useCases().take({ ...row(1), version: v, change: v, title: { zh: '新', en: `Changed ${v}` } })
    await settle()
    expect(list.text()).toContain('Changed 29')
    expect(pages()).toHaveLength(n)
    await vi.advanceTimersByTimeAsync(1600)
    expect(pages()).toHaveLength(n + 1)
  })

  it('does not move under who reads a later page', async () => {
    await begin()
    await turn('Next page').trigger('click')
    await settle()
    const n = pages().length
    useCases().take(aCase({ id: 'new', version: 1 }))
    await vi.advanceTimersByTimeAsync(5000)
    expect(pages()).toHaveLength(n)
    expect(list.find('.news').text()).toContain('1 cases have just changed')
    await list.find('.news').trigger('click')
    await settle()
    expect(pages()).toHaveLength(n + 1)
    expect(last()).toMatchObject({ after: '5' })
  })
})

describe('a list that cannot be read', () => {
  it('says so and tries again', async () => {
    let away = true
    asked = server(() => (away ? 'away' : { body: { cases: [row(1)], total: 1 } }))
    await begin()
    expect(list.find('[role=alert]').text()).toContain('could not be read')
    away = false
    await list.find('[role=alert] button').trigger('click')
    await settle()
    expect(list.findAll('[data-row]')).toHaveLength(1)
  })
})
