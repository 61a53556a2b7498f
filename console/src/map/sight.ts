/** A part of the map that something else lies over, in pixels from the map's upper left corner. */
export interface Cover {
  left: number
  top: number
  right: number
  bottom: number
}

export interface Size {
  width: number
  height: number
}

type Point = [x: number, y: number]

/** How far from what hides it, or from an edge, a place is to be seen well. */
const margin = 48
/** A part that is smaller than this shows nothing. */
const least = 140

/** Whether a point of the map is seen: on it, off its edges, and with nothing over it. */
export function inSight([x, y]: Point, size: Size, covers: readonly Cover[]): boolean {
  const off = Math.min(margin, size.width / 6, size.height / 6)
  if (x < off || y < off || x > size.width - off || y > size.height - off) return false
  return !covers.some((c) => x > c.left - off && x < c.right + off && y > c.top - off && y < c.bottom + off)
}

/** The middle of the largest part of the map over which nothing lies: beside, above or below what does. Null if no part is large enough. */
export function clearing(size: Size, covers: readonly Cover[]): Point | null {
  let free: Cover[] = [{ left: 0, top: 0, right: size.width, bottom: size.height }]
  for (const c of covers) {
    free = free.flatMap((f) => {
      if (c.left >= f.right || c.right <= f.left || c.top >= f.bottom || c.bottom <= f.top) return [f]
      return [
        { ...f, right: Math.min(f.right, c.left) }, { ...f, left: Math.max(f.left, c.right) },
        { ...f, bottom: Math.min(f.bottom, c.top) }, { ...f, top: Math.max(f.top, c.bottom) },
      ].filter((part) => part.right - part.left >= least && part.bottom - part.top >= least)
    })
  }
  const area = (f: Cover): number => (f.right - f.left) * (f.bottom - f.top)
  const best = free.filter((f) => f.right - f.left >= least && f.bottom - f.top >= least).sort((a, b) => area(b) - area(a))[0]
  return best ? [(best.left + best.right) / 2, (best.top + best.bottom) / 2] : null
}
