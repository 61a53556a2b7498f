import { describe, expect, it } from 'vitest'
import { aCase } from './testing/stage'
import { cityTime, clockOf, duration, fromLocal, readClock, toLocal } from './clock'

const at = (t: string) => Date.parse(`2026-09-18T${t}Z`)
const DUE = '2026-09-18T10:00:00Z'

describe('a deadline', () => {
  it('is kept at its very millisecond and missed one later', () => {
    expect(readClock(DUE, at('10:00:00')).state).toBe('soon')
    expect(readClock(DUE, at('10:00:00') + 1)).toEqual({ state: 'overdue', left: -1 })
    expect(readClock(DUE, at('12:00:00'), '2026-09-18T10:00:00Z').state).toBe('met')
    expect(readClock(DUE, at('12:00:00'), '2026-09-18T10:00:00.001Z').state).toBe('missed')
  })
  it('is near in the last fifth of its time', () => {
    const start = '2026-09-18T09:00:00Z'
    expect(readClock(DUE, at('09:48:00') - 1, undefined, start).state).toBe('running')
    expect(readClock(DUE, at('09:48:00'), undefined, start).state).toBe('soon')
  })
  it('may be absent or unreadable', () => {
    expect(readClock(undefined, 0).state).toBe('none')
    expect(readClock('tomorrow', 0).state).toBe('none')
  })
})

describe('a length of time', () => {
  it('has its two greatest units, and no seconds beside ten minutes', () => {
    expect(duration(0, 'en')).toBe('0 s')
    expect(duration(59_999, 'en')).toBe('59 s')
    expect(duration(-61_000, 'zh')).toBe('1 分 1 秒')
    expect(duration(600_000 + 5000, 'en')).toBe('10 min')
    expect(duration(3_600_000 + 5000, 'zh')).toBe('1 小时')
    expect(duration(26 * 3_600_000, 'en')).toBe('1 d 2 h')
  })
})

describe("the city's clock", () => {
  it('names the day when it is another', () => {
    const now = Date.parse('2026-09-18T16:30:00Z') // the 19th in Shanghai
    expect(cityTime('2026-09-18T16:05:09Z', 'Asia/Shanghai', now, true)).toBe('00:05:09')
    expect(cityTime('2026-09-18T15:59:00Z', 'Asia/Shanghai', now)).toBe('09-18 23:59')
    expect(cityTime('2014-08-11T00:00:00Z', 'Asia/Shanghai', now)).toBe('2014-08-11 08:00')
    expect(cityTime(undefined, 'UTC', now)).toBe('—')
  })
  it('takes what a person enters in the zone of the city, also when clocks are set', () => {
    expect(fromLocal('2026-09-18T08:30', 'Asia/Shanghai')).toBe('2026-09-18T00:30:00.000Z')
    expect(fromLocal('2026-10-25T01:30', 'Europe/Copenhagen')).toBe('2026-10-24T23:30:00.000Z')
    expect(fromLocal('2026-10-25T03:30', 'Europe/Copenhagen')).toBe('2026-10-25T02:30:00.000Z')
    expect(fromLocal('yesterday', 'UTC')).toBeUndefined()
    const millis = Date.parse('2026-03-29T05:00:00Z')
    expect(Date.parse(fromLocal(toLocal(millis, 'Europe/Copenhagen'), 'Europe/Copenhagen')!)).toBe(millis)
  })
})

describe('the clock that matters', () => {
  const task = (agency: string, deadline: string, state: 'waiting' | 'done' = 'waiting') => ({ agency, lead: false, state, order: '', overdue: false, givenAt: '2026-09-18T09:00:00Z', deadline: `2026-09-18T${deadline}Z` })
  const c = aCase({ deadline: '2026-09-18T12:00:00Z', tasks: [task('roads', '11:00:00'), task('parking', '09:30:00'), task('centre', '09:10:00', 'done')] })
  const of = (mine: string[], now: string, body = c) => clockOf(body, mine, at(now)).deadline?.slice(11, 16)
  it('is that of the own task', () => {
    expect(of(['roads'], '10:00:00')).toBe('11:00')
  })
  it('is that of a late task for who has none, and else that of the case', () => {
    expect(of([], '10:00:00')).toBe('09:30')
    expect(of([], '09:20:00')).toBe('12:00')
    expect(of(['centre'], '09:20:00')).toBe('12:00')
    expect(of([], '12:30:00')).toBe('12:00')
    expect(of([], '10:00:00', { ...c, closedAt: '2026-09-18T09:50:00Z' })).toBe('12:00')
  })
})
