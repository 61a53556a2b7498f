import { useSeen } from '@/cases/useSeen'
import { useSpeech } from '@/cases/useSpeech'
import { useCity } from '@/stores/city'
import { figure } from '@/words/number'
import type { Explanation, Finding } from './api'
import { spoken } from './condition'
import type { Naming } from './condition'

const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g

/** Says an explanation in the words of packs and city: titles in place of names of fields, units, the city's time. */
export function useExplained() {
  const { t, say, lang, time, entity, known } = useSpeech()
  const { why, source, attributeName, valueOf } = useSeen()
  const city = useCity()

  /** What an identifier is called for a rule that looks at a type. */
  function naming(type: string) {
    const text = (name: string) => (value: string): string => valueOf(`urn:ngsi-ld:${type}:`, name, value)
    return (path: string): ReturnType<Naming> => {
      if (path === 'faulty') return { title: t('cases.situation.distrusted'), unit: '' }
      const [own, far] = path.split('.') as [string, string?]
      const a = city.attribute(type, own)
      if (!far) {
        const found = a ?? [...city.types.values()].flatMap((x) => x.attributes).find((x) => x.name === own)
        return found && { title: say(found.title) || own, unit: a?.unit ?? '', text: text(own) }
      }
      const there = [...city.types.values()].flatMap((x) => x.attributes).find((x) => x.name === far)
      return there && { title: [say(a?.title) || own, say(there.title) || far].join(lang.value === 'zh' ? '的' : ': '), unit: there.unit ?? '' }
    }
  }

  const condition = (text: string, type: string): string =>
    spoken(text, naming(type), { and: t('rules.why.and'), or: t('rules.why.or'), yes: t('cases.situation.yes'), no: t('cases.situation.no') })

  /** What is found, near or related: a situation by its title, an entity by its type's. */
  const thing = (word: string): string => say(city.situation(word)) || (city.types.has(word) ? say(city.type(word)) : '')

  /** A sentence of the engine, with names, times and sources as people know them. */
  function sentence(text: string, type: string): string {
    const kept: string[] = [] // what has been said is not read again
    const keep = (words: string): string => `\u0001${kept.push(words) - 1}\u0002`
    const named = text
      .replace(INSTANT, (at) => keep(time(at, true)))
      .replace(/(来自 |from )([\w.-]+)/g, (whole, word: string, id: string) => (source(id) && source(id) !== id ? word + keep(source(id)) : whole))
      .replace(/urn:ngsi-ld:Agency:([\w-]+)/g, (_, id: string) => keep(say(city.agency(id))))
      .replace(/urn:[\w-]+:[\w:.-]*\w/g, (id) => keep(entity(id)))
      .replace(/[\w-]+\/[\w-]+/g, (id) => (city.rules.some((r) => r.id === id) ? keep(say(city.rule(id))) : id))
      .replace(/\b(avg|count|median|quantile|sum|min|max|last|first|stddev|rate) of /g, (_, word: string) => keep(lang.value === 'zh' ? `${t(`rules.why.of.${word}`)}：` : `${t(`rules.why.of.${word}`)} of `))
      .replace(/(?<![\w/.-])([A-Za-z]+(?:-[a-z]+)+|[A-Z]\w+)(?![\w/-])/g, (word) => (thing(word) ? keep(thing(word)) : word))
    return condition(named, type).replace(/\u0001(\d+)\u0002/g, (_, i: string) => kept[Number(i)]!)
  }

  /** One thing that a rule looks at; a condition as it is written, everything else as a sentence. */
  function line(f: Finding, type: string): string {
    if (f.name && ['when', 'clear', 'where', 'unless'].includes(f.part)) return condition(f.name, type)
    if (f.part === 'except' && f.name) return sentence(say(f.text), type)
    if (f.part === 'join') {
      const m = /^(near|related|any)(?: (\S+))?/.exec(f.name ?? '')
      const what = m?.[2] ? thing(m[2]) || m[2] : ''
      if (m && (m[1] === 'any' || f.holds === 'yes')) return t(`rules.why.joined.${m[1]}`, { what })
    }
    return sentence(say(f.text), type)
  }

  /** A value that a condition reads: what it is, its value with its unit, and when it was observed. */
  function value(f: Finding, type: string): { what: string; value: string; unit: string; at: string } | null {
    if (f.part !== 'attribute' || !f.name || f.value === undefined || f.value === '') return null
    const of = naming(type)(f.name)
    const number = Number(f.value)
    const [own, far] = f.name.split('.') as [string, string?]
    const raw = f.value === 'true' ? true : f.value === 'false' ? false : /^".*"$/s.test(f.value) ? f.value.slice(1, -1) : f.value
    const about = `urn:ngsi-ld:${type}:`
    const shown = Number.isFinite(number) ? figured(number) : valueOf(about, far ?? own, raw)
    const at = f.text.en.match(INSTANT)?.[0]
    return { what: f.name === 'faulty' ? attributeName(about, 'faulty') : (of?.title ?? f.name), value: shown, unit: Number.isFinite(number) ? (of?.unit ?? '') : '', at: at ? time(at, true) : '' }
  }
  const figured = (n: number): string => (Math.abs(n) < 10 && !Number.isInteger(n) ? String(Math.round(n * 1000) / 1000) : figure(n, lang.value))

  function verdict(x: Explanation, type: string): string {
    const s = x.situation
    if (!s) return sentence(say(x.verdict), type)
    const because = why(x.rule, s.raisedReason)
    return because ? t('rules.why.raisedFor', { t: time(s.raisedAt, true), why: because }) : t('rules.why.raised', { t: time(s.raisedAt, true) })
  }

  const part = (name: string): string => (known(`rules.why.part.${name}`) ? t(`rules.why.part.${name}`) : '')

  return { condition, sentence, line, value, verdict, part, figured }
}
