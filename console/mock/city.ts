import type { Position } from 'geojson'
import { at, center, chance, streets } from './land.ts'

type Property = { type: string; value: unknown; observedAt?: string; unitCode?: string; source?: object; quality?: object }
export type Entity = { id: string; type: string } & Record<string, Property | string>
export interface Situation { id: string; rule: string; type: string; entity: string; severity: string; state: string; place: unknown; raisedAt: string; raisedReason: string; evidence: unknown[]; change: number; notice: number; announced: boolean; announcedAt: string; clearedAt?: string }
export interface Case { id: string; change: number; version: number; number: string; state: string; deadline: string; overdue: boolean; [member: string]: unknown }

const agencies = [
  ['operations-centre', '城市运行中心', 'City operations centre'], ['road-authority', '道路交通主管部门', 'Road authority'], ['parking-operator', '停车运营单位', 'Parking operator'],
  ['transit', '公共交通公司', 'Public transport'], ['drainage', '排水管理单位', 'Drainage authority'], ['weather-service', '气象部门', 'Weather service'],
] as const
const garageNames = [['中心广场停车楼', 'Central Square Garage'], ['江畔停车场', 'Riverside Car Park'], ['文化宫地下车库', 'Culture Palace Garage'], ['东站停车楼', 'East Station Garage'], ['南湖停车场', 'South Lake Car Park'], ['体育馆停车场', 'Stadium Car Park'], ['科技园停车楼', 'Science Park Garage'], ['医院停车楼', 'Hospital Garage'], ['老街地下车库', 'Old Street Garage'], ['会展中心停车场', 'Convention Centre Car Park']] as const
const rules = [
  ['parking-relief/garage-pressure', '停车场压力', 'Garage under pressure', 'OffStreetParking', 'major'], ['parking-relief/road-congestion', '道路拥堵', 'Road congestion', 'RoadSegment', 'moderate'],
  ['parking-relief/data-fault', '停车场数据异常', 'Garage data cannot be trusted', 'OffStreetParking', 'minor'], ['rain-emergency/underpass-flooding', '下穿通道积水', 'Underpass flooding', 'Underpass', 'critical'],
] as const
const states = ['filed', 'dispatched', 'handling', 'handling', 'handled', 'checked']

/** An invented city that moves by itself, enough to work on pages without a server. */
export class City {
  readonly started = Date.now()
  readonly speed = 10
  private readonly random: () => number
  readonly entities = new Map<string, Entity>()
  readonly situations = new Map<string, Situation>()
  readonly cases = new Map<string, Case>()
  readonly changed = new Set<string>()
  readonly news: { event: 'situation' | 'case'; body: Situation | Case }[] = []
  private buses: { id: string; street: number; where: number; way: number }[] = []
  private change = 0
  position = 100

  constructor(seed: number) {
    this.random = chance(seed)
    this.segments()
    this.places()
    for (let i = 0; i < 40; i++) this.trouble()
  }

  now = (): number => Date.parse('2026-09-18T09:40:00Z') + (Date.now() - this.started) * this.speed
  iso = (t: number = this.now()): string => new Date(t).toISOString().replace(/\.\d+Z$/, 'Z')

  private put(id: string, type: string, values: Record<string, unknown>, source: string): void {
    const old = this.entities.get(id)
    const e = { ...(old ?? { id, type }) } as Entity
    for (const [name, value] of Object.entries(values)) e[name] = { type: name === 'location' ? 'GeoProperty' : 'Property', value, observedAt: this.iso(), source: { type: 'Property', value: source }, quality: { type: 'Property', value: this.random() < 0.02 ? ['stuck'] : [] } }
    this.entities.set(id, e)
    this.changed.add(id)
  }

  private segments(): void {
    streets.forEach((s, i) => {
      for (let j = 0; j + 1 < s.points.length; j++) {
        for (const way of [0, 1]) {
          const ends = [at(...s.points[j]!), at(...s.points[j + 1]!)]
          const free = [60, 50, 40][s.rank - 1]!
          this.put(`urn:ngsi-ld:RoadSegment:${i}-${j}-${way}`, 'RoadSegment', { location: { type: 'LineString', coordinates: way ? ends.reverse() : ends }, name: `${s.zh} ${j + 1} 段`, freeFlowSpeed: free, averageVehicleSpeed: this.pace(s.points[j]!, free), vehicleCount: Math.round(this.random() * 40) }, 'traffic')
        }
      }
    })
  }

  private pace([x, y]: [number, number], free: number): number {
    const rush = 0.65 * Math.exp(-((x - 300) ** 2 + (y - 400) ** 2) / 5e6) + (this.random() < 0.06 ? 0.35 : 0)
    return Math.round(free * Math.max(0.1, 1 - rush * (0.7 + 0.5 * this.random()) - 0.12 * this.random()))
  }

  private places(): void {
    garageNames.forEach(([name], i) => this.put(`urn:ngsi-ld:OffStreetParking:${i + 1}`, 'OffStreetParking', { location: { type: 'Point', coordinates: this.spot(3600) }, name, totalSpotNumber: 180 + i * 60, occupiedSpotNumber: Math.round((180 + i * 60) * (0.3 + 0.68 * this.random())) }, 'garages'))
    for (let i = 1; i <= 8; i++) this.put(`urn:ngsi-ld:Underpass:${i}`, 'Underpass', { location: { type: 'Point', coordinates: this.spot(4200) }, name: `${i} 号下穿通道`, waterLevel: this.random() < 0.25 ? 20 + this.random() * 20 : this.random() * 8 }, 'water-levels')
    for (let i = 1; i <= 60; i++) {
      this.buses.push({ id: `urn:ngsi-ld:Bus:${i}`, street: Math.floor(this.random() * streets.length), where: this.random(), way: this.random() < 0.5 ? 1 : -1 })
      this.ride(this.buses.at(-1)!)
    }
  }

  private spot = (within: number): Position => at((this.random() * 2 - 1) * within, (this.random() * 2 - 1) * within)

  private ride(b: { id: string; street: number; where: number; way: number }): void {
    const points = streets[b.street]!.points
    b.where += b.way * 0.004
    if (b.where > 1 || b.where < 0) b.way = -b.way
    const along = Math.min(0.9999, Math.max(0, b.where)) * (points.length - 1)
    const [p, q, f] = [points[Math.floor(along)]!, points[Math.floor(along) + 1]!, along % 1]
    this.put(b.id, 'Bus', { location: { type: 'Point', coordinates: at(p[0] + (q[0] - p[0]) * f, p[1] + (q[1] - p[1]) * f) }, name: `${(b.street % 20) + 1} 路`, delay: Math.round(this.random() * 9) }, 'buses')
  }

  private pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)]!
  }

  private trouble(): void {
    const roll = this.random()
    const rule = rules[roll < 0.14 ? 0 : roll < 0.86 ? 1 : roll < 0.95 ? 2 : 3]!
    const e = this.pick([...this.entities.values()].filter((x) => x.type === rule[3]))
    if ([...this.situations.values()].some((s) => s.entity === e.id && s.state === 'up')) return
    const s: Situation = { id: Math.floor(this.random() * 2 ** 48).toString(16).padStart(32, '0'), rule: rule[0], type: rule[0].split('/')[1]!, entity: e.id, severity: rule[4], state: 'up', place: (e['location'] as Property).value, raisedAt: this.iso(this.now() - this.random() * 5.4e6), raisedReason: 'when', evidence: [], change: ++this.change, notice: this.change, announced: true, announcedAt: this.iso(this.now()) }
    this.situations.set(s.id, s)
    this.news.push({ event: 'situation', body: s })
    if (rule[1] !== '道路拥堵') this.open(s, rule)
  }

  private open(s: Situation, rule: (typeof rules)[number]): void {
    const n = this.cases.size + 1
    const deadline = Date.parse(s.raisedAt) + (0.5 + this.random() * 2) * 3.6e6
    const c: Case = {
      id: `c${n}`, number: `20260918-${String(n).padStart(4, '0')}`, version: 3, change: ++this.change, kind: s.type, procedure: rule[0], origin: 'situation', title: { zh: `${rule[1]}：${(this.entities.get(s.entity)!['name'] as Property).value}`, en: rule[2] },
      severity: s.severity, state: this.pick(states), place: s.place, entity: s.entity, situation: { id: s.id, rule: s.rule, type: s.type, raisedAt: s.raisedAt }, lead: 'road-authority',
      tasks: [{ agency: 'road-authority', lead: true, state: 'handling', order: '', deadline: this.iso(deadline), overdue: deadline < this.now(), givenAt: s.raisedAt }, { agency: 'parking-operator', lead: false, state: 'waiting', order: '', overdue: false, givenAt: s.raisedAt }],
      deadline: this.iso(deadline), overdue: deadline < this.now(), openedAt: s.raisedAt, changedAt: s.raisedAt, files: [], from: [],
    }
    this.cases.set(c.id, c)
    this.news.push({ event: 'case', body: c })
  }

  /** A quarter of a second of the city; RATE changes of road segments a second. */
  step(): void {
    const roads = [...this.entities.values()].filter((e) => e.type === 'RoadSegment')
    for (let i = 0; i < Number(process.env['RATE'] ?? 160) / 4; i++) {
      const e = this.pick(roads)
      const free = (e['freeFlowSpeed'] as Property).value as number
      const old = (e['averageVehicleSpeed'] as Property).value as number
      this.put(e.id, e.type, { averageVehicleSpeed: Math.max(3, Math.min(free, Math.round(old + (this.random() - 0.5) * 8))) }, 'traffic')
    }
    for (const b of this.buses) if (this.random() < 0.5) this.ride(b)
    const g = this.entities.get(`urn:ngsi-ld:OffStreetParking:${1 + Math.floor(this.random() * garageNames.length)}`)!
    const all = (g['totalSpotNumber'] as Property).value as number
    this.put(g.id, g.type, { occupiedSpotNumber: Math.max(0, Math.min(all, ((g['occupiedSpotNumber'] as Property).value as number) + Math.round((this.random() - 0.5) * 6))) }, 'garages')
    this.position++
    if (this.random() < 0.03) this.trouble()
    if (this.random() < 0.025) this.clear()
  }

  private clear(): void {
    const up = [...this.situations.values()].filter((s) => s.state === 'up' && s.type === 'road-congestion')
    if (up.length < 12) return
    const s = { ...this.pick(up), state: 'cleared', clearedAt: this.iso(), change: ++this.change, notice: this.change }
    this.situations.set(s.id, s)
    this.news.push({ event: 'situation', body: s })
  }

  upList = (): Situation[] => [...this.situations.values()].filter((s) => s.state === 'up').sort((a, b) => b.raisedAt.localeCompare(a.raisedAt))

  about() {
    const names = ([id, zh, en]: readonly [string, string, string]) => ({ id, name: { zh, en }, roles: [id] })
    return {
      name: { zh: '样例市', en: 'Sample City' }, note: { zh: '', en: '' }, timeZone: 'Asia/Shanghai', languages: ['zh', 'en'], simulated: true, time: this.iso(), posts: [], kinds: [],
      view: { center, zoom: 12, bounds: [113.5, 30.32, 113.74, 30.5] }, agencies: agencies.map(names), packs: [{ name: 'parking-relief', title: { zh: '智慧停车', en: 'Parking relief' }, version: '1.0.0' }],
    }
  }

  rules = () => rules.map(([id, zh, en, entity, severity]) => ({ id, title: { zh, en }, entity, severity }))
}
