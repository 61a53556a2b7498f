import type { Severity } from '@/api/types'
import type { Sign } from './overlay'
import { shade, type Palette } from './palette'

// Icons are drawn at this many pixels for one of the map's.
const density = 3

function draw(size: number, work: (c: CanvasRenderingContext2D) => void): ImageData {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size * density
  const c = canvas.getContext('2d')!
  c.scale(density, density)
  work(c)
  return c.getImageData(0, 0, canvas.width, canvas.height)
}

export const pixelRatio = density

/** The outline of a severity: circle, diamond, triangle, octagon; a sign that needs no colour. */
export function outline(c: CanvasRenderingContext2D, severity: Severity, x: number, y: number, r: number): void {
  c.beginPath()
  if (severity === 'minor') return void c.arc(x, y, r, 0, 2 * Math.PI)
  const corners = { moderate: 4, major: 3, critical: 8 }[severity]
  const turn = { moderate: -Math.PI / 2, major: -Math.PI / 2, critical: Math.PI / 8 }[severity]
  const reach = { moderate: 1.14, major: 1.28, critical: 1.06 }[severity] * r
  const down = severity === 'major' ? r * 0.18 : 0
  for (let i = 0; i < corners; i++) {
    const a = turn + (i * 2 * Math.PI) / corners
    c.lineTo(x + reach * Math.cos(a), y + down + reach * Math.sin(a))
  }
  c.closePath()
}

export function severityIcon(p: Palette, severity: Severity): ImageData {
  return draw(30, (c) => {
    outline(c, severity, 15, 15, 11.4)
    c.fillStyle = p.halo
    c.strokeStyle = p.halo
    c.lineJoin = 'round'
    c.lineWidth = 3
    c.stroke()
    outline(c, severity, 15, 15, 10)
    c.fillStyle = p.severity[severity]
    c.fill()
    c.fillStyle = p.onMark
    c.beginPath()
    c.roundRect(13.9, 9.4, 2.2, 6.6, 1.1)
    c.roundRect(13.9, 17.6, 2.2, 2.3, 1.1)
    c.fill()
  })
}

/** A clock whose time is over: a case past its deadline. */
export function overdueIcon(p: Palette): ImageData {
  return draw(22, (c) => {
    c.beginPath()
    c.arc(11, 11, 9.6, 0, 2 * Math.PI)
    c.fillStyle = p.halo
    c.fill()
    c.beginPath()
    c.arc(11, 11, 8, 0, 2 * Math.PI)
    c.fillStyle = p.severity.critical
    c.fill()
    c.strokeStyle = p.onMark
    c.lineWidth = 1.9
    c.lineCap = 'round'
    c.beginPath()
    c.moveTo(11, 6.4)
    c.lineTo(11, 11.2)
    c.lineTo(14.2, 13)
    c.stroke()
  })
}

export const gaugeSteps = 24
export const shadeSteps = 8

/** The name of the gauge for a fill and a badness, both 0 to 1; null badness has no colour. */
export function gaugeName(fill: number, badness: number | null): string {
  const f = Math.round(Math.min(1, Math.max(0, fill)) * gaugeSteps)
  return `gauge ${f} ${badness === null ? 'x' : Math.round(badness * shadeSteps)}`
}

/** The name of a layer's sign in the colour of a badness. */
export function signName(sign: Sign, badness: number | null): string {
  return `sign ${sign} ${badness === null ? 'x' : Math.round(badness * shadeSteps)}`
}

function signOutline(c: CanvasRenderingContext2D, sign: Sign, r: number): void {
  c.beginPath()
  if (sign === 'circle') return void c.arc(12, 12, r, 0, 2 * Math.PI)
  if (sign === 'square') return void c.roundRect(12 - r, 12 - r, 2 * r, 2 * r, r * 0.4)
  if (sign === 'drop') {
    c.moveTo(12, 12 - r * 1.35)
    c.bezierCurveTo(12 + r * 1.5, 12 + r * 0.1, 12 + r * 0.9, 12 + r, 12, 12 + r)
    c.bezierCurveTo(12 - r * 0.9, 12 + r, 12 - r * 1.5, 12 + r * 0.1, 12, 12 - r * 1.35)
    return
  }
  if (sign === 'pill') return void c.roundRect(12 - r * 1.15, 12 - r * 0.72, r * 2.3, r * 1.44, r * 0.72)
  if (sign === 'cross') {
    const [far, near] = [r * 1.1, r * 0.42]
    const turns = [[-near, -far], [near, -far], [near, -near], [far, -near], [far, near], [near, near], [near, far], [-near, far], [-near, near], [-far, near], [-far, -near], [-near, -near]] as const
    for (const [x, y] of turns) c.lineTo(12 + x, 12 + y)
    c.closePath()
    return
  }
  for (let i = 0; i < 6; i++) c.lineTo(12 + r * Math.cos((i * Math.PI) / 3), 12 + r * Math.sin((i * Math.PI) / 3))
  c.closePath()
}

/** A ring of the sign's form, filled from the middle as the value gets worse. */
export function signIcon(p: Palette, name: string): ImageData {
  const [, sign, step] = name.split(' ') as [string, Sign, string]
  const bad = step === 'x' ? null : Number(step) / shadeSteps
  const colour = bad === null ? p.accent : shade(p, bad)
  return draw(24, (c) => {
    signOutline(c, sign, 9.6)
    c.fillStyle = p.halo
    c.fill()
    signOutline(c, sign, 7)
    c.fillStyle = p.mark
    c.fill()
    c.globalAlpha = 0.2 + 0.8 * (bad ?? 0.4)
    c.fillStyle = colour
    c.fill()
    c.globalAlpha = 1
    c.lineWidth = 2.6
    c.strokeStyle = colour
    c.stroke()
  })
}

/** A ring that is filled as far as the part is of the whole. */
export function gaugeIcon(p: Palette, name: string): ImageData {
  const [, fill, step] = name.split(' ')
  const part = Number(fill) / gaugeSteps
  const colour = shade(p, step === 'x' ? null : Number(step) / shadeSteps)
  return draw(32, (c) => {
    c.beginPath()
    c.arc(16, 16, 15, 0, 2 * Math.PI)
    c.fillStyle = p.mark
    c.fill()
    c.lineWidth = 1
    c.strokeStyle = p.halo
    c.stroke()
    c.lineWidth = 4
    c.beginPath()
    c.arc(16, 16, 11.2, 0, 2 * Math.PI)
    c.globalAlpha = 0.25
    c.strokeStyle = colour
    c.stroke()
    c.globalAlpha = 1
    if (part <= 0) return
    c.beginPath()
    c.arc(16, 16, 11.2, -Math.PI / 2, -Math.PI / 2 + part * 2 * Math.PI)
    c.lineCap = part >= 1 ? 'butt' : 'round'
    c.stroke()
  })
}
