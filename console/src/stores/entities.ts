import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { Geometry } from 'geojson'
import type { Attribute, EntityBody, LayerBody } from '@/api/types'
import { get as getPath } from '@/api/get'
import { answer } from '@/api/read'
import { labelOf, measured } from '@/map/measure'
import { nameIn } from '@/words/names'
import { inTurn } from './inturn'
import { useSettings } from './settings'

/** What the map needs of an entity; the card reads the rest when it opens. */
export interface Entity {
  id: string
  type: string
  place: Geometry | null
  values: Record<string, unknown>
}

const pageSize = 1000
const patience = 60_000 // a page that takes longer is given up, since the next reading waits for it
/** No more entities of a type are kept than this; the map says so when it is reached. */
export const mostOfType = 20_000

/**
 * The entities of the map's layers as they are now. They are kept outside of
 * Vue's reactivity (a thousand may change in a second): who draws them watches
 * `turn`, which counts batches, and asks `changed` what to draw.
 */
export const useEntities = defineStore('entities', () => {
  const layers = shallowRef<LayerBody[]>([])
  const turn = ref(0)
  const state = ref<'loading' | 'ready' | 'failed'>('loading')
  const error = ref<unknown>(null)
  const types = new Map<string, Map<string, Entity>>()
  const wanted = new Map<string, Set<string>>() // attributes by type
  const dirty = new Map<string, Set<string>>()
  let touched: Set<string> | null = null // by the stream, while a list is being read

  function slim(e: EntityBody): Entity {
    const values: Record<string, unknown> = {}
    for (const name of wanted.get(e.type) ?? []) {
      const a = e[name] as Attribute | undefined
      if (a && a.value !== undefined) values[name] = a.value
    }
    return { id: e.id, type: e.type, place: ((e['location'] as Attribute | undefined)?.value as Geometry | undefined) ?? null, values }
  }

  function mark(type: string, id: string): void {
    let ids = dirty.get(type)
    if (!ids) dirty.set(type, (ids = new Set()))
    ids.add(id)
  }

  function put(e: EntityBody): void {
    const of = types.get(e.type)
    if (!of || (of.size >= mostOfType && !of.has(e.id))) return
    const next = slim(e)
    const known = of.get(e.id)
    // A move of the same place would have the map draw it again for nothing.
    if (known && JSON.stringify(known.place) === JSON.stringify(next.place)) next.place = known.place
    of.set(e.id, next)
    mark(e.type, e.id)
  }

  function drop(id: string): void {
    for (const [type, of] of types) if (of.delete(id)) mark(type, id)
  }

  function take(changes: Map<string, EntityBody | null>): void {
    for (const [id, e] of changes) {
      touched?.add(id)
      if (e) put(e)
      else drop(id)
    }
    turn.value++
  }

  /** The ids of a type that changed since it was last asked; whoever draws the type asks. */
  function changed(type: string): Set<string> {
    const ids = dirty.get(type) ?? new Set<string>()
    dirty.delete(type)
    return ids
  }

  async function loadType(type: string): Promise<void> {
    const of = types.get(type)!
    const attributes = ['location', ...wanted.get(type)!]
    const stale = new Set(of.keys())
    for (let offset = 0; offset < mostOfType; offset += pageSize) {
      const query = new URLSearchParams({ type, attrs: attributes.join(','), limit: String(pageSize), offset: String(offset) })
      const response = await answer(`/ngsi-ld/v1/entities?${query}`, { signal: AbortSignal.timeout(patience) })
      const page = (await response.json()) as EntityBody[]
      for (const e of page) {
        stale.delete(e.id)
        if (!touched?.has(e.id)) put(e)
      }
      turn.value++
      if (page.length < pageSize) break
    }
    for (const id of stale) if (!touched?.has(id)) drop(id)
  }

  /** Reads the layers, once, and every entity of their types. */
  const load = inTurn(async () => {
    try {
      if (layers.value.length === 0) layers.value = (await getPath('/api/v1/layers')).layers ?? []
      for (const layer of layers.value) {
        if (!types.has(layer.type)) types.set(layer.type, new Map())
        const names = wanted.get(layer.type) ?? new Set<string>()
        for (const name of [...measured(layer), labelOf(layer)]) if (name) names.add(name)
        wanted.set(layer.type, names)
      }
      touched = new Set()
      await Promise.all([...types.keys()].map(loadType))
      state.value = 'ready'
      error.value = null
    } catch (failed) {
      error.value = failed
      if (state.value === 'loading') state.value = 'failed'
    } finally {
      touched = null
      turn.value++
    }
  })

  const of = (type: string): ReadonlyMap<string, Entity> => types.get(type) ?? new Map()
  const get = (id: string): Entity | undefined => {
    for (const entities of types.values()) {
      const found = entities.get(id)
      if (found) return found
    }
    return undefined
  }
  /** What people call an entity: its label, or the last part of its id. */
  function name(id: string): string {
    const e = get(id)
    const layer = e && layers.value.find((l) => l.type === e.type)
    const label = e && layer && e.values[labelOf(layer) ?? '']
    return typeof label === 'string' && label ? nameIn(label, useSettings().language) : id.slice(id.lastIndexOf(':') + 1)
  }

  return { layers, turn, state, error, take, changed, load, of, get, name }
})
