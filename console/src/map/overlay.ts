import type { LayerSpecification } from 'maplibre-gl'
import type { LayerBody, Severity } from '@/api/types'
import { isRatio, keyOf, measured } from './measure'
import type { Palette } from './palette'
import { medium, regular } from './base'

export const sourceOf = (layer: LayerBody): string => `entities ${keyOf(layer)}`
/** Those layers of the map whose features people can point at. */
export const touchable = (layer: LayerBody): string => `${keyOf(layer)} touch`

/** Whether a line layer is the first: it has the roads to itself. */
export const isFirstLine = (layer: LayerBody, all: readonly LayerBody[]): boolean => all.find((l) => l.draw === 'line') === layer

/** The signs of point layers that are no gauges, given out in the order of the layers. */
export const signs = ['circle', 'square', 'drop', 'hexagon', 'pill', 'cross'] as const
export type Sign = (typeof signs)[number]

/** The sign of a layer among all: two layers on one map differ in form. */
export function signOf(layer: LayerBody, layers: readonly LayerBody[]): Sign {
  const plain = layers.filter((l) => l.draw === 'point' && !isRatio(l))
  return signs[Math.max(0, plain.findIndex((l) => keyOf(l) === keyOf(layer))) % signs.length]!
}

/** Whether a layer's points are gauges: a part of a whole. */
export const isGauge = (layer: LayerBody): boolean => layer.draw === 'point' && isRatio(layer)

const colour = (p: Palette, from: unknown): unknown => [
  'case', ['==', from, null], p.unknown, ['interpolate', ['linear'], ['to-number', from], 0, p.good, 0.5, p.middle, 1, p.poor],
]
const state = ['feature-state', 'bad']
const bad = ['get', 'bad']

function lines(l: LayerBody, p: Palette, first: boolean): object[] {
  if (!first) return routes(l, p)
  // Each direction of a road is drawn on its own side.
  const offset = ['interpolate', ['exponential', 1.5], ['zoom'], 10, 0.6, 13, 2.2, 17, 9]
  const wide = (extra: number) => ['interpolate', ['exponential', 1.5], ['zoom'],
    10, ['+', 0.9 + extra, ['*', 1.6, ['to-number', state, 0]]], 13, ['+', 1.6 + extra, ['*', 2.6, ['to-number', state, 0]]], 17, ['+', 7 + extra, ['*', 5, ['to-number', state, 0]]]]
  const layout = { 'line-cap': 'round', 'line-join': 'round' }
  return [
    { id: `${keyOf(l)} glow`, type: 'line', layout, paint: { 'line-color': colour(p, state), 'line-width': wide(5), 'line-blur': 6, 'line-offset': offset, 'line-opacity': ['case', ['==', state, null], 0, ['interpolate', ['linear'], ['to-number', state], 0.35, 0, 1, 0.55]] } },
    { id: touchable(l), type: 'line', layout, paint: { 'line-color': measured(l).length > 0 ? colour(p, state) : p.accent, 'line-width': wide(0), 'line-offset': offset, 'line-opacity': ['case', ['==', state, null], 0.5, ['interpolate', ['linear'], ['to-number', state], 0, 0.72, 0.6, 0.95]] } },
  ]
}

/** Lines of a second layer, such as bus lines over roads: thin and dashed in the middle, so that both are seen. */
function routes(l: LayerBody, p: Palette): object[] {
  return [
    { id: touchable(l), type: 'line', layout: { 'line-join': 'round' }, paint: { 'line-color': measured(l).length > 0 ? colour(p, state) : p.accent, 'line-width': ['interpolate', ['exponential', 1.5], ['zoom'], 10, 0.8, 13, 1.5, 17, 4], 'line-dasharray': [2.2, 1.8], 'line-opacity': ['case', ['==', state, null], 0.4, 0.85] } },
  ]
}

function areas(l: LayerBody, p: Palette): object[] {
  const fill = measured(l).length > 0 ? colour(p, state) : p.accent
  return [
    { id: touchable(l), type: 'fill', paint: { 'fill-color': fill, 'fill-opacity': 0.22 } },
    { id: `${keyOf(l)} edge`, type: 'line', paint: { 'line-color': fill, 'line-width': 1.4, 'line-opacity': 0.9 } },
  ]
}

function label(l: LayerBody, p: Palette, offset: number, minzoom: number): object {
  return {
    id: `${keyOf(l)} label`, type: 'symbol', minzoom,
    layout: {
      'text-field': ['format', ['get', 'label'], { 'text-font': ['literal', medium] }, '\n', {}, ['get', 'said'], { 'font-scale': 0.92, 'text-font': ['literal', regular] }],
      'text-font': regular, 'text-size': ['interpolate', ['linear'], ['zoom'], 12, 11, 16, 14], 'text-anchor': 'top', 'text-offset': [0, offset], 'text-optional': true, 'symbol-sort-key': ['-', 0, ['to-number', bad, 0]],
    },
    paint: { 'text-color': p.text, 'text-halo-color': p.halo, 'text-halo-width': 1.5 },
  }
}

function gauges(l: LayerBody, p: Palette): object[] {
  return [
    { id: touchable(l), type: 'symbol', layout: { 'icon-image': ['get', 'icon'], 'icon-size': ['interpolate', ['linear'], ['zoom'], 10, 0.45, 13, 0.8, 16, 1.15], 'icon-allow-overlap': true, 'icon-ignore-placement': true, 'symbol-sort-key': ['to-number', bad, 0] }, paint: {} },
    label(l, p, 1.15, 12.6),
  ]
}

function points(l: LayerBody, p: Palette): object[] {
  const worse = (calm: number, bad1: number) => ['+', calm, ['*', bad1 - calm, ['to-number', bad, 0]]]
  return [
    { id: touchable(l), type: 'symbol', layout: { 'icon-image': ['get', 'icon'], 'icon-size': ['interpolate', ['linear'], ['zoom'], 10, worse(0.34, 0.5), 13, worse(0.62, 0.85), 16, worse(1, 1.25)], 'icon-allow-overlap': true, 'icon-ignore-placement': true, 'symbol-sort-key': ['to-number', bad, 0] }, paint: {} },
    label(l, p, 0.8, 14),
  ]
}

/** How the entities of a layer are drawn. */
export function entityLayers(l: LayerBody, p: Palette, all: readonly LayerBody[]): LayerSpecification[] {
  const specs = l.draw === 'line' ? lines(l, p, isFirstLine(l, all)) : l.draw === 'area' ? areas(l, p) : isGauge(l) ? gauges(l, p) : points(l, p)
  return specs.map((s) => ({ ...s, source: sourceOf(l) })) as LayerSpecification[]
}

const severityColour = (p: Palette): unknown => ['match', ['get', 'severity'], ...(Object.keys(p.severity) as Severity[]).flatMap((s) => [s, p.severity[s]]), p.unknown]

/** What lies below and above the entities: what is chosen, situations, cases that are late. */
export function markLayers(p: Palette): { below: LayerSpecification[]; above: LayerSpecification[] } {
  const below = [
    { id: 'chosen-line', type: 'line', source: 'chosen', filter: ['!=', ['geometry-type'], 'Point'], layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': p.accent, 'line-width': ['interpolate', ['linear'], ['zoom'], 10, 7, 16, 20], 'line-opacity': 0.45 } },
    { id: 'situation-line', type: 'line', source: 'situation-shapes', layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': severityColour(p), 'line-width': ['interpolate', ['linear'], ['zoom'], 10, 7, 16, 26], 'line-blur': 5, 'line-opacity': ['match', ['get', 'severity'], 'minor', 0.2, 0.38] } },
  ]
  const above = [
    { id: 'chosen-point', type: 'circle', source: 'chosen-point', paint: { 'circle-color': 'transparent', 'circle-radius': ['interpolate', ['linear'], ['zoom'], 10, 14, 16, 24], 'circle-stroke-color': p.accent, 'circle-stroke-width': 2.2 } },
    { id: 'situations', type: 'symbol', source: 'situations', layout: {
      'icon-image': ['concat', 'situation ', ['get', 'severity']],
      'icon-size': ['interpolate', ['linear'], ['zoom'], 10, ['match', ['get', 'severity'], ['major', 'critical'], 0.72, 0.5], 14, ['match', ['get', 'severity'], ['major', 'critical'], 1, 0.8]],
      'icon-allow-overlap': true, 'icon-ignore-placement': false, 'symbol-sort-key': ['get', 'order'], 'icon-offset': ['match', ['get', 'shift'], 1, ['literal', [0, -20]], ['literal', [0, 0]]],
    }, paint: {} },
    { id: 'overdue', type: 'symbol', source: 'overdue', layout: { 'icon-image': 'overdue', 'icon-size': ['interpolate', ['linear'], ['zoom'], 10, 0.75, 14, 1], 'icon-offset': [16, -16], 'icon-allow-overlap': true, 'icon-ignore-placement': true }, paint: {} },
  ]
  return { below: below as unknown as LayerSpecification[], above: above as unknown as LayerSpecification[] }
}
