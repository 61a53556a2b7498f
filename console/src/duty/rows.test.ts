import { describe, expect, it, vi } from 'vitest'
import type { LayerBody } from '@/api/types'
import { courseOf } from './past'
import { firstPage, readRows } from './rows'

const answer = (body: unknown) => vi.stubGlobal('fetch', vi.fn(async () => new Response(JSON.stringify(body))))

describe('the rows of a figure', () => {
  it('are asked for in pages', () => {
    expect(firstPage('/api/v1/situations?state=up')).toBe('/api/v1/situations?state=up&limit=100')
    expect(firstPage('/api/v1/cases?limit=7')).toBe('/api/v1/cases?limit=7')
  })
  it('go on by the cursor', async () => {
    answer({ situations: [{ id: 'a' }], next: 'n 1' })
    expect(await readRows('/api/v1/situations?state=up')).toEqual({ rows: [{ kind: 'situation', id: 'a', body: { id: 'a' } }], next: '/api/v1/situations?state=up&after=n+1' })
    answer({ cases: [], total: 0 })
    expect(await readRows('/api/v1/cases')).toEqual({ rows: [], next: null })
  })
  it('of entities go on by offset until a page is not full', async () => {
    answer([{ id: '1', type: 'T' }, { id: '2', type: 'T' }])
    expect((await readRows('/ngsi-ld/v1/entities?type=T&limit=2')).next).toBe('/ngsi-ld/v1/entities?type=T&limit=2&offset=2')
    answer([{ id: '3', type: 'T' }])
    expect((await readRows('/ngsi-ld/v1/entities?type=T&limit=2&offset=2')).next).toBeNull()
  })
})

describe('the past of a ratio', () => {
  const layer = { value: { ratio: 'taken', of: 'all' } } as LayerBody
  it('is divided by the whole of its time', () => {
    const body = { taken: { values: [[30, '2026-01-01T02:00:00Z'], [10, '2026-01-01T00:00:00Z']] }, all: { values: [[100, '2026-01-01T00:00:00Z'], [60, '2026-01-01T01:00:00Z']] } }
    expect(courseOf(layer, body).map((p) => p[1])).toEqual([0.1, 0.5])
  })
  it('may be empty', () => {
    expect(courseOf(layer, {})).toEqual([])
  })
})
