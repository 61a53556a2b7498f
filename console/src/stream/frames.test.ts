import { describe, expect, it } from 'vitest'
import { Frames } from './frames'

describe('Frames', () => {
  it('cuts events with their ids', () => {
    const { frames } = new Frames().push('id: p1-s2-c3\nevent: situation\ndata: {"a":1}\n\n')
    expect(frames).toEqual([{ event: 'situation', data: '{"a":1}', id: 'p1-s2-c3' }])
  })
  it('gives the same whatever the pieces', () => {
    const text = ': alive\r\nid: p1-s0\r\n\r\nevent: entities\ndata: {"x":\ndata:2}\nid: p2-s0\n\n'
    for (let cut = 0; cut <= text.length; cut++) {
      const f = new Frames()
      expect([...f.push(text.slice(0, cut)).frames, ...f.push(text.slice(cut)).frames]).toEqual([
        { event: '', data: '', id: 'p1-s0' },
        { event: 'entities', data: '{"x":\n2}', id: 'p2-s0' },
      ])
    }
  })
  it('raises nothing for comments and empty lines', () => {
    expect(new Frames().push(': alive\n\n\n').frames).toEqual([])
  })
  it('reads the wait that the server asks for', () => {
    expect(new Frames().push('retry: 2000\n\n').retry).toBe(2000)
  })
  it('keeps an unfinished event for the next piece', () => {
    const f = new Frames()
    expect(f.push('event: clock\ndata: {}\n').frames).toEqual([])
    expect(f.push('\n').frames).toHaveLength(1)
  })
})
