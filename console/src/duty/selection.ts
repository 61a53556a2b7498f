import { defineStore } from 'pinia'
import { ref } from 'vue'

/** What is chosen on the duty screen: an entity, perhaps by one of its situations. The map moves there when `turn` changes with `fly` set. */
export const useSelection = defineStore('selection', () => {
  const entity = ref<string | null>(null)
  const situation = ref<string | null>(null)
  const fly = ref(false)
  const turn = ref(0)

  function choose(what: { entity: string | null; situation?: string | null }, move = false): void {
    entity.value = what.entity
    situation.value = what.situation ?? null
    fly.value = move
    turn.value++
  }
  const clear = (): void => choose({ entity: null })
  return { entity, situation, fly, turn, choose, clear }
})
