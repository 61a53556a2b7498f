import { describe, expect, it } from 'vitest'
import { nameIn } from './names'
import { brief, figure } from './number'
import { clockTime, dayOf, duration, shortTime } from './time'
import { Trend } from './trend'

const noon = Date.parse('2026-09-18T04:05:09Z')

describe('times', () => {
  it('are of the city’s zone, not of this machine', () => {
    expect(clockTime(noon, 'Asia/Shanghai', 'zh')).toBe('12:05:09')
    expect(clockTime(noon, 'Europe/Copenhagen', 'en')).toBe('06:05:09')
    expect(clockTime(0, 'UTC', 'zh')).toBe('--:--:--')
  })
  it('have their day where it is not today', () => {
    expect(shortTime('2026-09-18T01:00:00Z', 'Asia/Shanghai', 'en', noon)).toBe('09:00')
    expect(shortTime('2026-09-17T01:00:00Z', 'Asia/Shanghai', 'en', noon)).toContain('17')
    expect(shortTime('nonsense', 'UTC', 'en', noon)).toBe('—')
  })
  it('survive a zone that this browser does not know', () => {
    expect(clockTime(noon, 'Mars/Olympus', 'en')).toBe('04:05:09')
  })
  it('name the day in both languages', () => {
    expect(dayOf(noon, 'Asia/Shanghai', 'zh')).toBe('9月18日 星期五')
    expect(dayOf(noon, 'Asia/Shanghai', 'en')).toBe('Fri 18 September')
  })
  it('last as long as two units say', () => {
    expect([0, 45, 60, 3660, 7200, 93_600].map((s) => duration(s * 1000, 'zh'))).toEqual(['0秒', '45秒', '1分', '1小时1分', '2小时', '1天2小时'])
    expect(duration(3_660_000, 'en')).toBe('1 h 1 min')
    expect(duration(-5, 'en')).toBe('0 s')
  })
})

describe('numbers', () => {
  it('are grouped, with one digit where it tells something', () => {
    expect(figure(12_345, 'en')).toBe('12,345')
    expect(figure(56.37, 'zh')).toBe('56.4')
    expect(figure(NaN, 'zh')).toBe('—')
  })
  it('get short when they are large', () => {
    expect(brief(9876, 'zh')).toBe('9,876')
    expect(brief(12_345, 'zh')).toBe('1.2万')
    expect(brief(12_345, 'en')).toBe('12.3K')
  })
})

describe('a trend', () => {
  it('covers ever more time in the same space and ends with the latest value', () => {
    const t = new Trend(100)
    for (let i = 0; i <= 50_000; i++) t.add(i * 1000, i)
    expect(t.points.length).toBeLessThanOrEqual(100)
    expect(t.points.length).toBeGreaterThan(40)
    expect(t.points[0]).toEqual([0, 0])
    expect(t.points.at(-1)).toEqual([50_000_000, 50_000])
  })
  it('begins anew when the clock was set back', () => {
    const t = new Trend()
    t.add(1000, 1)
    t.add(2000, 2)
    t.add(500, 3)
    expect(t.points).toEqual([[500, 3]])
  })
})

describe('a name in two languages', () => {
  it('is shown in the one that people read', () => {
    expect(nameIn('体育场北停车楼 Stadium North Garage', 'zh')).toBe('体育场北停车楼')
    expect(nameIn('体育场北停车楼 Stadium North Garage', 'en')).toBe('Stadium North Garage')
    expect(nameIn('1路 01 号车 Line 1 bus 1', 'zh')).toBe('1路 01 号车')
    expect(nameIn('人民路（钟楼街→滨江大道） People’s Road', 'en')).toBe('People’s Road')
  })
  it('stays whole where it is in one language, or the rest is no name', () => {
    for (const name of ['3 号线 A', 'Skating rink', '会展中心', 'P+R 停车场', '']) for (const l of ['zh', 'en'] as const) expect(nameIn(name, l)).toBe(name)
  })
})
