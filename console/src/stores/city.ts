import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { AttributeBody, CityBody, RuleBody, TypeBody } from '@/api/types'
import type { Text } from '@/words/texts'
import { get } from '@/api/get'
import { useClock } from './clock'

/** The city that is served: names, zone, agencies, posts, rules, and what people call the data. Read once, and again after a restart. */
export const useCity = defineStore('city', () => {
  const body = shallowRef<CityBody | null>(null)
  const rules = shallowRef<RuleBody[]>([])
  const types = shallowRef(new Map<string, TypeBody>())
  const error = ref<unknown>(null)

  async function load(): Promise<void> {
    try {
      const [city, list, described] = await Promise.all([get('/api/v1/city'), get('/api/v1/rules'), get('/api/v1/types')])
      body.value = city
      rules.value = list.rules ?? []
      types.value = new Map((described.types ?? []).map((d) => [d.type, d]))
      error.value = null
      if (city.time) useClock().set(city.time)
    } catch (failed) {
      error.value = failed
      throw failed
    }
  }

  const zone = computed(() => body.value?.timeZone ?? 'UTC')
  const simulated = computed(() => body.value?.simulated ?? false)
  const agencies = computed(() => new Map((body.value?.agencies ?? []).map((a) => [a.id, a.name])))
  const ruleTitles = computed(() => new Map(rules.value.map((r) => [r.id, r.title])))

  /** An agency's names; its id where the city does not know it (any more). */
  const agency = (id: string): Text => agencies.value.get(id) ?? { zh: id, en: id }
  const rule = (id: string): Text => ruleTitles.value.get(id) ?? { zh: id, en: id }

  /** What a rule is called of which only the type of its situations is known: the first of that name. */
  const situation = (type: string): Text | undefined => rules.value.find((r) => r.id.endsWith(`/${type}`))?.title
  const type = (name: string): Text => types.value.get(name)?.title ?? { zh: name, en: name }
  const attribute = (of: string, name: string): AttributeBody | undefined => types.value.get(of)?.attributes.find((a) => a.name === name)
  const kind = (id: string): Text | undefined => body.value?.kinds.find((k) => k.id === id)?.title
  /** What people read instead of a reason that is the rule's own. */
  const reason = (of: string, word: string): Text | undefined => rules.value.find((r) => r.id === of)?.reasons?.[word]

  return { body, rules, types, error, zone, simulated, load, agency, rule, situation, type, attribute, kind, reason }
})
