import type { CaseBody } from './types'

/** How a deadline stands. */
export type ClockState =
  | 'none' // there is no deadline
  | 'running'
  | 'soon' // less than a fifth of the time is left
  | 'overdue'
  | 'met' // ended in time
  | 'missed' // ended late

export interface Clock {
  state: ClockState
  /** Milliseconds left; below zero, how long it is over. */
  left: number
}

/** Without a start, the last quarter of an hour is "soon". */
const SOON_WITHOUT_START = 15 * 60_000

/**
 * Reads a deadline at an instant. A deadline is kept up to and including its
 * very millisecond, as the server counts it.
 */
export function readClock(deadline: string | undefined, now: number, endedAt?: string, startedAt?: string): Clock {
  const due = deadline ? Date.parse(deadline) : NaN
  if (Number.isNaN(due)) return { state: 'none', left: 0 }
  if (endedAt) {
    const left = due - Date.parse(endedAt)
    return { state: left < 0 ? 'missed' : 'met', left }
  }
  const left = due - now
  if (left < 0) return { state: 'overdue', left }
  const soon = startedAt ? (due - Date.parse(startedAt)) / 5 : SOON_WITHOUT_START
  return { state: left <= soon ? 'soon' : 'running', left }
}

/** A deadline with what it is counted from and when it ended. */
export interface Deadline {
  deadline?: string
  startedAt?: string
  endedAt?: string
}

/**
 * The clock of a case that matters to who looks: that of their agency's open
 * task, else of the task that is late the longest, else the case's own.
 */
export function clockOf(c: CaseBody, mine: readonly string[], now: number): Deadline {
  const running = c.tasks.filter((x) => (x.state === 'waiting' || x.state === 'handling') && x.deadline).sort((a, b) => Date.parse(a.deadline!) - Date.parse(b.deadline!))
  const late = c.closedAt || (c.deadline && Date.parse(c.deadline) < now) ? undefined : running.find((x) => Date.parse(x.deadline!) < now)
  const task = running.find((x) => mine.includes(x.agency)) ?? late
  return task ? { deadline: task.deadline, startedAt: task.givenAt } : { deadline: c.deadline, startedAt: c.openedAt, endedAt: c.closedAt }
}

/** A length of time in whole units: [days, hours, minutes, seconds]. */
export function parts(millis: number): [number, number, number, number] {
  const s = Math.floor(Math.abs(millis) / 1000)
  return [Math.floor(s / 86400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60, s % 60]
}

const UNITS: Record<string, [string, string, string, string]> = {
  zh: [' 天', ' 小时', ' 分', ' 秒'],
  en: [' d', ' h', ' min', ' s'],
}

/** A length of time for people in its two greatest units, such as 1 h 23 min. */
export function duration(millis: number, lang: string): string {
  const p = parts(millis)
  const units = UNITS[lang] ?? UNITS.en!
  const first = p.findIndex((n) => n > 0)
  if (first < 0) return '0' + units[3]
  const shown = [p[first]! + units[first]!]
  // Seconds that run on beside ten minutes tell nothing and disturb.
  if (first < 3 && p[first + 1]! > 0 && !(first === 2 && p[2] >= 10)) shown.push(p[first + 1]! + units[first + 1]!)
  return shown.join(' ')
}

const forms = new Map<string, Intl.DateTimeFormat>()

function form(zone: string): Intl.DateTimeFormat {
  let f = forms.get(zone)
  if (!f) {
    f = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit',
      hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
    })
    forms.set(zone, f)
  }
  return f
}

type Fields = Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', string>

function fields(millis: number, zone: string): Fields {
  const out = {} as Fields
  for (const p of form(zone).formatToParts(millis)) if (p.type !== 'literal') out[p.type as keyof Fields] = p.value
  return out
}

/**
 * An instant on the city's clock: the time of day, with the day in front when
 * it is not the day of `now`, and with the year when that differs, too.
 */
export function cityTime(at: string | number | undefined, zone: string, now?: number, seconds = false): string {
  const millis = typeof at === 'string' ? Date.parse(at) : at
  if (millis === undefined || Number.isNaN(millis)) return '—'
  const f = fields(millis, zone)
  const time = `${f.hour}:${f.minute}` + (seconds ? `:${f.second}` : '')
  const n = now === undefined ? undefined : fields(now, zone)
  if (n && n.year === f.year && n.month === f.month && n.day === f.day) return time
  if (n && n.year === f.year) return `${f.month}-${f.day} ${time}`
  return `${f.year}-${f.month}-${f.day} ${time}`
}

/** An instant as the value of an input of type datetime-local. */
export function toLocal(millis: number, zone: string): string {
  const f = fields(millis, zone)
  return `${f.year}-${f.month}-${f.day}T${f.hour}:${f.minute}`
}

/**
 * The instant of a datetime-local in a zone, or undefined if it is not one.
 * Of an hour that a zone has twice it is the first.
 */
export function fromLocal(text: string, zone: string): string | undefined {
  const m = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?/.exec(text)
  if (!m) return undefined
  const wall = Date.UTC(+m[1]!, +m[2]! - 1, +m[3]!, +m[4]!, +m[5]!, +(m[6] ?? 0))
  if (Number.isNaN(wall)) return undefined
  const offset = (millis: number) => {
    const f = fields(millis, zone)
    return Date.UTC(+f.year, +f.month - 1, +f.day, +f.hour, +f.minute, +f.second) - Math.floor(millis / 1000) * 1000
  }
  const before = wall - offset(wall - 86_400_000)
  const after = wall - offset(wall + 86_400_000)
  const fits = [before, after].find((t) => t + offset(t) === wall) ?? before
  return new Date(fits).toISOString()
}
