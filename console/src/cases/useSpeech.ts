import { computed } from 'vue'
import { i18n, useWords } from '@/i18n'
import type { Text } from '@/words/texts'
import { useCity } from '@/stores/city'
import { useClock } from '@/stores/clock'
import { useEntities } from '@/stores/entities'
import { cityTime, duration } from './clock'
import type { Said, Who } from './types'

/** Whether the catalogues have a key. */
const known = (path: string): boolean => (i18n.global.te as (key: string, language: string) => boolean)(path, 'zh')

/** How cases speak of times, agencies, posts and what the server said, in the language now shown. */
export function useSpeech() {
  const { t, say, locale } = useWords()
  const city = useCity()
  const clock = useClock()
  const entities = useEntities()
  const posts = computed(() => new Map((city.body?.posts ?? []).map((p) => [p.id, p.name])))

  const lang = computed(() => (locale.value === 'en' ? 'en' : 'zh'))
  const time = (at: string | undefined, seconds = false): string => cityTime(at, city.zone, clock.now, seconds)
  const span = (millis: number): string => duration(millis, lang.value)
  const agency = (id: string | undefined): string => (id ? say(city.agency(id)) : '')
  const post = (id: string | undefined): string => (id ? say(posts.value.get(id)) || id : '')
  const said = (text: Said | undefined): string => (typeof text === 'string' ? text : say(text as Text | undefined))

  /** The name of an entity; its id, without what all ids begin with, until it is known. */
  function entity(id: string | undefined): string {
    const name = id && entities.state ? entities.name(id) : '' // names come once the entities are loaded
    return (name || id || '').replace(/^urn:ngsi-ld:/, '')
  }

  /** A word of a closed list; one that this page does not know is shown as it stands. */
  function word(group: string, key: string | undefined): string {
    if (!key) return ''
    const path = `cases.${group}.${key}`
    return known(path) ? t(path) : key
  }

  /** The kind of a case, in the words of the pack whose procedure opens such. */
  function kind(key: string): string {
    return say(city.kind(key)) || (known(`cases.kind.${key}`) ? word('kind', key) : say(city.situation(key)) || key)
  }

  /** The kind of a case in words: a procedure names its kind by an id only, so it is that of what raised it. */
  const kindOf = (c: { kind: string; situation?: { rule: string } }): string => {
    const named = kind(c.kind)
    return named === c.kind && c.situation ? say(city.rule(c.situation.rule)) : named
  }

  function who(list: readonly Who[] | undefined): string {
    const people = (list ?? []).filter((w) => w.duty)
    const names = (people.length ? people : (list ?? [])).map((w) => {
      const duty = word('duty', w.duty || 'program')
      return w.agency ? t('cases.moves.of', { duty, agency: agency(w.agency) }) : duty
    })
    return [...new Set(names)].join(lang.value === 'zh' ? '、' : ', ')
  }

  return { t, say, said, lang, time, span, agency, post, entity, word, known, kind, kindOf, who, zone: computed(() => city.zone), now: computed(() => clock.now) }
}
