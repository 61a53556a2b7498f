import { defineStore } from 'pinia'
import type { Shape } from '@/map/shapes'
import { ref, shallowRef } from 'vue'

/** How the map follows: not at all; so that the place is seen; or closer, as who asks for the place wants it. */
export type Follow = 'stay' | 'see' | 'near'

/** What is chosen on the duty screen: an entity, a situation, or only a place. The map follows when `turn` changes. */
export const useSelection = defineStore('selection', () => {
  const entity = ref<string | null>(null)
  const situation = ref<string | null>(null)
  const place = shallowRef<Shape | null>(null) // where neither entity nor situation says it
  const fly = ref<Follow>('stay')
  const turn = ref(0)

  function choose(what: { entity: string | null; situation?: string | null; place?: Shape | null }, follow: Follow = 'stay'): void {
    entity.value = what.entity
    situation.value = what.situation ?? null
    place.value = what.place ?? null
    fly.value = follow
    turn.value++
  }
  const clear = (): void => choose({ entity: null })
  return { entity, situation, place, fly, turn, choose, clear }
})
