import { describe, expect, it } from 'vitest'
import { Inbox } from './inbox'

const frame = (event: string, body: unknown) => ({ event, data: JSON.stringify(body), id: null })
const entity = (id: string, value: number) => ({ id, type: 'T', a: { type: 'Property', value } })

describe('Inbox', () => {
  it('keeps the latest of each entity', () => {
    const box = new Inbox()
    for (let i = 0; i < 10_000; i++) box.put(frame('entities', { entities: [entity(`e${i % 10}`, i)], deleted: [] }))
    const { entities } = box.take()
    expect(entities.size).toBe(10)
    expect(entities.get('e3')).toEqual(entity('e3', 9993))
  })
  it('tells of what was deleted, and of what came again', () => {
    const box = new Inbox()
    box.put(frame('entities', { entities: [entity('a', 1), entity('b', 1)], deleted: [] }))
    box.put(frame('entities', { entities: [entity('b', 2)], deleted: ['a', 'b'] }))
    box.put(frame('entities', { entities: [entity('b', 3)], deleted: [] }))
    const { entities } = box.take()
    expect(entities.get('a')).toBeNull()
    expect(entities.get('b')).toEqual(entity('b', 3))
  })
  it('is empty after it was taken from', () => {
    const box = new Inbox()
    box.put(frame('clock', { time: '2026-01-01T00:00:00Z', speed: 1 }))
    expect(box.waiting).toBe(true)
    expect(box.take().clock?.speed).toBe(1)
    expect(box.waiting).toBe(false)
    expect(box.take().clock).toBeNull()
  })
  it('forgets entities from before a reset', () => {
    const box = new Inbox()
    box.put(frame('entities', { entities: [entity('a', 1)], deleted: [] }))
    box.put(frame('reset', { reason: 'missed' }))
    const mail = box.take()
    expect(mail.reset).toBe('missed')
    expect(mail.entities.size).toBe(0)
  })
  it('passes over events of a later version', () => {
    const box = new Inbox()
    box.put(frame('weather', {}))
    expect(box.waiting).toBe(false)
  })
})
