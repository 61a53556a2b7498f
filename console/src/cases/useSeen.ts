import type { Evidence } from '@/api/types'
import { useCity } from '@/stores/city'
import { useEntities } from '@/stores/entities'
import { useFeeds } from '@/stores/feeds'
import { nameIn } from '@/words/names'
import { figure } from '@/words/number'
import { isInstant, noteOf, reasonOf, situationOf, typeIn } from './seen'
import { useSpeech } from './useSpeech'

/** One thing that a rule saw, as people read it. */
export interface Seen {
  what: string // the attribute, or the situation
  about: string // the entity
  entity: string // its id
  situation: string // the id of the situation that it is, or ""
  value: string
  unit: string
  note: string
  at?: string
  source: string
}

/** Says what rules saw and why they decided as they did, in the words of packs and city. */
export function useSeen() {
  const { t, say, lang, time, span, entity, known } = useSpeech()
  const city = useCity()
  const entities = useEntities()
  const feeds = useFeeds()

  const typeOf = (id: string): string => entities.get(id)?.type ?? typeIn(id)
  const attribute = (of: string, name: string) => city.attribute(typeOf(of), name)
  const attributeName = (of: string, name: string): string => {
    if (name === 'faulty') return t('cases.situation.trust')
    return say(attribute(of, name)?.title) || name
  }
  const flag = (name: string): string => (known(`cases.situation.flag.${name}`) ? t(`cases.situation.flag.${name}`) : name)
  const flags = (names: readonly string[]): string => names.map(flag).join(lang.value === 'zh' ? '、' : ', ')
  const metres = (n: number): string => (n >= 1000 ? `${figure(n / 1000, lang.value)} km` : `${figure(n, lang.value)} m`)
  const length = (text: string): string => {
    const m = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text)
    const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
    return m ? span(Number(m[1]) * unit[m[2] as keyof typeof unit]) : text
  }

  /** The value of an attribute as text, without its unit. */
  function valueOf(of: string, name: string, v: unknown): string {
    if (v === undefined || v === null) return ''
    if (name === 'faulty' && typeof v === 'boolean') return t(v ? 'cases.situation.distrusted' : 'cases.situation.trusted')
    if (typeof v === 'number') return figure(v, lang.value)
    if (typeof v === 'boolean') return t(v ? 'cases.situation.yes' : 'cases.situation.no')
    if (typeof v !== 'string') return typeof v === 'object' && v && '@value' in v ? time(String(v['@value'])) : JSON.stringify(v)
    if (isInstant(v)) return time(v)
    const office = /^urn:ngsi-ld:Agency:(.+)$/.exec(v)
    if (office) return say(city.agency(office[1]!))
    if (v.startsWith('urn:')) return entity(v)
    return say(attribute(of, name)?.values?.[v]) || nameIn(v, lang.value)
  }

  function note(of: string, text: string | undefined): string {
    const n = noteOf(text ?? '')
    switch (n.is) {
      case 'row':
      case 'last':
        return '' // said by what it is
      case 'repeat':
        return t('cases.situation.note.repeat', { t: length(n.within) })
      case 'faulty':
        return n.flags.length ? t('cases.situation.note.faulty', { flags: flags(n.flags) }) : t('cases.situation.note.marked')
      case 'within':
        return t('cases.situation.note.within', { range: metres(n.range), d: metres(n.metres) })
      case 'through':
        return t('cases.situation.note.through', { attribute: attributeName(of, n.through) })
      case 'step':
        return t('cases.situation.note.step', { n: n.n, when: n.when })
      case 'entered':
      case 'left':
        return t(`cases.situation.note.${n.is}`, { area: n.area })
    }
    return n.text
  }

  /** One piece of evidence; `about` is the entity of the situation, whose attributes name relations. */
  function seen(e: Evidence, about: string): Seen {
    const n = noteOf(e.note ?? '')
    const joined = situationOf(e)
    const out: Seen = {
      what: e.attribute ? attributeName(e.entity, e.attribute) : t('cases.situation.entity'), about: entity(e.entity), entity: e.entity, situation: joined?.id ?? '',
      value: valueOf(e.entity, e.attribute ?? '', e.value), unit: '', note: note(n.is === 'through' ? about : e.entity, e.note), at: e.at, source: source(e.source),
    }
    if (joined) {
      out.what = say(city.situation(joined.type)) || joined.type
      out.value = n.is === 'within' ? metres(n.metres) : t('cases.situation.happening')
      if (n.is === 'within') out.note = t('cases.situation.note.range', { range: metres(n.range) })
    } else if (e.attribute === 'location' && n.is === 'within') {
      // What counts is that something of the type is there, not where exactly.
      out.what = say(city.type(typeOf(e.entity)))
      out.value = metres(n.metres)
      out.note = t('cases.situation.note.range', { range: metres(n.range) })
    } else if (!e.attribute && (n.is === 'row' || n.is === 'repeat')) {
      out.what = t('cases.situation.readings')
      out.unit = t('cases.situation.times')
    } else if (!e.attribute && n.is === 'last') {
      out.what = t('cases.situation.lastReading')
      out.value = time(e.at)
    } else if (typeof e.value === 'number' && e.attribute) out.unit = attribute(e.entity, e.attribute)?.unit ?? ''
    return out
  }

  const source = (id: string | undefined): string => (id === 'ngsi-ld' ? t('cases.situation.interface') : id ? say(feeds.title(id)) : '')

  /** Why a rule raised or cleared, in words; a reason of a pack that gives it no text as it stands. */
  function why(rule: string, reason: string | undefined): string {
    if (!reason) return ''
    const own = say(city.reason(rule, reason))
    if (own) return own
    const { word, of } = reasonOf(reason)
    if (of) return t(`cases.situation.because.${word}`, { what: say(city.situation(of)) || say(city.type(of)) })
    if (known(`cases.situation.because.${word}`)) return t(`cases.situation.because.${word}`)
    const parts = reason.split(', ')
    return parts.every((p) => known(`cases.situation.flag.${p}`)) ? flags(parts) : reason
  }

  return { seen, why, source, flags, attributeName, valueOf }
}
