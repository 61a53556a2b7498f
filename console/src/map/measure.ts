import type { LayerBody } from '@/api/types'

/** What tells layers of all packs apart. */
export const keyOf = (layer: LayerBody): string => `${layer.pack}/${layer.id}`

/** The attributes that a layer's value is made of. */
export function measured(layer: LayerBody): string[] {
  const { attribute, ratio, of } = layer.value ?? {}
  return [attribute ?? ratio, of].filter((name): name is string => !!name)
}

/** The attribute that names an entity of the layer. */
export function labelOf(layer: LayerBody): string | undefined {
  return layer.label?.attribute
}

/** Whether the layer's value is a part of a whole, shown in per cent. */
export function isRatio(layer: LayerBody): boolean {
  return measured(layer).length === 2
}

/** The value of an entity in a layer; null where it has none. */
export function valueOf(layer: LayerBody, values: Record<string, unknown>): number | null {
  const [part, whole] = measured(layer)
  if (!part) return null
  const a = values[part]
  if (typeof a !== 'number') return null
  if (!whole) return a
  const b = values[whole]
  return typeof b === 'number' && b > 0 ? a / b : null
}

/** How bad a value is: 0 fully good to 1 fully poor; null without value or scale. */
export function badness(layer: LayerBody, value: number | null): number | null {
  if (value === null || !layer.scale) return null
  const { good, poor } = layer.scale
  if (good === poor) return null
  return Math.min(1, Math.max(0, (value - good) / (poor - good)))
}

/** As people read it: "63 %" of a ratio, "18.5" with its unit otherwise. */
export function spoken(layer: LayerBody, value: number | null, locale: string): string {
  if (value === null) return '—'
  const shown = isRatio(layer) ? value * 100 : value
  const digits = isRatio(layer) || Math.abs(shown) >= 100 ? 0 : 1
  const number = shown.toLocaleString(locale, { maximumFractionDigits: digits })
  const unit = isRatio(layer) ? '%' : (layer.unit ?? '')
  return unit ? `${number} ${unit}` : number
}
