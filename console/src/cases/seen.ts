import type { Evidence } from '@/api/types'

/** What a note of the engine says (docs/rules.md), taken apart so that it can be said in any language. */
export type Note =
  | { is: 'row' } // how many readings in a row
  | { is: 'repeat'; within: string } // how many readings within a time
  | { is: 'last' } // the last reading before silence
  | { is: 'faulty'; flags: string[] }
  | { is: 'within'; situation?: string; range: number; metres: number }
  | { is: 'through'; situation?: string; through: string }
  | { is: 'step'; n: number; when: string }
  | { is: 'entered' | 'left'; area: string }
  | { is: 'other'; text: string }

const faulty = 'marked faulty by the quality rules'

/** A note as parts; one of a form that this page does not know as it stands. */
export function noteOf(text: string): Note {
  let m: RegExpExecArray | null
  if (text === 'readings in a row') return { is: 'row' }
  if (text === 'last reading') return { is: 'last' }
  if (text === faulty) return { is: 'faulty', flags: [] }
  if (text.startsWith(`${faulty}: `)) return { is: 'faulty', flags: text.slice(faulty.length + 2).split(', ') }
  if ((m = /^readings within (\S+)$/.exec(text))) return { is: 'repeat', within: m[1]! }
  if ((m = /^(?:(\S+) )?within (\d+(?:\.\d+)?) m: (\d+) m$/.exec(text))) return { is: 'within', situation: m[1], range: Number(m[2]), metres: Number(m[3]) }
  if ((m = /^(?:(\S+) )?through (\S+)$/.exec(text))) return { is: 'through', situation: m[1], through: m[2]! }
  if ((m = /^step (\d+): (.*)$/s.exec(text))) return { is: 'step', n: Number(m[1]), when: m[2]! }
  if ((m = /^in (\S+) since$/.exec(text))) return { is: 'entered', area: m[1]! }
  if ((m = /^left (\S+)$/.exec(text))) return { is: 'left', area: m[1]! }
  return { is: 'other', text }
}

/** The situation that a value is, if it is one: those that a join found have no attribute, and their note says which. */
export function situationOf(e: Evidence): { id: string; type: string } | null {
  const note = noteOf(e.note ?? '')
  const type = note.is === 'within' || note.is === 'through' ? note.situation : undefined
  return type && !e.attribute && typeof e.value === 'string' ? { id: e.value, type } : null
}

/** The type that an id says by its form (NGSI-LD annex A.2), "" if it does not. */
export const typeIn = (id: string): string => /^urn:ngsi-ld:([^:]+):/.exec(id)?.[1] ?? ''

/** The parts of a reason that is the engine's own: a word, and what a join found. */
export function reasonOf(text: string): { word: string; of?: string } {
  const joined = /^(near|related) (\S+)$/.exec(text)
  return joined ? { word: joined[1]!, of: joined[2]! } : { word: text }
}

/** Whether a text is an instant as interfaces write them. */
export const isInstant = (text: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$/.test(text)
