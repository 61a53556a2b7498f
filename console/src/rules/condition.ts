import type { Finding } from './api'

/** What an identifier of a condition is called, in which unit its numbers are and what its texts mean; undefined of one that nobody has named. */
export type Naming = (path: string) => { title: string; unit: string; text?: (value: string) => string } | undefined

const space = (text: string): string => text.replace(/\s+/g, ' ').trim()
const term = String.raw`[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?`
const operator = String.raw`>=|<=|==|!=|=|<|>`

/**
 * A condition of a rule as people read it: attributes by their titles, numbers
 * beside them with their unit, and the signs that are written by hand. `said` are
 * the words of and, or, yes and no. What stands in quotes stays as it is.
 */
export function spoken(text: string, naming: Naming, said: { and: string; or: string; yes: string; no: string }): string {
  const out = space(text)
    .replace(/(\d+)\.0\b/g, '$1')
    .replace(new RegExp(`(${term})(\\s*(?:${operator})\\s*)(-?\\d+(?:\\.\\d+)?)(?![\\w.]|\\s*[*/+%-])`, 'g'), (whole, path: string, sign: string, n: string) => {
      const unit = naming(path)?.unit
      return unit ? `${path}${sign}${n} ‹${unit}›` : whole
    })
    .replace(new RegExp(`(${term})(\\s*(?:${operator})\\s*)"([^"‹›]*)"`, 'g'), (whole, path: string, sign: string, value: string) => {
      const means = naming(path)?.text?.(value)
      return means ? `${path}${sign}‹${means}›` : whole
    })
  return out
    .split(/("[^"]*"|‹[^›]*›)/)
    .map((piece, i) => (i % 2 ? piece.replace(/[‹›]/g, '') : plain(piece, naming, said)))
    .join('')
}

function plain(text: string, naming: Naming, said: { and: string; or: string; yes: string; no: string }): string {
  return text
    .replace(new RegExp(`(?<![\\w.:/-])${term}(?![\\w(:/-])`, 'g'), (path, at: number) => {
      if (path === 'true' || path === 'false') return said[path === 'true' ? 'yes' : 'no']
      return isName(path, text, at) ? (naming(path)?.title ?? path) : path
    })
    .replace(/ ?&& ?/g, ` ${said.and} `).replace(/ ?\|\| ?/g, ` ${said.or} `)
    .replace(/>=/g, '≥').replace(/<=/g, '≤').replace(/!=/g, '≠').replace(/==/g, '=').replace(/ \* /g, ' × ')
}

/** Whether a word of a sentence is meant as an identifier: in its form, or by an operator beside it. */
function isName(path: string, text: string, at: number): boolean {
  if (/[a-z][A-Z]|\./.test(path)) return true
  const [before, after] = [text.slice(0, at).trimEnd(), text.slice(at + path.length).trimStart()]
  return /^([=<>!*+%/]|&&|\|\|)/.test(after) || /([=<>!*+%/&|]|^)$/.test(before) || /\p{Script=Han}/u.test(before.slice(-1) + after.slice(0, 1))
}

/** How the parts of a condition belong together; "" of one that has none. */
export type Bond = 'all' | 'any' | 'not' | ''

export function bondOf(f: Finding): Bond {
  const first = f.parts[0]
  if (!first || first.part !== f.part || !f.name || !first.name) return ''
  if (f.parts.length === 1) return /^!/.test(f.name.trim()) ? 'not' : ''
  const [whole, begin] = [space(f.name).replace(/^\(+/, ''), space(first.name).replace(/^\(+/, '')]
  const sign = /^\)*\s*(&&|\|\|)/.exec(whole.slice(begin.length))?.[1]
  return sign === '&&' ? 'all' : sign === '||' ? 'any' : ''
}

/** The parts of a condition; of a row of the same sign, which the engine takes two by two, all at once. */
export function piecesOf(f: Finding): Finding[] {
  const bond = bondOf(f)
  if (bond !== 'all' && bond !== 'any') return f.parts
  return f.parts.flatMap((p) => (bondOf(p) === bond ? piecesOf(p) : [p]))
}
