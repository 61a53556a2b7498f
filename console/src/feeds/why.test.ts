import { beforeEach, describe, expect, it } from 'vitest'
import { i18n, setLanguage } from '@/i18n'
import { whyQuarantined } from './why'

const { t } = i18n.global as unknown as { t: (key: string, values?: Record<string, unknown>) => string }
const title = (name: string) => ({ averageVehicleSpeed: '平均车速', location: '位置' })[name] ?? name
const why = (reason: string) => whyQuarantined(reason, t, title)

beforeEach(() => setLanguage('zh'))

describe('why a row is in quarantine', () => {
  it('is said in the language of the page', () => {
    expect(why('averageVehicleSpeed: speed: "ERR" is not a number')).toBe('平均车速：speed 列的“ERR”不是数值')
    expect(why('time: "31/31/2026" is not a time in the format of its column')).toBe('time 列的“31/31/2026”不是该列格式的时间')
    expect(why('time: "2026" lies more than 5m ahead of the city\'s clock')).toBe('time 列的“2026”比城市时钟超前 5m 以上')
    expect(why('averageVehicleSpeed: quality rule too-fast: 400 is not acceptable')).toBe('平均车速：400 不符合质量规则 too-fast')
    expect(why('averageVehicleSpeed, count: quality rule whole: no value')).toBe('平均车速，count：没有值（质量规则 whole）')
    expect(why('row: has 3 columns, want 6')).toBe('该行有 3 列，应为 6 列')
    expect(why('location: 1 of 2 positions are missing')).toBe('位置：2 个坐标缺 1 个')
    setLanguage('en')
    expect(why('averageVehicleSpeed: speed: "a \\"b\\"" is not a number')).toBe('平均车速: column speed has “a \\"b\\"”, which is not a number'.replaceAll('“', '"').replaceAll('”', '"'))
  })
  it('stands as it came where nobody knows its form', () => {
    for (const odd of ['something else', '', 'a: b: c', 'x: "1" is odd', '<b>: "x" is not']) expect(why(odd)).toBe(odd)
  })
})
