import { describe, expect, it } from 'vitest'
import { accounts } from '@/accounts/texts'
import { evidence } from '@/evidence/texts'
import { feeds } from '@/feeds/texts'
import { rules } from '@/rules/texts'
import { signin } from '@/signin/texts'
import { cases } from './texts'

function flat(o: object, path = ''): [string, string][] {
  return Object.entries(o).flatMap(([k, v]) => (typeof v === 'string' ? [[path + k, v] as [string, string]] : flat(v as object, `${path}${k}.`)))
}
const slots = (s: string) => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort()

describe.each(Object.entries({ cases, signin, feeds, rules, evidence, accounts }))('the texts of %s', (_, both) => {
  const [zh, en] = [flat(both.zh), flat(both.en)]
  it('have the same keys in both languages', () => {
    expect(en.map(([k]) => k)).toEqual(zh.map(([k]) => k))
  })
  it('have words for every key, with the same slots', () => {
    const english = new Map(en)
    for (const [key, text] of zh) {
      expect(text.trim() || english.get(key), key).toBeTruthy()
      expect(slots(english.get(key)!), key).toEqual(slots(text))
    }
  })
  it('are Chinese in the Chinese catalogue and not in the English', () => {
    for (const [key, text] of en) expect(text, key).not.toMatch(/\p{Script=Han}/u)
  })
})
