import { describe, expect, it } from 'vitest'
import type { Finding } from './api'
import { bondOf, piecesOf, spoken } from './condition'
import type { Naming } from './condition'

const names: Record<string, [string, string]> = { averageDelay: ['Delay', 's'], waterLevel: ['Water depth', 'cm'], 'refUnderpass.waterLevel': ['Underpass: Water depth', 'cm'], freeFlowSpeed: ['Free speed', 'km/h'], status: ['State', ''], diverted: ['Diverted', ''], faulty: ['not trusted', ''] }
const naming: Naming = (path) => names[path] && { title: names[path][0], unit: names[path][1], text: (v) => v.toUpperCase() }
const say = (text: string): string => spoken(text, naming, { and: 'and', or: 'or', yes: 'yes', no: 'no' })

describe('a condition is said', () => {
  it.each([
    ['averageDelay >= 600.0', 'Delay ≥ 600 s'],
    ['diverted == false && refUnderpass.waterLevel >= 5.0', 'Diverted = no and Underpass: Water depth ≥ 5 cm'],
    ['waterLevel < 0.5 * freeFlowSpeed', 'Water depth < 0.5 × Free speed'],
    ['status == "fault" ||\n status != "off"', 'State = FAULT or State ≠ OFF'],
    ['before >= 0.55', 'before ≥ 0.55'],
    ['faulty', 'not trusted'],
    ['label == "status > 3"', 'label = "status > 3"'],
    ['the status of it: waterLevel is missing', 'the status of it: Water depth is missing'],
  ])('%s', (text, said) => expect(say(text)).toBe(said))
})

const when = (name: string, ...parts: Finding[]): Finding => ({ part: 'when', name, text: { zh: name, en: name }, parts })

describe('the parts of a condition', () => {
  const [a, b, c] = ['a > 1', 'b > 1', 'c > 1'].map((n) => when(n)) as [Finding, Finding, Finding]
  it('are told by what binds them', () => {
    expect(bondOf(a)).toBe('')
    expect(bondOf(when('a > 1 && b > 1', a, b))).toBe('all')
    expect(bondOf(when('(a > 1) ||\n b > 1', a, b))).toBe('any')
    expect(bondOf(when('!(a > 1)', a))).toBe('not')
  })
  it('of one sign are told all at once', () => {
    const both = when('a > 1 && b > 1', a, b)
    expect(piecesOf(when('a > 1 && b > 1 && c > 1', both, c)).map((p) => p.name)).toEqual(['a > 1', 'b > 1', 'c > 1'])
    expect(piecesOf(when('a > 1 && b > 1 || c > 1', both, c))).toEqual([both, c])
  })
})
