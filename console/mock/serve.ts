import type { IncomingMessage, ServerResponse } from 'node:http'
import type { City, Entity } from './city.ts'
import { baseMap } from './land.ts'

const title = (zh: string, en: string) => ({ zh, en })
const layers = [
  { id: 'roads', pack: 'parking-relief', title: title('道路通行', 'Traffic'), type: 'RoadSegment', draw: 'line', value: { ratio: 'averageVehicleSpeed', of: 'freeFlowSpeed' }, unit: '%', scale: { good: 0.8, poor: 0.3 }, label: { attribute: 'name' }, fields: [{ attribute: 'averageVehicleSpeed', title: title('平均车速', 'Average speed'), unit: 'km/h' }, { attribute: 'freeFlowSpeed', title: title('自由流车速', 'Free-flow speed'), unit: 'km/h' }, { attribute: 'vehicleCount', title: title('车辆数', 'Vehicles'), unit: '' }] },
  { id: 'garages', pack: 'parking-relief', title: title('停车场', 'Garages'), type: 'OffStreetParking', draw: 'point', value: { ratio: 'occupiedSpotNumber', of: 'totalSpotNumber' }, unit: '%', scale: { good: 0.6, poor: 0.95 }, label: { attribute: 'name' }, fields: [{ attribute: 'occupiedSpotNumber', title: title('已占车位', 'Occupied'), unit: '' }, { attribute: 'totalSpotNumber', title: title('车位总数', 'Places'), unit: '' }] },
  { id: 'underpasses', pack: 'rain-emergency', title: title('下穿通道水位', 'Underpass water'), type: 'Underpass', draw: 'point', value: { attribute: 'waterLevel' }, unit: 'cm', scale: { good: 5, poor: 30 }, label: { attribute: 'name' }, fields: [{ attribute: 'waterLevel', title: title('水位', 'Water level'), unit: 'cm' }] },
  { id: 'buses', pack: 'rain-emergency', title: title('公交车', 'Buses'), type: 'Bus', draw: 'point', value: { attribute: 'delay' }, unit: 'min', scale: { good: 1, poor: 9 }, label: { attribute: 'name' }, fields: [{ attribute: 'delay', title: title('晚点', 'Delay'), unit: 'min' }] },
]

function feeds(city: City) {
  const feed = (id: string, agency: string, kind: string, lag: number, more: object = {}) => ({
    id, title: title(id, id), agency, kind, way: 'file', type: id, state: 'running', lagSeconds: kind === 'observed' ? lag : undefined, stale: false, entities: { total: 100, stale: 0 },
    rows: { total: 48213 + city.position * 7, applied: 48000, flagged: 12, duplicate: 40, quarantined: 0, outside: 0, late: 0 }, ...more,
  })
  const rows = { total: 1, applied: 1, flagged: 0, duplicate: 0, outside: 0 }
  return [feed('traffic', 'road-authority', 'observed', 42), feed('garages', 'parking-operator', 'observed', 65, { rows: { ...rows, quarantined: 3, late: 12 } }), feed('buses', 'transit', 'observed', 8), feed('water-levels', 'drainage', 'observed', 940, { stale: true, entities: { total: 8, stale: 2 } }), feed('rain-gauges', 'weather-service', 'observed', 55), feed('events', 'operations-centre', 'reference', 0), feed('hotline', 'operations-centre', 'observed', 12, { rows: { ...rows, quarantined: 1, late: 0 } })]
}

function figures(city: City) {
  const up = city.upList()
  const open = [...city.cases.values()].filter((c) => c.state !== 'closed')
  const garages = [...city.entities.values()].filter((e) => e.type === 'OffStreetParking')
  const sum = (name: string): number => garages.reduce((n, e) => n + Number((e[name] as { value: number }).value), 0)
  const tone = (v: number, watch: number, alarm: number) => (v >= alarm ? 'alarm' : v >= watch ? 'watch' : 'calm')
  const figure = (id: string, zh: string, en: string, value: number, t: string, href: string, count: number, more: object = {}) => ({ id, title: title(zh, en), value, tone: t, rows: { href, count }, definition: title(`${zh}，按城市时钟此刻计。`, `${en}, at this moment of the city’s clock.`), ...more })
  const congested = up.filter((s) => s.type === 'road-congestion').length
  const share = Math.round((sum('occupiedSpotNumber') / sum('totalSpotNumber')) * 1000) / 10
  return [
    figure('situations-up', '进行中的态势', 'Situations up', up.length, tone(up.length, 25, 60), '/api/v1/situations?state=up', up.length), figure('open-cases', '在办案件', 'Open cases', open.length, 'calm', '/api/v1/cases?notState=closed', open.length),
    figure('overdue-cases', '超时案件', 'Overdue cases', open.filter((c) => c.overdue).length, tone(open.filter((c) => c.overdue).length, 1, 3), '/api/v1/cases?overdue=true', open.filter((c) => c.overdue).length),
    figure('congested-roads', '拥堵路段', 'Congested roads', congested, tone(congested, 10, 40), '/api/v1/situations?state=up&type=road-congestion', congested, { pack: 'parking-relief', of: 900 }), figure('garage-occupancy', '停车场占用率', 'Garage occupancy', share, tone(share, 70, 90), '/ngsi-ld/v1/entities?type=OffStreetParking', garages.length, { pack: 'parking-relief', unit: '%', part: sum('occupiedSpotNumber'), of: sum('totalSpotNumber') }),
    figure('flooded', '积水通道', 'Flooded underpasses', 2, 'watch', '/ngsi-ld/v1/entities?type=Underpass', 8, { pack: 'rain-emergency', of: 8 }), figure('quarantine', '隔离区待处理', 'Rows in quarantine', 4, 'watch', '/api/v1/quarantine', 4), figure('feeds-unsound', '异常接入', 'Feeds not sound', 1, 'watch', '/api/v1/feeds', 7),
  ]
}

const plain = (e: Entity) => Object.fromEntries(Object.entries(e).map(([k, v]) => [k, typeof v === 'string' ? v : { type: v.type, value: v.value, observedAt: v.observedAt }]))

function past(city: City, id: string) {
  const e = city.entities.get(id)!
  const values: Record<string, unknown> = { id, type: e.type }
  for (const [name, v] of Object.entries(e)) {
    if (typeof v === 'string' || typeof v.value !== 'number') continue
    values[name] = { type: 'Property', values: Array.from({ length: 60 }, (_, i) => [Math.max(0, (v.value as number) * (1 + 0.22 * Math.sin(i / 7 + id.length) + 0.05 * Math.sin(i * 2.3))), city.iso(city.now() - (60 - i) * 180_000)]) }
  }
  return values
}

function stream(city: City, res: ServerResponse): void {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  let told = city.news.length
  const id = () => `id: p${city.position}-s${told}-c0\n`
  const send = (event: string, body: unknown) => res.write(`${id()}event: ${event}\ndata: ${JSON.stringify(body)}\n\n`)
  res.write(`retry: 2000\n${id()}\n`)
  const timer = setInterval(() => {
    const entities = [...city.changed].map((e) => plain(city.entities.get(e)!))
    city.changed.clear()
    if (entities.length) send('entities', { position: city.position, entities, deleted: [] })
    for (; told < city.news.length; told++) send(city.news[told]!.event, city.news[told]!.body)
  }, 250)
  const clock = setInterval(() => send('clock', { time: city.iso(), speed: city.speed }), 5000)
  res.on('close', () => {
    clearInterval(timer)
    clearInterval(clock)
  })
}

/** The interfaces of the invented city. MOCK=empty has no situations, MOCK=down answers 503. */
export function serve(city: City) {
  const mode = process.env['MOCK'] ?? ''
  return (req: IncomingMessage, res: ServerResponse, next: () => void): void => {
    const url = new URL(req.url ?? '/', 'http://city')
    const p = decodeURIComponent(url.pathname)
    if (!p.startsWith('/api/') && !p.startsWith('/ngsi-ld/')) return next()
    const json = (body: unknown, status = 200) => void res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
    if (mode === 'down' && !p.endsWith('/session')) return json({ title: 'not available', status: 503, detail: 'the city is starting' }, 503)
    const q = url.searchParams
    if (p === '/api/v1/stream') return stream(city, res)
    if (p === '/api/v1/session') return json({ account: 'duty-officer', name: title('值班长', 'Duty officer'), open: false, posts: [{ id: 'duty-officer', agency: 'operations-centre', duty: 'duty-officer', name: title('值班长', 'Duty officer') }], expiresAt: city.iso(Date.now() + 8e6) })
    if (p === '/api/v1/city') return json(city.about())
    if (p === '/api/v1/clock') return json({ time: city.iso(), speed: city.speed })
    if (p === '/api/v1/types') return json({ types: [] })
    if (p === '/api/v1/rules') return json({ rules: city.rules() })
    if (p === '/api/v1/layers') return json({ layers })
    if (p === '/api/v1/basemap') return json({ type: 'FeatureCollection', features: baseMap() })
    if (p === '/api/v1/feeds') return json({ feeds: feeds(city) })
    if (p === '/api/v1/figures') return json({ figures: figures(city) })
    if (p === '/api/v1/quarantine') return json({ rows: [1, 2, 3, 4].map((i) => ({ id: String(i), feed: 'garages', reason: 'totalSpotNumber: min: -3 is below 0 (data standard OffStreetParking)' })) })
    if (p === '/api/v1/situations') return json({ situations: mode === 'empty' ? [] : city.upList().filter((s) => !q.get('type') || s.type === q.get('type')) })
    if (p === '/api/v1/cases') {
      const list = mode === 'empty' ? [] : [...city.cases.values()].filter((c) => !q.get('overdue') || c.overdue).sort((a, b) => a.deadline.localeCompare(b.deadline))
      return json({ cases: list, total: list.length })
    }
    const one = /^\/api\/v1\/cases\/([^/]+)$/.exec(p)
    if (one) return json({ case: city.cases.get(one[1]!), moves: [], choices: [], checks: [] })
    if (p === '/ngsi-ld/v1/entities') {
      const all = [...city.entities.values()].filter((e) => e.type === q.get('type')).sort((a, b) => a.id.localeCompare(b.id))
      const from = Number(q.get('offset') ?? 0)
      return json(all.slice(from, from + Number(q.get('limit') ?? 20)).map(plain))
    }
    if (p.startsWith('/ngsi-ld/v1/temporal/entities/')) return json(past(city, p.slice('/ngsi-ld/v1/temporal/entities/'.length)))
    const entity = city.entities.get(p.slice('/ngsi-ld/v1/entities/'.length))
    return entity ? json(entity) : json({ title: 'not found', status: 404 }, 404)
  }
}
