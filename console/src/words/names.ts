import type { Language } from './texts'

const twoTongued = /^(.*\p{Script=Han}.*?)\s+([A-Za-z][^\p{Script=Han}]*)$/u

/**
 * A name as data brings it, in one language. Sources that have one field for a
 * name often write both into it, Chinese first: "体育场北停车楼 Stadium North
 * Garage". A short tail such as "3 号线 A" belongs to the Chinese name.
 */
export function nameIn(name: string, language: Language): string {
  const parts = twoTongued.exec(name)
  if (!parts || parts[2]!.replace(/[^A-Za-z]/g, '').length < 4) return name
  return language === 'zh' ? parts[1]! : parts[2]!
}
