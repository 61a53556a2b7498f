/**
 * The last values of a figure, at most `most` of them: when it is full every
 * second one goes and from then on half as many are kept, so that it covers an
 * ever longer time in the same space.
 */
export class Trend {
  readonly points: [at: number, value: number][] = []
  private every = 0 // milliseconds between points that are kept

  constructor(private readonly most = 120) {}

  add(at: number, value: number): void {
    const last = this.points.at(-1)
    if (last && at < last[0]) this.points.length = 0 // the clock was set back: another run of the city
    const before = this.points.at(-2)
    if (last && before && at - before[0] < this.every) {
      this.points[this.points.length - 1] = [at, value] // the latest always stands
      return
    }
    this.points.push([at, value])
    if (this.points.length > this.most) this.thin()
  }

  private thin(): void {
    const kept = this.points.filter((_, i) => i % 2 === 0)
    this.points.splice(0, this.points.length, ...kept)
    const first = kept[0]!
    const last = kept.at(-1)!
    this.every = (last[0] - first[0]) / Math.max(1, kept.length - 1)
  }

  /** How far the value moved over what is kept. */
  get change(): number {
    return this.points.length < 2 ? 0 : this.points.at(-1)![1] - this.points[0]![1]
  }
}
