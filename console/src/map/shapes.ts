import type { Geometry, Position } from 'geojson'

function middleOfLine(line: Position[]): Position | null {
  if (line.length < 2) return line[0] ?? null
  const lengths = line.slice(1).map((b, i) => Math.hypot(b[0]! - line[i]![0]!, b[1]! - line[i]![1]!))
  let left = lengths.reduce((a, b) => a + b, 0) / 2
  for (let i = 0; i < lengths.length; i++) {
    const step = lengths[i]!
    if (left <= step || i === lengths.length - 1) {
      const part = step > 0 ? left / step : 0
      const [a, b] = [line[i]!, line[i + 1]!]
      return [a[0]! + (b[0]! - a[0]!) * part, a[1]! + (b[1]! - a[1]!) * part]
    }
    left -= step
  }
  return null
}

function middleOfRing(ring: Position[]): Position | null {
  if (ring.length === 0) return null
  const [w, s, e, n] = boxOf(ring)
  return [(w + e) / 2, (s + n) / 2]
}

function boxOf(points: Position[]): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const [x, y] of points) {
    box[0] = Math.min(box[0], x!)
    box[1] = Math.min(box[1], y!)
    box[2] = Math.max(box[2], x!)
    box[3] = Math.max(box[3], y!)
  }
  return box
}

/** A geometry as the OpenAPI document describes it: the coordinates are left open. */
export type Shape = Geometry | { type: string; coordinates: unknown }

/** Where a mark of a place stands: a point itself, the middle of a line or of an area's box. */
export function middleOf(shape: Shape | null | undefined): Position | null {
  const place = shape as Geometry | null | undefined
  switch (place?.type) {
    case 'Point':
      return place.coordinates
    case 'MultiPoint':
      return place.coordinates[0] ?? null
    case 'LineString':
      return middleOfLine(place.coordinates)
    case 'MultiLineString':
      return middleOfLine(place.coordinates[0] ?? [])
    case 'Polygon':
      return middleOfRing(place.coordinates[0] ?? [])
    case 'MultiPolygon':
      return middleOfRing(place.coordinates[0]?.[0] ?? [])
    default:
      return null
  }
}
