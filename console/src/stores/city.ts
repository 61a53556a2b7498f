import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { CityBody, RuleBody } from '@/api/types'
import type { Text } from '@/words/texts'
import { get } from '@/api/get'
import { useClock } from './clock'

/** The city that is served: names, zone, agencies, posts, rules. Read once, and again after a restart. */
export const useCity = defineStore('city', () => {
  const body = shallowRef<CityBody | null>(null)
  const rules = shallowRef<RuleBody[]>([])
  const error = ref<unknown>(null)

  async function load(): Promise<void> {
    try {
      const [city, list] = await Promise.all([get('/api/v1/city'), get('/api/v1/rules')])
      body.value = city
      rules.value = list.rules ?? []
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

  return { body, rules, error, zone, simulated, load, agency, rule }
})
