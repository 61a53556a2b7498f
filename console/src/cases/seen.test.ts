import { beforeEach, describe, expect, it } from 'vitest'
import type { Evidence } from '@/api/types'
import { setLanguage } from '@/i18n'
import { useCity } from '@/stores/city'
import { useFeeds } from '@/stores/feeds'
import { defineComponent, h } from 'vue'
import { noteOf, reasonOf, situationOf } from './seen'
import { show, stage } from './testing/stage'
import { useSeen } from './useSeen'

const both = (zh: string, en: string) => ({ zh, en })

/** The words of a page in a language. */
function words(language: 'zh' | 'en'): ReturnType<typeof useSeen> {
  setLanguage(language)
  let out: ReturnType<typeof useSeen>
  show(defineComponent(() => {
    out = useSeen()
    return () => h('i')
  }), {}).unmount()
  return out!
}

beforeEach(() => {
  stage('zh')
  const city = useCity()
  const attribute = (name: string, zh: string, en: string, more: object = {}) => ({ name, title: both(zh, en), description: both(zh, en), kind: 'number' as const, grade: 'L1' as const, ...more })
  const type = (name: string, zh: string, en: string, attributes: ReturnType<typeof attribute>[]) => [name, { type: name, version: '1.0.0', title: both(zh, en), description: both(zh, en), class: 'x', attributes }] as const
  city.types = new Map([
    type('Underpass', '下穿隧道', 'Underpass', [attribute('waterLevel', '积水深度', 'Water depth', { unit: 'cm' }), attribute('refPumpStation', '排水泵站', 'Pump station', { kind: 'relation' })]),
    type('PumpStation', '排水泵站', 'Pump station', [attribute('state', '运行状态', 'State', { kind: 'text', values: { fault: both('故障', 'Fault') } })]),
    type('Event', '公共活动', 'Public event', []),
  ])
  city.rules = [
    { id: 'rain/heavy-rain', title: both('短时强降雨', 'Heavy rain'), entity: 'RainGauge' },
    { id: 'rain/underpass-flooding', title: both('下穿隧道积水', 'Underpass flooding'), entity: 'Underpass', reasons: { drained: both('路面积水已排尽', 'The water has drained') } },
  ]
  useFeeds().list = [{ id: 'water-levels', title: both('隧道水位', 'Underpass water') }] as never
})

const at = '2026-09-18T09:00:00Z'
const about = 'urn:ngsi-ld:Underpass:U1'
const value: Evidence = { entity: about, attribute: 'waterLevel', value: 31.26, at, source: 'water-levels' }

describe('evidence', () => {
  it('has the title of its attribute, its unit and the title of its feed', () => {
    expect(words('zh').seen(value, about)).toMatchObject({ what: '积水深度', value: '31.3', unit: 'cm', source: '隧道水位', note: '' })
    expect(words('en').seen(value, about)).toMatchObject({ what: 'Water depth', unit: 'cm', source: 'Underpass water' })
  })
  it('that is a situation has its title and place instead of its id', () => {
    const near: Evidence = { entity: 'urn:ngsi-ld:RainGauge:R1', value: '9a3f5c', at, note: 'heavy-rain within 4000 m: 1312 m' }
    expect(words('zh').seen(near, about)).toMatchObject({ what: '短时强降雨', about: 'R1', situation: '9a3f5c', value: '1.3 km', unit: '', note: '4 km 以内' })
    const through: Evidence = { entity: 'urn:ngsi-ld:PumpStation:P1', value: '77aa', at, note: 'heavy-rain through refPumpStation' }
    expect(words('zh').seen(through, about)).toMatchObject({ what: '短时强降雨', situation: '77aa', value: '发生中', note: '经由“排水泵站”' })
    expect(words('en').seen(through, about)).toMatchObject({ what: 'Heavy rain', note: 'through: Pump station' })
  })
  it('that something is near by says how near, not where', () => {
    const event: Evidence = { entity: 'urn:ngsi-ld:Event:e1', attribute: 'location', value: { type: 'Point', coordinates: [1, 2] }, at, note: 'within 800 m: 312 m' }
    expect(words('zh').seen(event, about)).toMatchObject({ what: '公共活动', value: '312 m', note: '800 m 以内' })
    const start: Evidence = { ...event, attribute: 'startDate', value: '2026-09-18T11:00:00Z' }
    expect(words('zh').seen(start, about)).toMatchObject({ what: 'startDate', value: '11:00', note: '相距 312 m（800 m 以内）' })
  })
  it('speaks of readings, silence and doubt in words', () => {
    const zh = words('zh')
    expect(zh.seen({ entity: about, value: 2, at, note: 'readings in a row' }, about)).toMatchObject({ what: '连续读数', value: '2', unit: '次', note: '' })
    expect(zh.seen({ entity: about, value: 5, at, note: 'readings within 10m' }, about)).toMatchObject({ what: '连续读数', value: '5', note: '10 分内' })
    expect(zh.seen({ entity: about, at, note: 'last reading' }, about)).toMatchObject({ what: '最后一次读数', value: '09:00' })
    expect(zh.seen({ entity: about, attribute: 'faulty', value: true, at, note: 'marked faulty by the quality rules: stuck, range' }, about)).toMatchObject({ what: '数据可信度', value: '不可信', note: '质量规则标记：卡滞、越界' })
    expect(zh.seen({ entity: 'urn:ngsi-ld:PumpStation:P1', attribute: 'state', value: 'fault', at, source: 'ngsi-ld' }, about)).toMatchObject({ what: '运行状态', value: '故障', source: 'NGSI-LD 接口' })
  })
  it('of forms that this page does not know stays as it stands', () => {
    expect(words('zh').seen({ entity: 'urn:x:1', attribute: 'oddName', value: { a: 1 }, at, source: 'gone', note: 'seen by a drone' }, about)).toMatchObject({ what: 'oddName', value: '{"a":1}', source: 'gone', note: 'seen by a drone' })
    expect(words('en').seen({ entity: 'urn:x:1', value: '9a3f5c' }, about).situation).toBe('')
  })
})

describe('why a rule raised or cleared', () => {
  it('is said in the words of its pack, or those of the engine', () => {
    const zh = words('zh')
    const rule = 'rain/underpass-flooding'
    expect([zh.why(rule, 'drained'), zh.why(rule, 'held'), zh.why(rule, 'near heavy-rain'), zh.why(rule, 'near Event'), zh.why(rule, 'data-fault'), zh.why(rule, 'stuck, range'), zh.why(rule, 'of-its-own'), zh.why(rule, undefined)])
      .toEqual(['路面积水已排尽', '持续满足条件', '附近有“短时强降雨”', '附近有“公共活动”', '数据故障，所见来自不可信的数据', '卡滞、越界', 'of-its-own', ''])
    expect(words('en').why(rule, 'drained')).toBe('The water has drained')
    expect(words('en').why('other/rule', 'drained')).toBe('drained')
  })
})

describe('notes and reasons', () => {
  it('are taken apart as the engine writes them', () => {
    expect(noteOf('within 0.5 m: 0 m')).toEqual({ is: 'within', situation: undefined, range: 0.5, metres: 0 })
    expect(noteOf('step 2: speed < 5 && stopped')).toEqual({ is: 'step', n: 2, when: 'speed < 5 && stopped' })
    expect(noteOf('in old-town since')).toEqual({ is: 'entered', area: 'old-town' })
    expect(noteOf('')).toEqual({ is: 'other', text: '' })
    expect(reasonOf('near road-congestion')).toEqual({ word: 'near', of: 'road-congestion' })
    expect(reasonOf('nearly')).toEqual({ word: 'nearly' })
    expect(situationOf({ entity: 'urn:x:1', attribute: 'a', value: 'b', note: 'r through x' })).toBeNull()
  })
})
