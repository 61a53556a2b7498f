import type { FeatureCollection, Geometry } from 'geojson'
import type { LayerSpecification } from 'maplibre-gl'
import type { Language, Text } from '@/words/texts'
import type { Palette } from './palette'
import { middleOf } from './shapes'

export const fontFamily = 'Noto Sans SC Variable'
// A first name that no font has tells MapLibre the weight to draw the second in.
export const regular = [fontFamily]
export const medium = ['Medium', fontFamily]

export interface BaseFeature {
  kind: string
  name_zh?: string
  name_en?: string
  rank: number
}

/** The city's base map with its names where style expressions reach them; least important ranks first, so that great roads lie above small ones. */
export function readBase(body: { features?: { geometry: Geometry; properties: { kind: string; name?: Text; rank?: number } }[] }): FeatureCollection<Geometry, BaseFeature> {
  const features = (body.features ?? []).map(({ geometry, properties: p }) => ({
    type: 'Feature' as const,
    geometry,
    properties: { kind: p.kind, rank: p.rank ?? 3, ...(p.name && { name_zh: p.name.zh, name_en: p.name.en }) },
  }))
  // The name of an area stands once, at a point: tiles would each write their own.
  const names = features.flatMap((f) => {
    const at = f.properties.name_zh || f.properties.name_en ? middleOf(f.geometry) : null
    return at && /Polygon$/.test(f.geometry.type) ? [{ ...f, geometry: { type: 'Point' as const, coordinates: at } }] : []
  })
  return { type: 'FeatureCollection', features: [...features.sort((a, b) => b.properties.rank - a.properties.rank), ...names] }
}

type Filter = NonNullable<Extract<LayerSpecification, { type: 'fill' }>['filter']>

const kind = (...names: string[]): Filter => ['in', ['get', 'kind'], ['literal', names]] as Filter
const isLine: Filter = ['==', ['geometry-type'], 'LineString'] as unknown as Filter
const isArea: Filter = ['==', ['geometry-type'], 'Polygon'] as unknown as Filter
const isPoint: Filter = ['==', ['geometry-type'], 'Point'] as unknown as Filter
const both = (...filters: Filter[]): Filter => ['all', ...filters] as Filter
/** What has a low rank shows early. */
const fromRank = (): Filter => ['>=', ['zoom'], ['interpolate', ['linear'], ['get', 'rank'], 1, 9, 2, 10.5, 3, 12.5, 5, 14]] as unknown as Filter

/** Everything below what lives: water, green, blocks, buildings, roads and names. */
export function baseLayers(p: Palette, language: Language): LayerSpecification[] {
  const name = ['coalesce', ['get', `name_${language}`], ['get', 'name_zh'], ['get', 'name_en'], '']
  const byRank = (one: unknown, two: unknown, more: unknown) => ['case', ['<=', ['get', 'rank'], 1], one, ['<=', ['get', 'rank'], 2], two, more]
  const width = (extra: number) => ['interpolate', ['exponential', 1.5], ['zoom'],
    10, byRank(1.6 + extra, 0.8 + extra / 2, 0.3), 13, byRank(5 + extra, 3 + extra, 1.4 + extra / 2), 17, byRank(26 + extra, 18 + extra, 12 + extra)]
  const layers = [
    { id: 'ground', type: 'background', paint: { 'background-color': p.ground } },
    { id: 'area', type: 'line', filter: kind('area'), layout: {}, paint: { 'line-color': p.area, 'line-width': 1, 'line-dasharray': [4, 3], 'line-opacity': 0.6 } },
    { id: 'block', type: 'fill', filter: kind('block'), paint: { 'fill-color': p.block } },
    { id: 'park', type: 'fill', filter: kind('park'), paint: { 'fill-color': p.park } },
    { id: 'water', type: 'fill', filter: both(kind('water', 'river'), isArea), paint: { 'fill-color': p.water } },
    { id: 'shore', type: 'line', filter: both(kind('water', 'river'), isArea), paint: { 'line-color': p.waterLine, 'line-width': 1, 'line-opacity': 0.7 } },
    { id: 'river', type: 'line', filter: both(kind('river'), isLine), layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': p.water, 'line-width': ['interpolate', ['exponential', 1.6], ['zoom'], 9, 4, 13, 16, 17, 90] } },
    { id: 'building', type: 'fill', filter: kind('building'), minzoom: 12, paint: { 'fill-color': p.building, 'fill-outline-color': p.buildingLine, 'fill-opacity': ['interpolate', ['linear'], ['zoom'], 12, 0, 13, 0.9] } },
    { id: 'district', type: 'line', filter: both(kind('district'), isArea), paint: { 'line-color': p.district, 'line-width': ['interpolate', ['linear'], ['zoom'], 9, 0.8, 14, 1.6], 'line-dasharray': [5, 2, 1, 2], 'line-opacity': 0.75 } },
    { id: 'rail', type: 'line', filter: kind('rail'), paint: { 'line-color': p.rail, 'line-width': ['interpolate', ['linear'], ['zoom'], 9, 1, 15, 2.5], 'line-dasharray': [3, 2] } },
    { id: 'road-case', type: 'line', filter: both(kind('road'), fromRank()), layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': p.roadCase, 'line-width': width(2) } },
    { id: 'road', type: 'line', filter: both(kind('road'), fromRank()), layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': byRank(...p.roads), 'line-width': width(0) } },
  ]
  const label = (id: string, filter: Filter, colour: string, layout: object) => ({
    id, type: 'symbol', filter,
    layout: { 'text-field': name, 'text-font': regular, 'symbol-sort-key': ['get', 'rank'], ...layout },
    paint: { 'text-color': colour, 'text-halo-color': p.halo, 'text-halo-width': 1.4 },
  })
  const labels = [
    label('road-name', kind('road'), p.textQuiet, { 'symbol-placement': 'line', 'symbol-spacing': 380, 'text-size': ['interpolate', ['linear'], ['zoom'], 11, 10, 16, 14], 'text-letter-spacing': 0.08, 'text-max-angle': 30, 'text-offset': [0, 1.05] }),
    label('river-name', both(kind('river', 'water'), isLine), p.textWater, { 'symbol-placement': 'line', 'symbol-spacing': 500, 'text-size': ['interpolate', ['linear'], ['zoom'], 10, 12, 15, 18], 'text-letter-spacing': language === 'zh' ? 0.4 : 0.12 }),
    label('water-name', both(kind('river', 'water'), isPoint), p.textWater, { 'text-size': ['interpolate', ['linear'], ['zoom'], 10, 11, 15, 16], 'text-letter-spacing': language === 'zh' ? 0.25 : 0.06 }),
    label('park-name', both(kind('park'), isPoint), p.textQuiet, { 'text-size': ['interpolate', ['linear'], ['zoom'], 11, 10, 15, 13], 'text-max-width': 7 }),
    label('building-name', both(kind('building', 'block'), isPoint), p.textQuiet, { 'text-size': 11, 'text-max-width': 7 }),
    label('district-name', both(kind('district'), isPoint), p.text, { 'text-font': medium, 'text-size': ['interpolate', ['linear'], ['zoom'], 9, 12, 13, 18], 'text-letter-spacing': language === 'zh' ? 0.32 : 0.14, 'text-transform': language === 'zh' ? 'none' : 'uppercase' }),
  ]
  const bounded = labels.map((l) => ({ ...l, minzoom: { 'road-name': 11.5, 'park-name': 12, 'building-name': 14.5 }[l.id] ?? 0, maxzoom: l.id === 'district-name' ? 14.5 : 24 }))
  return [...layers, ...bounded].map((l) => (l.type === 'background' ? l : { ...l, source: 'base' })) as unknown as LayerSpecification[]
}

/** Every character of the names, for fonts that come in pieces. */
export function charactersOf(base: FeatureCollection<Geometry, BaseFeature>): string {
  const all = new Set<string>()
  for (const { properties: p } of base.features) for (const c of `${p.name_zh ?? ''}${p.name_en ?? ''}`) all.add(c)
  return [...all].join('')
}

/** Waits, for a while, until the pieces of the shipped font that hold these characters are there: a glyph drawn before comes from another font, for good. */
export async function fontFor(characters: string): Promise<void> {
  if (!document.fonts?.load) return
  const pause = new Promise<void>((done) => setTimeout(done, 4000))
  await Promise.race([document.fonts.load(`400 24px "${fontFamily}"`, characters), pause]).catch(() => undefined)
}
