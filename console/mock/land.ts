import type { Feature, Geometry, Position } from 'geojson'

/** Numbers between 0 and 1 that a seed fixes (mulberry32). */
export function chance(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export const center: Position = [113.62, 30.41]
const metre = { x: 1 / (111_320 * Math.cos((center[1]! * Math.PI) / 180)), y: 1 / 110_574 }
/** Metres east and north of the centre as a position, bent a little so that no street is a ruler's. */
export function at(x: number, y: number): Position {
  const bend = 160 * Math.sin(y / 2300) + 110 * Math.sin((x + y) / 3100)
  return [center[0]! + (x + bend) * metre.x, center[1]! + (y + 130 * Math.sin(x / 2700)) * metre.y]
}

const riverX = (y: number): number => 900 + 900 * Math.sin(y / 2600)
const line = (points: [number, number][]): Position[] => points.map(([x, y]) => at(x, y))
const steps = (from: number, to: number, by: number): number[] => Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, i) => from + i * by)

export interface Street {
  zh: string
  en: string
  rank: number
  points: [number, number][]
}

const east = ['长安', '文昌', '人民', '中山', '解放', '建设', '滨河', '学府', '和平']
const eastEn = ["Chang'an", 'Wenchang', 'Renmin', 'Zhongshan', 'Jiefang', 'Jianshe', 'Binhe', 'Xuefu', 'Heping']
const north = ['朝阳', '迎宾', '青年', '新华', '友谊', '胜利', '湖滨', '东风', '站前']
const northEn = ['Chaoyang', 'Yingbin', 'Qingnian', 'Xinhua', 'Youyi', 'Shengli', 'Hubin', 'Dongfeng', 'Zhanqian']

export const streets: Street[] = [
  ...steps(-4800, 4800, 1200).map((y, i): Street => ({ zh: `${east[i]}路`, en: `${eastEn[i]} Road`, rank: i % 4 === 0 ? 1 : i % 2 === 0 ? 2 : 3, points: steps(-6400, 6400, 400).map((x) => [x, y]) })),
  ...steps(-5600, 5600, 1400).map((x, i): Street => ({ zh: `${north[i]}大街`, en: `${northEn[i]} Avenue`, rank: i % 4 === 0 ? 1 : i % 2 === 0 ? 2 : 3, points: steps(-5400, 5400, 400).map((y) => [x, y]) })),
]

const quarters: [string, string, number, number][] = [['滨江区', 'Binjiang', -3500, 2600], ['老城区', 'Old Town', 2600, 1900], ['高新区', 'Hi-tech Zone', -3200, -2600], ['南湖区', 'South Lake', 3000, -2800]]

function ring(x: number, y: number, w: number, h: number): Position[][] {
  return [line([[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]])]
}

/** The base map of the invented city. */
export function baseMap(): Feature[] {
  const random = chance(11)
  const out: Feature[] = []
  const add = (kind: string, geometry: Geometry, more: object = {}): void => void out.push({ type: 'Feature', properties: { kind, ...more }, geometry })
  for (const [zh, en, x, y] of quarters) {
    const [w, e, s, n] = [x < 0 ? -6600 : riverX(y), x < 0 ? riverX(y) : 6600, y < 0 ? -5600 : 0, y < 0 ? 0 : 5600]
    add('district', { type: 'Polygon', coordinates: ring(w, s, e - w, n - s) }, { name: { zh, en }, rank: 1 })
  }
  for (const x of steps(-5600, 4200, 1400)) {
    for (const y of steps(-4800, 3600, 1200)) {
      const overRiver = Math.abs(x + 700 - riverX(y + 600)) < 950
      if (overRiver) continue
      if (random() < 0.09) add('park', { type: 'Polygon', coordinates: ring(x + 120, y + 120, 1160, 960) }, { name: { zh: '城市公园', en: 'City Park' }, rank: 2 })
      else block(add, random, x, y)
    }
  }
  add('water', { type: 'Polygon', coordinates: [steps(0, 24, 1).map((i) => at(4100 + 900 * Math.cos((i / 24) * 2 * Math.PI), -2500 + 620 * Math.sin((i / 24) * 2 * Math.PI)))] }, { name: { zh: '南湖', en: 'South Lake' }, rank: 1 })
  const banks = steps(-6200, 6200, 200)
  add('river', { type: 'Polygon', coordinates: [[...banks.map((y) => at(riverX(y) - 240, y)), ...banks.reverse().map((y) => at(riverX(y) + 260, y)), at(riverX(-6200) - 240, -6200)]] })
  add('river', { type: 'LineString', coordinates: steps(-6200, 6200, 200).map((y) => at(riverX(y) + 10, y)) }, { name: { zh: '清江', en: 'Qing River' }, rank: 1 })
  add('rail', { type: 'LineString', coordinates: steps(-6600, 6600, 300).map((x) => at(x, -3900 + x * 0.09)) })
  for (const s of streets) add('road', { type: 'LineString', coordinates: line(s.points) }, { name: { zh: s.zh, en: s.en }, rank: s.rank })
  return out
}

function block(add: (kind: string, g: Geometry) => void, random: () => number, x: number, y: number): void {
  for (const [dx, dy] of [[80, 80], [740, 80], [80, 640], [740, 640]] as const) {
    add('block', { type: 'Polygon', coordinates: ring(x + dx, y + dy, 580, 480) })
    for (let i = 0; i < 5; i++) {
      const [bx, by] = [x + dx + 40 + random() * 380, y + dy + 40 + random() * 320]
      add('building', { type: 'Polygon', coordinates: ring(bx, by, 50 + random() * 90, 40 + random() * 80) })
    }
  }
}
