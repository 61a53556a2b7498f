/** A geometry as the interfaces give it. */
export interface Shape {
  type: string
  coordinates: unknown
}

/** The mean of all positions of a geometry, or null if it has none. */
export function center(shape: Shape | undefined | null): [number, number] | null {
  let n = 0
  let lon = 0
  let lat = 0
  const visit = (x: unknown): void => {
    if (!Array.isArray(x)) return
    if (typeof x[0] === 'number' && typeof x[1] === 'number') {
      n++
      lon += x[0]
      lat += x[1]
    } else x.forEach(visit)
  }
  visit(shape?.coordinates)
  return n ? [lon / n, lat / n] : null
}
