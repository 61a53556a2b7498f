import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { EntityBody } from '@/api/types'
import { useEntities } from './entities'

const layer = { id: 'garages', pack: 'p', title: { zh: '停车场', en: 'Garages' }, type: 'Garage', draw: 'point', value: { ratio: 'taken', of: 'all' }, scale: { good: 0.6, poor: 0.9 }, label: { attribute: 'name' }, fields: [] }
const garage = (id: string, taken: number, more: object = {}): EntityBody => ({
  id, type: 'Garage', name: { type: 'Property', value: `Garage ${id}` }, taken: { type: 'Property', value: taken }, all: { type: 'Property', value: 100 }, note: { type: 'Property', value: 'x'.repeat(100) },
  location: { type: 'GeoProperty', value: { type: 'Point', coordinates: [1, 2] } }, ...more,
})

function serve(list: () => EntityBody[]): string[] {
  const asked: string[] = []
  vi.stubGlobal('fetch', vi.fn(async (href: string) => {
    asked.push(href)
    if (href === '/api/v1/layers') return new Response(JSON.stringify({ layers: [layer] }))
    const q = new URL(href, 'http://city').searchParams
    const from = Number(q.get('offset'))
    return new Response(JSON.stringify(list().slice(from, from + Number(q.get('limit')))))
  }))
  return asked
}

describe('entities', () => {
  beforeEach(() => setActivePinia(createPinia()))

  it('keep only what the map draws', async () => {
    serve(() => [garage('1', 50)])
    const e = useEntities()
    await e.load()
    expect(e.get('1')?.values).toEqual({ taken: 50, all: 100, name: 'Garage 1' })
    expect(e.name('1')).toBe('Garage 1')
  })
  it('are read to the last page', async () => {
    const asked = serve(() => Array.from({ length: 2300 }, (_, i) => garage(String(i), 1)))
    const e = useEntities()
    await e.load()
    expect(e.of('Garage').size).toBe(2300)
    expect(asked).toHaveLength(4)
  })
  it('that the stream changed while the list is read stay as the stream said', async () => {
    const e = useEntities()
    serve(() => {
      e.take(new Map([['1', garage('1', 99)], ['2', null]]))
      return [garage('1', 10), garage('2', 10)]
    })
    await e.load()
    expect(e.get('1')?.values['taken']).toBe(99)
    expect(e.get('2')).toBeUndefined()
  })
  it('that have gone meanwhile are dropped when they are read again', async () => {
    let list = [garage('1', 1), garage('2', 1)]
    serve(() => list)
    const e = useEntities()
    await e.load()
    list = [garage('2', 1)]
    await e.load()
    expect([...e.of('Garage').keys()]).toEqual(['2'])
  })
  it('are read one reading at a time, so that the stream is never overwritten', async () => {
    const e = useEntities()
    let readings = 0
    serve(() => {
      readings++
      e.take(new Map([['1', garage('1', 90 + readings)]]))
      return [garage('1', 10)]
    })
    await Promise.all([e.load(), e.load(), e.load()])
    expect(readings).toBe(2)
    expect(e.get('1')?.values['taken']).toBe(92)
  })
  it('say once what changed', async () => {
    serve(() => [garage('1', 1)])
    const e = useEntities()
    await e.load()
    e.changed('Garage')
    e.take(new Map([['1', garage('1', 2)]]))
    expect([...e.changed('Garage')]).toEqual(['1'])
    expect(e.changed('Garage').size).toBe(0)
  })
  it('keep the very place while it does not move, so that shapes are not drawn again', async () => {
    serve(() => [garage('1', 1)])
    const e = useEntities()
    await e.load()
    const { place } = e.get('1')!
    e.take(new Map([['1', garage('1', 2)]]))
    expect(e.get('1')!.place).toBe(place)
  })
  it('of types that no layer draws are not kept', async () => {
    serve(() => [])
    const e = useEntities()
    await e.load()
    e.take(new Map([['x', { id: 'x', type: 'Other' }]]))
    expect(e.get('x')).toBeUndefined()
  })
})
