import { describe, expect, it } from 'vitest'
import type { LayerBody } from '@/api/types'
import { badness, isRatio, spoken, valueOf } from './measure'
import { grown, magnify } from './magnify'
import { gaugeName, signName } from './icons'
import { signOf } from './overlay'
import { palettes, shade } from './palette'
import { middleOf } from './shapes'

const layer = (more: object): LayerBody => ({ id: 'l', pack: 'p', title: { zh: '', en: '' }, type: 'T', draw: 'line', fields: [], ...more }) as LayerBody
const speed = layer({ value: { ratio: 'speed', of: 'free' }, scale: { good: 0.8, poor: 0.3 } })
const level = layer({ id: 'w', draw: 'point', value: { attribute: 'level' }, unit: 'cm', scale: { good: 5, poor: 30 } })

describe('the value of a layer', () => {
  it('is a ratio only where the whole is above zero', () => {
    expect(isRatio(speed)).toBe(true)
    expect(valueOf(speed, { speed: 30, free: 60 })).toBe(0.5)
    expect(valueOf(speed, { speed: 30, free: 0 })).toBeNull()
    expect(valueOf(speed, { speed: '30', free: 60 })).toBeNull()
    expect(valueOf(level, { level: 0 })).toBe(0)
  })
  it('is bad by the scale, in whichever direction it runs', () => {
    expect([1, 0.8, 0.55, 0.3, 0].map((v) => Math.round(badness(speed, v)! * 100))).toEqual([0, 0, 50, 100, 100])
    expect([0, 5, 17.5, 30, 99].map((v) => badness(level, v))).toEqual([0, 0, 0.5, 1, 1])
    expect(badness(level, null)).toBeNull()
  })
  it('is spoken as people read it', () => {
    expect(spoken(speed, 0.634, 'en')).toBe('63 %')
    expect(spoken(level, 12.34, 'en')).toBe('12.3 cm')
    expect(spoken(level, null, 'en')).toBe('—')
  })
})

describe('the colour scale', () => {
  const p = palettes.dark
  it('runs from good over the middle to poor', () => {
    expect([shade(p, 0), shade(p, 0.5), shade(p, 1)]).toEqual([p.good, p.middle, p.poor])
    expect(shade(p, 7)).toBe(p.poor)
    expect(shade(p, null)).toBe(p.unknown)
  })
  it('is drawn in few steps, so that icons stay few', () => {
    const names = new Set(Array.from({ length: 5000 }, (_, i) => gaugeName(i / 5000, i / 5000)))
    expect(names.size).toBeLessThan(40)
    expect(signName('drop', null)).toBe('sign drop x')
  })
})

describe('signs', () => {
  it('differ in form between the point layers of a map', () => {
    const layers = [speed, level, layer({ id: 'b', draw: 'point' }), layer({ id: 'g', draw: 'point', value: { ratio: 'a', of: 'b' } })]
    expect(signOf(layers[1]!, layers)).not.toBe(signOf(layers[2]!, layers))
  })
})

describe('on a wall screen', () => {
  it('sizes grow and the curve over the zoom stays outermost', () => {
    expect(grown(['interpolate', ['linear'], ['zoom'], 10, 2, 14, ['get', 'w']], 2)).toEqual(['interpolate', ['linear'], ['zoom'], 10, 4, 14, ['*', 2, ['get', 'w']]])
  })
  it('colours and words do not change', () => {
    const spec = { id: 'x', type: 'line', source: 's', paint: { 'line-color': '#fff', 'line-width': 3 } } as const
    expect(magnify(spec, 2)).toEqual({ ...spec, paint: { 'line-color': '#fff', 'line-width': 6 } })
  })
})

describe('the middle of a place', () => {
  it('lies on a line, by its length', () => {
    expect(middleOf({ type: 'LineString', coordinates: [[0, 0], [1, 0], [4, 0]] })).toEqual([2, 0])
  })
  it('is the point itself, the middle of an area, or nothing', () => {
    expect(middleOf({ type: 'Point', coordinates: [3, 4] })).toEqual([3, 4])
    expect(middleOf({ type: 'Polygon', coordinates: [[[0, 0], [2, 0], [2, 4], [0, 4], [0, 0]]] })).toEqual([1, 2])
    expect(middleOf(undefined)).toBeNull()
    expect(middleOf({ type: 'LineString', coordinates: [] })).toBeNull()
  })
})
