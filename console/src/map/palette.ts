import type { Severity } from '@/api/types'
import type { Theme } from '@/stores/settings'

/** The colours of the map. The canvas does not read CSS variables, so they stand here. */
export interface Palette {
  ground: string
  water: string
  waterLine: string
  park: string
  block: string
  building: string
  buildingLine: string
  area: string
  district: string
  roads: [string, string, string] // by rank 1, 2, 3 and more
  roadCase: string
  rail: string
  text: string
  textQuiet: string
  textWater: string
  halo: string
  accent: string
  unknown: string // no value
  good: string
  middle: string
  poor: string
  severity: Record<Severity, string>
  onMark: string
  mark: string // ground of gauges and marks
}

export const palettes: Record<Theme, Palette> = {
  dark: {
    ground: '#0c141f',
    water: '#0f2a3f',
    waterLine: '#1c4a66',
    park: '#10261f',
    block: '#111c29',
    building: '#182636',
    buildingLine: '#22344a',
    area: '#3b5470',
    district: '#45617f',
    roads: ['#2f4258', '#26374a', '#1e2c3c'],
    roadCase: '#0a1119',
    rail: '#41505f',
    text: '#b9c8da',
    textQuiet: '#7f93aa',
    textWater: '#5d9ac0',
    halo: '#0a1119',
    accent: '#7fe3f2',
    unknown: '#4d6077',
    good: '#23967d',
    middle: '#e8b543',
    poor: '#ff5a47',
    severity: { minor: '#6ba6ff', moderate: '#f2cf4a', major: '#ff9a4a', critical: '#ff5d5d' },
    onMark: '#0a1019',
    mark: '#0e1825',
  },
  light: {
    ground: '#eef2f5',
    water: '#bfdcee',
    waterLine: '#8fbcd8',
    park: '#d4e8d6',
    block: '#e6ebf0',
    building: '#d8dfe7',
    buildingLine: '#c6cfda',
    area: '#8fa2b8',
    district: '#8496ac',
    roads: ['#ffffff', '#ffffff', '#fafbfc'],
    roadCase: '#cbd5df',
    rail: '#a9b4c0',
    text: '#2c3c50',
    textQuiet: '#5a6b80',
    textWater: '#2f6f9b',
    halo: '#ffffff',
    accent: '#00758f',
    unknown: '#9aa9ba',
    good: '#0f9a6c',
    middle: '#d69400',
    poor: '#d4301f',
    severity: { minor: '#1f5fc4', moderate: '#a67c00', major: '#d65f00', critical: '#c4182b' },
    onMark: '#ffffff',
    mark: '#ffffff',
  },
}

const channels = (hex: string): [number, number, number] => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)) as [number, number, number]

/** The colour of a badness of 0 to 1; the colour for no value where there is none. */
export function shade(palette: Palette, badness: number | null): string {
  if (badness === null) return palette.unknown
  const t = Math.min(1, Math.max(0, badness))
  const [from, to, part] = t < 0.5 ? [palette.good, palette.middle, t * 2] : [palette.middle, palette.poor, t * 2 - 1]
  const [a, b] = [channels(from), channels(to)]
  return `#${a.map((c, i) => Math.round(c + (b[i]! - c) * part).toString(16).padStart(2, '0')).join('')}`
}
