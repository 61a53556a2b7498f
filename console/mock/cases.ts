import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CaseBody, CaseDetail, CaseFile, Move } from '../src/cases/types.ts'
import type { City } from './city.ts'
import { choices, openTask, table } from './rules.ts'

const both = (zh: string, en: string) => ({ zh, en })
const post = (id: string, agency: string, duty: string, zh: string, en: string) => ({ id, agency, duty, name: both(zh, en) })
const posts = [
  post('duty-officer', 'operations-centre', 'duty-officer', '值班长', 'Duty officer'), post('auditor', 'operations-centre', 'auditor', '审计员', 'Auditor'),
  post('administrator', 'operations-centre', 'administrator', '管理员', 'Administrator'), post('traffic-dispatcher', 'road-authority', 'dispatcher', '道路交通调度员', 'Road dispatcher'),
  post('parking-dispatcher', 'parking-operator', 'dispatcher', '停车调度员', 'Parking dispatcher'), post('drainage-dispatcher', 'drainage', 'dispatcher', '排水调度员', 'Drainage dispatcher'),
]
type Account = { id: string; name: { zh: string; en: string }; posts: string[]; disabled: boolean; version: number }

/** Case work, people and evidence of the invented city. The cookie mock-as names the account; "nobody" is signed out, "open" is --auth open. */
export class CaseWork {
  private moves = new Map<string, Move[]>()
  private blobs = new Map<string, { type: string; body: Buffer }>()
  private past: CaseBody[] = []
  private accounts = new Map<string, Account>(posts.map((p) => [p.id, { id: p.id, name: p.name, posts: [p.id], disabled: false, version: 1 }]))
  private leaf = 4210
  private wrong = 0
  private rows = Array.from({ length: 7 }, (_, i) => ({
    id: String(i + 1), feed: i % 3 === 2 ? 'hotline' : 'garages', row: 4021 + i * 17, reason: i % 3 === 2 ? 'severity: "urgnt" is not one of minor, moderate, major, critical' : 'occupiedSpotNumber: "n/a" is not a number',
    raw: i % 3 === 2 ? '{"call":"H-20260918-' + i + '","text":"<b>路灯不亮</b>","severity":"urgnt","minutes":4}' : `garage,observedAt,occupiedSpotNumber,totalSpotNumber\nG-0${i + 1},2026-09-18T17:2${i}:00+08:00,n/a,${240 + i}`,
    state: 'open' as 'open' | 'resubmitted', resubmittedAt: undefined as string | undefined, result: undefined as string | undefined,
  }))

  constructor(private readonly city: City) {
    for (let i = 0; i < 240; i++) this.past.push(this.old(i))
  }

  private name = (id: string) => this.city.about().agencies.find((a) => a.id === id)?.name ?? both(id, id)

  private old(i: number): CaseBody {
    const openedAt = this.city.iso(this.city.now() - (i + 1) * 2.6e6)
    const closedAt = this.city.iso(Date.parse(openedAt) + (1 + (i % 5)) * 1.9e6)
    const deadline = this.city.iso(Date.parse(openedAt) + 7.2e6)
    return {
      id: `old${i}`, number: `20260917-${String(300 - i).padStart(4, '0')}`, version: 9, change: 1, kind: 'garage-pressure', procedure: 'parking-relief/garage-pressure', origin: 'situation', title: both('停车场压力：江畔停车场', 'Garage under pressure'),
      severity: i % 4 ? 'moderate' : 'major', state: 'closed', lead: 'road-authority', deadline, overdue: closedAt > deadline, openedAt, changedAt: closedAt, closedAt, outcome: i % 9 ? 'solved' : 'data-fault', from: [], files: [],
      tasks: [{ agency: 'road-authority', lead: true, state: 'done', order: '', deadline, overdue: false, givenAt: openedAt, doneAt: closedAt }],
    }
  }

  private all = (): CaseBody[] => [...([...this.city.cases.values()] as unknown as CaseBody[]), ...this.past]
  private find = (id: string) => this.all().find((c) => c.id === id)

  /** The moves of a case; those before the mock began are made up from how it stands. */
  private story(c: CaseBody): Move[] {
    let list = this.moves.get(c.id)
    if (list) return list
    this.moves.set(c.id, (list = []))
    const lead = c.tasks[0]
    const add = (verb: string, from: string, to: string, more: Partial<Move> = {}) => list!.push({ seq: list!.length + 1, at: this.city.iso(Date.parse(c.openedAt) + list!.length * 240_000), verb, from, to, assists: [], record: `case.${c.id}.${list!.length + 1}`, leaf: this.leaf++, ...more })
    add('report', '', 'reported', { program: 'procedure' })
    add('file', 'reported', 'filed', { program: 'procedure' })
    const at = ['reported', 'filed', 'dispatched', 'handling', 'handled', 'checked', 'closed'].indexOf(c.state)
    const officer = { account: 'duty-officer', post: 'duty-officer', by: 'operations-centre' }
    const road = { account: 'traffic-dispatcher', post: 'traffic-dispatcher', by: 'road-authority' }
    if (at < 2) c.tasks.length = 0
    if (at >= 2) add('dispatch', 'filed', 'dispatched', { ...officer, agency: lead!.agency, assists: c.tasks.slice(1).map((t) => t.agency), text: '请疏导周边道路，引导车辆前往就近停车场。' })
    if (at >= 3) add('accept', 'dispatched', 'handling', { ...road, agency: lead!.agency })
    if (at >= 3) add('note', 'handling', 'handling', { ...road, text: '<script>alert("x")</script> 已派两组人员到场，东口排队约 300 米。' })
    if (at >= 4) {
      for (const t of c.tasks) Object.assign(t, { state: 'done', report: '已完成疏导，排队消散。', doneAt: this.city.iso(this.city.now() - 6e5) })
      add('finish', 'handling', 'handled', { ...road, agency: lead!.agency, text: '已完成疏导，排队消散。' })
    } else if (at === 2) for (const t of c.tasks) t.state = 'waiting'
    if (at >= 5) add('check', 'handled', 'checked', officer)
    if (at >= 6) add('close', 'checked', 'closed', road)
    for (const t of c.tasks) if (t.lead) t.asked = both('疏导停车场周边道路，必要时调整信号配时。', 'Guide traffic around the garage; change the signals if needed.')
    c.version = list.length
    return list
  }

  private actor(req: IncomingMessage) {
    const as = /(?:^|; *)mock-as=([^;]+)/.exec(req.headers.cookie ?? '')?.[1] ?? 'duty-officer'
    if (as === 'nobody') return null
    const own = as === 'open' ? posts : posts.filter((p) => this.accounts.get(as)?.posts.includes(p.id))
    const name = as === 'open' ? both('开放模式', 'Open access') : (this.accounts.get(as)?.name ?? both(as, as))
    return { account: as, name, posts: own, open: as === 'open', expiresAt: new Date(Date.now() + 8e6).toISOString() }
  }

  private detail(c: CaseBody, actor: { posts: typeof posts }): CaseDetail {
    const moves = this.story(c)
    const now = this.city.iso()
    c.overdue = !!c.deadline && c.deadline < now && c.state !== 'closed'
    return { case: c, moves, choices: choices(c, actor, this.name), orders: [], checks: [both('停车场占用率回到 75% 以下', 'The garage is below 75 % again'), both('周边道路无排队', 'No queues on the roads around')] }
  }

  private announce(c: CaseBody): void {
    c.change = 10_000 + this.leaf
    c.changedAt = this.city.iso()
    this.city.news.push({ event: 'case', body: c as never })
  }

  private move(c: CaseBody, actor: NonNullable<ReturnType<CaseWork['actor']>>, b: { verb: string; version: number; agency?: string; assists?: string[]; order?: string; text?: string; into?: string; file?: string }) {
    const moves = this.story(c)
    if (b.version !== c.version) return { status: 409, title: 'It exists already or has changed', guard: 'version', reason: both('案件已有变化', 'the case has changed'), changes: moves.filter((m) => m.seq > b.version) }
    const choice = choices(c, actor, this.name).find((x) => x.verb === b.verb && (!x.agency || x.agency === b.agency))
    if (!choice?.allowed) return { status: 403, title: 'Not allowed', guard: choice?.guard, reason: choice?.text, who: choice?.who }
    const line = table.find((l) => l.verb === b.verb)!
    const from = c.state
    const now = this.city.iso()
    const due = this.city.iso(this.city.now() + 3.6e6)
    const task = openTask(c, b.agency)
    if (b.verb === 'dispatch') c.tasks = [b.agency!, ...(b.assists ?? [])].map((agency, i) => ({ agency, lead: i === 0, state: 'waiting', order: b.order ?? '', deadline: due, overdue: false, givenAt: now }))
    if (b.verb === 'assist') c.tasks.push({ agency: b.agency!, lead: false, state: 'waiting', order: b.order ?? '', deadline: due, overdue: false, givenAt: now })
    if (task && b.verb === 'accept') Object.assign(task, { state: 'handling', acceptedAt: now })
    if (task && b.verb === 'finish') Object.assign(task, { state: 'done', doneAt: now, report: b.text })
    if (task && b.verb === 'return') Object.assign(task, { state: 'returned', report: b.text })
    if (task && b.verb === 'withdraw') Object.assign(task, { state: 'withdrawn', report: b.text })
    if (task && b.verb === 'redo') Object.assign(task, { state: 'handling', doneAt: undefined })
    if (line.to) c.state = line.to
    if (task?.lead && b.verb === 'accept') c.state = 'handling'
    if (task?.lead && b.verb === 'finish') c.state = 'handled'
    if (task?.lead && (b.verb === 'return' || b.verb === 'withdraw')) c.state = 'filed'
    if (b.verb === 'reject' || b.verb === 'reopen') for (const t of c.tasks) if (t.lead) Object.assign(t, { state: 'handling', doneAt: undefined, deadline: due })
    if (c.state === 'closed') Object.assign(c, { closedAt: now, outcome: b.verb === 'refuse' ? 'not-accepted' : b.verb === 'merge' ? 'merged' : 'solved', into: b.into })
    else delete c.closedAt
    c.version++
    const held = actor.posts.find((p) => choice.who.some((w) => w.duty === p.duty && (!w.agency || w.agency === p.agency))) ?? actor.posts[0]
    const made: Move = { seq: c.version, at: now, verb: b.verb, account: actor.account, post: held?.id, by: held?.agency, from, to: c.state, agency: b.agency, assists: b.assists ?? [], text: b.text ?? b.order, into: b.into, file: b.file, record: `case.${c.id}.${c.version}`, leaf: -1 }
    moves.push(made)
    this.announce(c)
    setTimeout(() => (made.leaf = this.leaf++), 900)
    return this.detail(c, actor)
  }

  private list(q: URLSearchParams) {
    const now = this.city.iso()
    const has = (name: string, value: string | undefined) => !q.get(name) || q.get(name)!.split(',').includes(value ?? '')
    let rows = this.all().filter((c) => has('state', c.state) && (!q.get('notState') || c.state !== q.get('notState')) && has('kind', c.kind) && has('situation', c.situation?.id) && has('entity', c.entity))
    const order = ['minor', 'moderate', 'major', 'critical']
    if (q.get('severity')) rows = rows.filter((c) => order.indexOf(c.severity) >= order.indexOf(q.get('severity')!))
    if (q.get('agency')) rows = rows.filter((c) => c.tasks.some((t) => t.agency === q.get('agency') && has('task', t.state)))
    if (q.get('overdue') === 'true') rows = rows.filter((c) => c.state !== 'closed' && !!c.deadline && c.deadline < now)
    if (q.get('openedFrom')) rows = rows.filter((c) => c.openedAt >= q.get('openedFrom')!)
    rows.sort((a, b) => (q.get('order') === 'deadline' ? (a.deadline ?? '9').localeCompare(b.deadline ?? '9') : b.openedAt.localeCompare(a.openedAt)) || a.id.localeCompare(b.id))
    const [at, limit] = [Number(q.get('after') ?? 0), Number(q.get('limit') ?? 100)]
    return { cases: rows.slice(at, at + limit), total: rows.length, ...(at + limit < rows.length ? { next: String(at + limit) } : {}) }
  }

  private situation(id: string) {
    const s = this.city.situations.get(id)
    if (!s) return null
    const at = s.raisedAt
    const seen = (attribute: string, value: unknown, source: string, note?: string) => ({ entity: s.entity, attribute, value, at, source, note })
    const evidence = s.type === 'underpass-flooding' ? [seen('waterLevel', 27.4, 'water-levels', '> 15 cm, 2 readings')] : [seen('occupiedSpotNumber', 219, 'garages', '≥ 80 %, 2 readings'), seen('totalSpotNumber', 240, 'garages'), { entity: 'urn:ngsi-ld:RoadSegment:4-3-0', attribute: 'averageVehicleSpeed', value: 11, at, source: 'traffic', note: 'within 800 m: 312 m' }]
    return { ...s, evidence }
  }

  /** Answers what concerns cases, people, quarantine and evidence; false: somebody else's. */
  async answer(req: IncomingMessage, res: ServerResponse, url: URL): Promise<boolean> {
    const p = decodeURIComponent(url.pathname).replace('/api/v1', '')
    const q = url.searchParams
    const json = (body: unknown, status = 200, headers: Record<string, string> = {}): true => (res.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body)), true)
    const refuse = (status: number, detail: string, headers = {}): true => json({ type: 'urn:citybrain:problem', title: 'refused', status, detail }, status, headers)
    const raw = req.method === 'GET' ? Buffer.alloc(0) : await body(req)
    const sent = () => JSON.parse(raw.toString() || '{}') as unknown
    if (p === '/session' && req.method === 'POST') {
      const b = sent() as { account: string; password: string }
      if (!this.accounts.has(b.account) || b.password === 'wrong') return ++this.wrong > 2 ? ((this.wrong = 0), refuse(429, 'too many attempts', { 'Retry-After': '8' })) : refuse(401, 'the account or the password is wrong')
      const as = this.actor({ headers: { cookie: `mock-as=${b.account}` } } as IncomingMessage)
      return json(as, 200, { 'Set-Cookie': `mock-as=${b.account}; Path=/; HttpOnly; SameSite=Strict` })
    }
    if (p === '/session' && req.method === 'DELETE') return json({}, 200, { 'Set-Cookie': 'mock-as=nobody; Path=/; HttpOnly; SameSite=Strict' })
    if (p === '/setup' && req.method === 'GET') return json({ needed: /mock-setup=1/.test(req.headers.cookie ?? ''), name: this.city.about().name, simulated: true })
    const actor = this.actor(req)
    if (!actor) return refuse(401, 'nobody is signed in')
    if (p === '/city') return json({ ...this.city.about(), posts })
    if (p === '/session') return json(actor)
    if (p === '/cases' && req.method === 'GET') return json(this.list(q))
    const one = /^\/cases\/([^/]+)(\/.*)?$/.exec(p)
    if (one) return this.one(one[1]!, one[2] ?? '', actor, { req, res, q, raw, sent, json, refuse })
    const s = /^\/situations\/([^/]+)$/.exec(p)
    if (s) return this.situation(s[1]!) ? json(this.situation(s[1]!)) : refuse(404, 'no such situation')
    if (p === '/ledger') return json({ size: this.leaf, waiting: 0, checkpoint: this.checkpoint(), key: 'sample-city+8f1b2c3d+AZ0n4mJ8Rk2m9mF1sV0wVYyLqGkq7m3t', origin: 'sample-city', lastSealedAt: this.city.iso() })
    if (p.startsWith('/records/')) return (res.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Disposition': 'attachment' }).end('c2sp.org/tlog-proof@v1\n'), true)
    if (p === '/accounts') return this.people(req, actor, sent, json, refuse)
    if (p.startsWith('/accounts/')) return json(this.account(Object.assign(this.accounts.get(p.slice(10))!, sent())))
    if (p === '/quarantine') return json({ rows: this.rows.filter((r) => (!q.get('feed') || r.feed === q.get('feed')) && (q.get('state') === 'all' || r.state === 'open')).map((r) => ({ ...r, receivedAt: this.city.iso(this.city.now() - 6e6) })) })
    const row = /^\/quarantine\/(\d+)\/resubmit$/.exec(p)
    if (row) {
      const r = this.rows[Number(row[1]) - 1]!
      if (r.state === 'resubmitted') return refuse(409, 'the row was resubmitted')
      Object.assign(r, { state: 'resubmitted', resubmittedAt: this.city.iso(), result: 'applied' })
      return json(/n\/a|urgnt/.test(raw.toString()) ? { class: 'quarantined', reason: r.reason } : { class: 'applied' })
    }
    return false
  }

  private account = (a: Account) => ({ ...a, posts: posts.filter((p) => a.posts.includes(p.id)), unknownPosts: [], password: true, createdAt: '2026-09-01T01:00:00Z', changedAt: '2026-09-12T08:20:00Z', record: `account.${a.id}.${a.version}` })

  private people(req: IncomingMessage, actor: { posts: typeof posts }, sent: () => unknown, json: (b: unknown) => true, refuse: (s: number, d: string) => true): true {
    if (!actor.posts.some((x) => x.duty === 'administrator' || x.duty === 'auditor')) return refuse(403, 'accounts are open to administrators and auditors')
    if (req.method !== 'POST') return json({ accounts: [...this.accounts.values()].map(this.account) })
    const a = { disabled: false, version: 1, ...(sent() as object) } as Account
    this.accounts.set(a.id, a)
    return json(this.account(a))
  }

  private checkpoint = () => `sample-city\n${this.leaf}\n${createHash('sha256').update(String(this.leaf)).digest('base64')}\n\n— sample-city jxsrPX9+Yh3mL1xV7k2n5QeWfYc0uB4d8gTz\n`

  private one(id: string, rest: string, actor: NonNullable<ReturnType<CaseWork['actor']>>, x: { req: IncomingMessage; res: ServerResponse; q: URLSearchParams; raw: Buffer; sent: () => unknown; json: (b: unknown, s?: number) => true; refuse: (s: number, d: string) => true }): true {
    const c = this.find(id)
    if (!c) return x.refuse(404, 'no such case')
    if (rest === '') return x.json(this.detail(c, actor))
    if (rest === '/moves') {
      const out = this.move(c, actor, x.sent() as never)
      return 'status' in out ? x.json(out, out.status) : x.json(out)
    }
    if (rest === '/verification') return x.json({ checkpoint: this.checkpoint(), size: this.leaf, verified: true, damage: [], moves: this.story(c).map((m) => ({ seq: m.seq, record: m.record, leaf: m.leaf, state: m.leaf < 0 ? 'waiting' : 'sealed' })) })
    const blob = this.blobs.get(rest.slice('/files/'.length))
    if (blob) return (x.res.writeHead(200, { 'Content-Type': blob.type, 'X-Content-Type-Options': 'nosniff' }).end(blob.body), true)
    if (rest !== '/files') return x.refuse(404, 'no such file')
    const hash = createHash('sha256').update(x.raw).digest('hex')
    const media = x.req.headers['content-type'] ?? ''
    this.blobs.set(hash, { type: media, body: x.raw })
    const file: CaseFile = { hash, media, bytes: x.raw.length, name: x.q.get('name') ?? '', view: (x.q.get('view') as CaseFile['view']) ?? undefined, takenAt: x.q.get('takenAt') ?? undefined, note: x.q.get('note') ?? undefined, by: actor.account, agency: actor.posts[0]!.agency, at: this.city.iso() }
    const out = this.move(c, actor, { verb: 'attach', version: Number(x.q.get('version')), file: hash })
    if ('status' in out) return x.json(out, out.status)
    c.files = [...c.files, file]
    return x.json(this.detail(c, actor))
  }
}

async function body(req: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of req) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

/** Middleware before that of serve.ts. */
export function serveCases(city: City) {
  const work = new CaseWork(city)
  return (req: IncomingMessage, res: ServerResponse, next: () => void): void => {
    const url = new URL(req.url ?? '/', 'http://city')
    if (!url.pathname.startsWith('/api/v1/') || url.pathname === '/api/v1/stream' || process.env['MOCK']) return next()
    work.answer(req, res, url).then((done) => done || next(), () => void res.writeHead(400).end('{}'))
  }
}
