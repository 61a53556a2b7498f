import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { SituationBody } from '@/api/types'
import { useSituations } from './situations'

const situation = (id: string, change: number, more: Partial<SituationBody> = {}): SituationBody => ({
  id, change, notice: change, announced: true, rule: 'p/r', type: 'r', entity: `e-${id}`, severity: 'moderate', state: 'up', raisedAt: '2026-01-01T00:00:00Z', ...(more.announced !== false && { announcedAt: '2026-01-01T00:00:00Z' }), raisedReason: '', evidence: [], ...more,
})
const answerWith = (...pages: object[]) => vi.stubGlobal('fetch', vi.fn(async () => new Response(JSON.stringify(pages.shift()))))

describe('situations', () => {
  beforeEach(() => setActivePinia(createPinia()))

  it('stand with the most severe first, then the latest', () => {
    const s = useSituations()
    s.take([situation('a', 1), situation('b', 2, { severity: 'critical' }), situation('c', 3, { raisedAt: '2026-01-01T01:00:00Z' })])
    expect(s.up.map((x) => x.id)).toEqual(['b', 'c', 'a'])
  })
  it('leave when they are cleared, and do not come back by an older change', () => {
    const s = useSituations()
    s.take([situation('a', 1)])
    s.take([situation('a', 5, { state: 'cleared', clearedAt: '2026-01-01T02:00:00Z' })])
    s.take([situation('a', 1)])
    expect(s.up).toEqual([])
    expect(s.get('a')?.state).toBe('cleared')
  })
  it('are read page by page, and what is gone on the server goes', async () => {
    const s = useSituations()
    s.take([situation('old', 1)])
    answerWith({ situations: [situation('a', 2)], next: 'x' }, { situations: [situation('b', 3)] })
    await s.load()
    expect(s.up.map((x) => x.id).sort()).toEqual(['a', 'b'])
    expect(s.state).toBe('ready')
  })
  it('that are suppressed stand apart, and come and go by their notices', () => {
    const s = useSituations()
    const why = [{ way: 'inhibited' as const, rule: 'p/explained', situation: 'b' }]
    s.take([situation('a', 1), situation('b', 2), situation('c', 3, { announced: false, suppressed: [{ way: 'grouped' }] })])
    s.take([situation('a', 1, { notice: 4, announced: false, suppressed: why })])
    expect(s.up.map((x) => x.id)).toEqual(['b'])
    expect(s.suppressed.map((x) => x.id)).toEqual(['a', 'c'])
    expect(s.of('e-a').length).toBe(1)
    s.take([situation('a', 1, { notice: 2 })]) // older
    expect(s.up.length).toBe(1)
    s.take([situation('a', 1, { notice: 5 })])
    expect(s.up.map((x) => x.id)).toEqual(['a', 'b'])
    s.take([situation('c', 6, { announced: false, suppressed: [{ way: 'grouped' }], state: 'cleared' })])
    expect(s.suppressed).toEqual([])
    expect(s.cleared.map((x) => x.id)).toEqual([]) // nobody was told of it
  })
  it('that the stream brings while the list is read are kept', async () => {
    const s = useSituations()
    vi.stubGlobal('fetch', vi.fn(async () => {
      s.take([situation('new', 9)])
      return new Response(JSON.stringify({ situations: [situation('a', 2)] }))
    }))
    await s.load()
    expect(s.up.map((x) => x.id).sort()).toEqual(['a', 'new'])
  })
  it('say that they could not be read', async () => {
    const s = useSituations()
    vi.stubGlobal('fetch', vi.fn(async () => Promise.reject(new TypeError('away'))))
    await s.load()
    expect(s.state).toBe('failed')
  })
  it('remember only some of those cleared', () => {
    const s = useSituations()
    for (let i = 0; i < 6000; i++) s.take([situation(`s${i}`, i + 1), situation(`s${i}`, i + 2, { state: 'cleared' })])
    expect(s.cleared.length).toBeLessThanOrEqual(40)
    expect(s.up).toEqual([])
  })
})
