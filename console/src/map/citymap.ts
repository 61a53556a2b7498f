import 'maplibre-gl/dist/maplibre-gl.css'
import {
  Map as LibreMap, Marker, NavigationControl, ScaleControl, setWorkerUrl, type GeoJSONSource, type LayerSpecification, type MapMouseEvent, type PointLike,
} from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import type { Feature, FeatureCollection, Geometry } from 'geojson'
import type { LayerBody, SituationBody } from '@/api/types'
import type { CaseBody } from '@/cases/types'
import type { Entity } from '@/stores/entities'
import type { Theme } from '@/stores/settings'
import { nameIn } from '@/words/names'
import type { Language } from '@/words/texts'
import { tagOf } from '@/words/time'
import { baseLayers, charactersOf, fontFor, readBase } from './base'
import { gaugeIcon, gaugeName, overdueIcon, pixelRatio, severityIcon, signIcon, signName } from './icons'
import { badness, keyOf, labelOf, spoken, valueOf } from './measure'
import { magnify } from './magnify'
import { entityLayers, isGauge, markLayers, signOf, sourceOf, touchable } from './overlay'
import { palettes, type Palette } from './palette'
import { middleOf } from './shapes'
import { clearing, inSight, type Cover } from './sight'

setWorkerUrl(workerUrl)

/** What people pointed at. */
export type Touched = { kind: 'situation'; id: string } | { kind: 'case'; id: string } | { kind: 'entity'; id: string; layer: string }

export interface CityMapOptions {
  container: HTMLElement
  center: [number, number]
  zoom: number
  bounds: [number, number, number, number]
  theme: Theme
  language: Language
  texts: Record<string, string> // of the controls, by MapLibre's names
  touch(what: Touched | null): void
  point(what: { label: string; said: string; x: number; y: number } | null): void
  /** The canvas was lost and will not come back. */
  fail(error: unknown): void
}

/** Whether people want nothing to move that need not. */
const calm = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches

const nothing: FeatureCollection = { type: 'FeatureCollection', features: [] }
const severityOrder = { minor: 0, moderate: 1, major: 2, critical: 3 }
const pulsing = 24
const patience = 5000 // milliseconds after which a map that never stands still is drawn on anyway

/**
 * The live map. It owns the canvas and is told what to draw; it asks nothing of
 * the server and knows no store. Call nothing before `ready` has resolved.
 */
export class CityMap {
  readonly ready: Promise<void>
  private readonly map: LibreMap
  private palette: Palette
  private readonly grown: number // how much larger than usual things are drawn
  private layers: LayerBody[] = []
  private hidden = new Set<string>()
  private drawn = new Map<string, Map<string, Feature>>() // features of point layers by layer
  private known = new Map<string, Map<string, Geometry | null>>() // shapes of line and area layers
  private pulses = new Map<string, Marker>()
  private drawing = false
  private drewAt = 0
  private made = new Set<string>()
  private characters = new Set<string>()
  private letters: Promise<void> = Promise.resolve()

  constructor(private readonly options: CityMapOptions) {
    this.palette = palettes[options.theme]
    this.grown = Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / 16)
    const [w, s, e, n] = options.bounds
    const [dx, dy] = [(e - w) * 0.35, (n - s) * 0.35]
    this.map = new LibreMap({
      container: options.container,
      center: options.center,
      zoom: options.zoom + this.closer(),
      maxBounds: [w - dx, s - dy, e + dx, n + dy],
      maxZoom: 18.5,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: 120,
      locale: options.texts,
      style: { version: 8, sources: this.sources(), layers: this.specs() },
    })
    this.map.touchZoomRotate.disableRotation()
    this.map.keyboard.disableRotation()
    this.map.addControl(new NavigationControl({ showCompass: false }), 'top-right')
    this.map.addControl(new ScaleControl({ maxWidth: 110 }), 'bottom-right')
    this.listen()
    this.ready = new Promise((done) => {
      this.map.once('style.load', () => {
        this.icons()
        done()
      })
    })
  }

  /** How much closer a view is to be on this canvas than on one of 820 pixels, to show the same part of the city. */
  private closer(): number {
    const { clientWidth: w, clientHeight: h } = this.options.container
    return Math.log2(Math.max(260, Math.min(w * 0.92, h * 1.15)) / 820)
  }

  private sources() {
    const plain = ['base', 'chosen', 'chosen-point', 'situations', 'situation-shapes', 'overdue']
    return Object.fromEntries(plain.map((id) => [id, { type: 'geojson' as const, data: nothing, ...(id === 'base' ? { tolerance: 0.3, maxzoom: 15 } : {}) }]))
  }

  private specs(): LayerSpecification[] {
    const marks = markLayers(this.palette)
    const base = baseLayers(this.palette, this.options.language)
    const grounds = base.filter((l) => l.type !== 'symbol')
    const names = base.filter((l) => l.type === 'symbol')
    const shapes = this.layers.filter((l) => l.draw !== 'point').flatMap((l) => entityLayers(l, this.palette, this.layers))
    const points = this.layers.filter((l) => l.draw === 'point').flatMap((l) => entityLayers(l, this.palette, this.layers))
    const all = [...grounds, ...marks.below, ...shapes, ...names, ...points, ...marks.above]
    return all.map((spec) => (spec.type === 'background' ? spec : magnify(spec, this.grown)))
  }

  private icons(): void {
    const put = (id: string, image: ImageData): void => {
      if (this.map.hasImage(id)) this.map.updateImage(id, image)
      else this.map.addImage(id, image, { pixelRatio })
    }
    for (const s of ['minor', 'moderate', 'major', 'critical'] as const) put(`situation ${s}`, severityIcon(this.palette, s))
    put('overdue', overdueIcon(this.palette))
    for (const id of this.made) put(id, this.make(id))
  }

  private icon(layer: LayerBody, value: number | null, bad: number | null): string {
    const name = isGauge(layer) ? gaugeName(value ?? 0, bad) : signName(signOf(layer, this.layers), bad)
    if (!this.made.has(name)) {
      this.made.add(name)
      this.map.addImage(name, this.make(name), { pixelRatio })
    }
    return name
  }

  private make(name: string): ImageData {
    return name.startsWith('gauge') ? gaugeIcon(this.palette, name) : signIcon(this.palette, name)
  }

  private source(id: string): GeoJSONSource {
    return this.map.getSource(id) as GeoJSONSource
  }

  /** Draws the city's base map; resolves when its names can be drawn in the shipped font. */
  async showBase(body: Parameters<typeof readBase>[0]): Promise<void> {
    const base = readBase(body)
    await this.fonts(charactersOf(base))
    void this.source('base').setData(base)
  }

  private fonts(text: string): Promise<void> {
    const fresh = [...new Set(text)].filter((c) => !this.characters.has(c))
    if (fresh.length === 0) return this.letters
    for (const c of fresh) this.characters.add(c)
    this.letters = Promise.all([this.letters, fontFor(fresh.join(''))]).then(() => undefined)
    return this.letters
  }

  /** Says which layers there are, once; draws nothing of them yet. */
  setLayers(layers: LayerBody[]): void {
    this.layers = layers
    for (const l of layers) {
      this.map.addSource(sourceOf(l), { type: 'geojson', data: nothing, promoteId: 'id', ...(l.draw === 'point' ? {} : { tolerance: 0.2 }) })
      this.drawn.set(keyOf(l), new Map())
      this.known.set(keyOf(l), new Map())
    }
    const wanted = this.specs()
    wanted.forEach((spec, i) => {
      if (this.map.getLayer(spec.id)) return
      const after = wanted.slice(i + 1).find((o) => this.map.getLayer(o.id))
      this.map.addLayer(spec, after?.id)
    })
  }

  /** Draws those entities of a layer's type that changed. */
  async draw(layer: LayerBody, changed: Iterable<string>, entities: ReadonlyMap<string, Entity>): Promise<void> {
    if (layer.draw === 'point') await this.drawPoints(layer, changed, entities)
    else this.drawShapes(layer, changed, entities)
  }

  private async drawPoints(layer: LayerBody, changed: Iterable<string>, entities: ReadonlyMap<string, Entity>): Promise<void> {
    const features = this.drawn.get(keyOf(layer))!
    let letters = ''
    for (const id of changed) {
      const e = entities.get(id)
      const at = middleOf(e?.place)
      if (!e || !at) {
        features.delete(id)
        continue
      }
      const value = valueOf(layer, e.values)
      const bad = badness(layer, value)
      const properties: Record<string, unknown> = { id, ...this.words(layer, e) }
      if (bad !== null) properties['bad'] = bad
      properties['icon'] = this.icon(layer, value, bad)
      if (properties['label'] !== features.get(id)?.properties?.['label']) letters += properties['label'] as string
      features.set(id, { type: 'Feature', geometry: { type: 'Point', coordinates: at }, properties })
    }
    if (letters) await this.fonts(letters)
    void this.source(sourceOf(layer)).setData({ type: 'FeatureCollection', features: [...features.values()] })
  }

  private words(layer: LayerBody, e: Entity): { label: string; said: string } {
    const label = e.values[labelOf(layer) ?? '']
    const { language } = this.options
    return { label: typeof label === 'string' ? nameIn(label, language) : '', said: layer.value ? spoken(layer, valueOf(layer, e.values), tagOf(language)) : '' }
  }

  /** Shapes stay; their values change often and go into feature state, which costs the worker nothing. */
  private drawShapes(layer: LayerBody, changed: Iterable<string>, entities: ReadonlyMap<string, Entity>): void {
    const shapes = this.known.get(keyOf(layer))!
    const features = this.drawn.get(keyOf(layer))!
    let moved = false
    for (const id of changed) {
      const e = entities.get(id)
      const place = e?.place ?? null
      if (shapes.get(id) !== place || (!place && features.has(id))) {
        moved = true
        if (place) {
          shapes.set(id, place)
          features.set(id, { type: 'Feature', geometry: place, properties: { id } })
        } else {
          shapes.delete(id)
          features.delete(id)
        }
      }
      if (!e || !place) continue
      const feature = features.get(id)!
      Object.assign(feature.properties!, this.words(layer, e))
      this.map.setFeatureState({ source: sourceOf(layer), id }, { bad: badness(layer, valueOf(layer, e.values)) })
    }
    if (moved) void this.source(sourceOf(layer)).setData({ type: 'FeatureCollection', features: [...features.values()] })
  }

  showSituations(list: SituationBody[], gauges: ReadonlySet<string>): void {
    const features: Feature[] = []
    const shapes: Feature[] = []
    const pulses: { id: string; at: [number, number]; severity: string }[] = []
    for (const s of list) {
      const at = middleOf(s.place)
      if (!at) continue
      const properties = { id: s.id, severity: s.severity, order: severityOrder[s.severity], shift: gauges.has(s.entity) ? 1 : 0 }
      features.push({ type: 'Feature', geometry: { type: 'Point', coordinates: at }, properties })
      if (s.place!.type !== 'Point') shapes.push({ type: 'Feature', geometry: s.place!, properties })
      if (severityOrder[s.severity] >= 2) pulses.push({ id: s.id, at: at as [number, number], severity: s.severity })
    }
    void this.source('situations').setData({ type: 'FeatureCollection', features })
    void this.source('situation-shapes').setData({ type: 'FeatureCollection', features: shapes })
    this.pulse(pulses.slice(0, pulsing))
  }

  /** The most severe pulse; the pulse is only for the eye, the marks themselves can be pointed at. */
  private pulse(wanted: { id: string; at: [number, number]; severity: string }[]): void {
    const keep = new Set(wanted.map((w) => w.id))
    for (const [id, marker] of this.pulses) {
      if (keep.has(id)) continue
      marker.remove()
      this.pulses.delete(id)
    }
    for (const w of wanted) {
      if (this.pulses.has(w.id)) continue
      const element = document.createElement('div')
      element.className = `pulse severity-${w.severity}`
      element.setAttribute('aria-hidden', 'true')
      element.dataset['of'] = w.id
      this.pulses.set(w.id, new Marker({ element, anchor: 'center' }).setLngLat(w.at).addTo(this.map))
      element.removeAttribute('tabindex')
      element.removeAttribute('role')
      element.removeAttribute('aria-label')
    }
  }

  showOverdue(cases: CaseBody[]): void {
    const features = cases.flatMap((c): Feature[] => {
      const at = middleOf(c.place)
      return at ? [{ type: 'Feature', geometry: { type: 'Point', coordinates: at }, properties: { id: c.id } }] : []
    })
    void this.source('overdue').setData({ type: 'FeatureCollection', features })
  }

  /**
   * Marks a place as chosen and follows: to `see`, if it lies out of sight or
   * under what lies over the map; `near`, in any case, and closer. The zoom is
   * kept unless so much of the land is seen that nothing is made out.
   */
  choose(place: Geometry | null | undefined, follow: 'stay' | 'see' | 'near', covers: readonly Cover[]): void {
    const at = middleOf(place) as [number, number] | null
    const line = place && place.type !== 'Point' ? [{ type: 'Feature' as const, geometry: place, properties: {} }] : []
    void this.source('chosen').setData({ type: 'FeatureCollection', features: line })
    void this.source('chosen-point').setData({ type: 'FeatureCollection', features: at ? [{ type: 'Feature', geometry: { type: 'Point', coordinates: at }, properties: {} }] : [] })
    if (!at || follow === 'stay') return
    const size = { width: this.options.container.clientWidth, height: this.options.container.clientHeight }
    const whole = this.options.zoom + this.closer() // that of the whole city
    const far = this.map.getZoom() < whole - 0.5
    const { x, y } = this.map.project(at)
    const middle = clearing(size, covers)
    if (!middle || (follow === 'see' && !far && inSight([x, y], size, covers))) return
    this.map.easeTo({
      center: at, zoom: Math.max(this.map.getZoom(), follow === 'near' ? Math.max(whole, 13.6) : far ? whole : 0),
      offset: [middle[0] - size.width / 2, middle[1] - size.height / 2], duration: calm() ? 0 : 700,
    })
  }

  home(): void {
    this.map.easeTo({ center: this.options.center, zoom: this.options.zoom + this.closer(), duration: calm() ? 0 : 500 })
  }

  /** Shows or hides a layer. */
  setShown(layer: string, shown: boolean): void {
    if (shown) this.hidden.delete(layer)
    else this.hidden.add(layer)
    const l = this.layers.find((one) => keyOf(one) === layer)
    if (!l) return
    for (const { id } of entityLayers(l, this.palette, this.layers)) this.map.setLayoutProperty(id, 'visibility', shown ? 'visible' : 'none')
  }

  dress(theme: Theme, language: Language): void {
    this.options.theme = theme
    this.options.language = language
    this.palette = palettes[theme]
    this.icons()
    for (const spec of this.specs()) {
      if (!this.map.getLayer(spec.id)) continue
      for (const [name, value] of Object.entries(spec.paint ?? {})) this.map.setPaintProperty(spec.id, name as never, value as never)
      const layout = ('layout' in spec && (spec.layout as Record<string, unknown>)) || {}
      for (const name of ['text-field', 'text-letter-spacing', 'text-transform']) if (name in layout) this.map.setLayoutProperty(spec.id, name as never, layout[name] as never)
    }
  }

  resize(): void {
    this.map.resize()
  }

  remove(): void {
    this.map.remove()
  }

  private at(e: MapMouseEvent): Touched | null {
    const box = (r: number): [PointLike, PointLike] => [[e.point.x - r, e.point.y - r], [e.point.x + r, e.point.y + r]]
    const first = (r: number, layers: string[]) => {
      const there = layers.filter((id) => this.map.getLayer(id))
      return there.length > 0 ? this.map.queryRenderedFeatures(box(r), { layers: there })[0] : undefined
    }
    const late = first(2, ['overdue'])
    if (late) return { kind: 'case', id: String(late.properties['id']) }
    const mark = first(4, ['situations'])
    if (mark) return { kind: 'situation', id: String(mark.properties['id']) }
    for (const draw of ['point', 'line', 'area'] as const) {
      const ids = this.layers.filter((l) => l.draw === draw && !this.hidden.has(keyOf(l))).map(touchable)
      const hit = first(draw === 'area' ? 0 : 7, ids)
      if (hit) return { kind: 'entity', id: String(hit.properties['id']), layer: hit.layer.id.replace(/ touch$/, '') }
    }
    return null
  }

  /** Whether the last drawing has not come to its end: a slow machine is not given more than it can draw. */
  get busy(): boolean {
    return this.drawing && performance.now() - this.drewAt < patience
  }

  /** Said by whoever has drawn; busy holds until the map stands still. */
  drew(): void {
    this.drawing = true
    this.drewAt = performance.now()
  }

  private listen(): void {
    this.map.on('idle', () => (this.drawing = false))
    let waiting: MapMouseEvent | null = null
    const look = (): void => {
      const e = waiting
      waiting = null
      if (!e || this.map.isMoving()) return
      const hit = this.at(e)
      this.map.getCanvas().style.cursor = hit ? 'pointer' : ''
      const words = hit?.kind === 'entity' ? this.drawn.get(hit.layer)?.get(hit.id)?.properties : null
      this.options.point(words ? { label: String(words['label'] || ''), said: String(words['said'] || ''), x: e.point.x, y: e.point.y } : null)
    }
    this.map.on('mousemove', (e) => {
      if (!waiting) requestAnimationFrame(look)
      waiting = e
    })
    this.map.on('mouseout', () => this.options.point(null))
    this.map.on('movestart', () => this.options.point(null))
    this.map.on('click', (e) => this.options.touch(this.at(e)))
    this.map.on('webglcontextlost', () => this.options.fail(new Error('webgl')))
    this.map.on('webglcontextrestored', () => this.icons())
  }
}

