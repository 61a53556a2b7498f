import { describe, expect, it } from 'vitest'
import { clearing, inSight, type Cover } from './sight'

const size = { width: 1000, height: 600 }
const panel: Cover = { left: 600, top: 0, right: 1000, bottom: 600 }
const card: Cover = { left: 10, top: 300, right: 400, bottom: 590 }

describe('a place on the map', () => {
  it('is in sight unless it is off the map, at its edge, or under something', () => {
    expect(inSight([300, 200], size, [panel, card])).toBe(true)
    expect(inSight([700, 200], size, [panel])).toBe(false)
    expect(inSight([580, 200], size, [panel])).toBe(false)
    expect(inSight([200, 400], size, [card])).toBe(false)
    expect(inSight([20, 200], size, [])).toBe(false)
    expect(inSight([300, -50], size, [])).toBe(false)
    expect(inSight([1300, 200], size, [])).toBe(false)
  })
  it('is brought to the middle of what is free', () => {
    expect(clearing(size, [])).toEqual([500, 300])
    expect(clearing(size, [panel])).toEqual([300, 300])
    expect(clearing(size, [panel, card])).toEqual([300, 150])
    expect(clearing(size, [{ left: 2000, top: 0, right: 3000, bottom: 600 }])).toEqual([500, 300])
  })
  it('stays where it is when nothing of the map is free', () => {
    expect(clearing({ width: 380, height: 700 }, [{ left: 0, top: 0, right: 390, bottom: 844 }])).toBeNull()
    expect(clearing({ width: 100, height: 100 }, [])).toBeNull()
  })
  it('that was brought there is in sight', () => {
    for (const covers of [[], [panel], [card], [panel, card]]) expect(inSight(clearing(size, covers)!, size, covers)).toBe(true)
  })
})
