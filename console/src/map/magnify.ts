import type { LayerSpecification } from 'maplibre-gl'

const sizes = new Set(['text-size', 'icon-size', 'line-width', 'line-blur', 'line-offset', 'circle-radius', 'circle-stroke-width', 'text-halo-width'])

/** A value k times as large. A curve over the zoom must stay outermost, so its outputs grow instead. */
export function grown(value: unknown, k: number): unknown {
  if (typeof value === 'number') return value * k
  if (!Array.isArray(value)) return value
  if (value[0] === 'interpolate') return value.map((part, i) => (i >= 4 && i % 2 === 0 ? grown(part, k) : part))
  return ['*', k, value]
}

/** The same layer for a screen whose type is k times as large: a wall is read from afar. */
export function magnify(spec: LayerSpecification, k: number): LayerSpecification {
  if (k === 1) return spec
  const whole = (of: object | undefined) => of && Object.fromEntries(Object.entries(of).map(([name, value]) => [name, sizes.has(name) ? grown(value, k) : value]))
  const { layout, paint } = spec as { layout?: object; paint?: object }
  return { ...spec, ...(layout && { layout: whole(layout) }), ...(paint && { paint: whole(paint) }) } as LayerSpecification
}
