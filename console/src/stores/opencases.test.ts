import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { CaseBody } from '@/cases/types'
import { late, useOpenCases } from './opencases'
import { useCases } from './cases'

const at = (time: string): number => Date.parse(`2026-06-12T${time}:00Z`)
const body = (more: Partial<CaseBody>): CaseBody => ({ overdue: false, tasks: [], ...more }) as CaseBody
const task = (state: string, deadline: string) => ({ state, deadline, overdue: false }) as CaseBody['tasks'][number]

describe('a case', () => {
  it('is late when its deadline passes, though nobody moved it', () => {
    const c = body({ deadline: '2026-06-12T10:00:00Z' })
    expect(late(c, at('09:59'))).toBe(false)
    expect(late(c, at('10:01'))).toBe(true)
  })
  it('is late when a task that is not done is', () => {
    expect(late(body({ tasks: [task('waiting', '2026-06-12T10:00:00Z')] }), at('10:01'))).toBe(true)
    expect(late(body({ tasks: [task('done', '2026-06-12T10:00:00Z')] }), at('10:01'))).toBe(false)
  })
  it('without a deadline is never late', () => {
    expect(late(body({}), at('10:01'))).toBe(false)
  })
})

describe('open cases', () => {
  beforeEach(() => setActivePinia(createPinia()))
  const aCase = (id: string, change: number, state = 'filed') => body({ id, change, version: change, state: state as CaseBody['state'] })
  const page = (...cases: CaseBody[]) => new Response(JSON.stringify({ cases, total: cases.length }))

  it('that close while the list is read do not come back by it', async () => {
    const open = useOpenCases()
    vi.stubGlobal('fetch', async () => {
      useCases().take(aCase('a', 5, 'closed'))
      useCases().take(aCase('new', 6))
      return page(aCase('a', 4), aCase('b', 2))
    })
    await open.load()
    expect(open.list.map((c) => c.id).sort()).toEqual(['b', 'new'])
    useCases().take(aCase('a', 7))
    expect(open.list.map((c) => c.id).sort()).toEqual(['a', 'b', 'new'])
  })
  it('that the stream changed meanwhile stay, though no page had them', async () => {
    const open = useOpenCases()
    useCases().take(aCase('a', 1))
    useCases().take(aCase('gone', 1))
    vi.stubGlobal('fetch', async () => {
      useCases().take(aCase('a', 3))
      return page()
    })
    await open.load()
    expect(open.list.map((c) => c.id)).toEqual(['a'])
  })
  it('are read again after a restart of the stream, one reading at a time', async () => {
    const open = useOpenCases()
    const ends: ((r: Response) => void)[] = []
    vi.stubGlobal('fetch', () => new Promise((end) => ends.push(end)))
    const first = open.load()
    useCases().again()
    useCases().again()
    expect(ends).toHaveLength(1)
    ends[0]!(page(aCase('a', 1)))
    await first
    await vi.waitFor(() => expect(ends).toHaveLength(2))
    ends[1]!(page(aCase('b', 2)))
    await vi.waitFor(() => expect(open.list.map((c) => c.id)).toEqual(['b']))
  })
})
