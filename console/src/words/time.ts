import type { Language } from './texts'

const tags: Record<Language, string> = { zh: 'zh-CN', en: 'en-GB' }
const formats = new Map<string, Intl.DateTimeFormat>()

function format(language: Language, zone: string, parts: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${zone} ${JSON.stringify(parts)}`
  let f = formats.get(key)
  if (!f) {
    try {
      f = new Intl.DateTimeFormat(tags[language], { timeZone: zone, hourCycle: 'h23', ...parts })
    } catch {
      f = new Intl.DateTimeFormat(tags[language], { timeZone: 'UTC', hourCycle: 'h23', ...parts }) // a zone this browser does not know
    }
    formats.set(key, f)
  }
  return f
}

/** The tag under which Intl knows a language of the console. */
export const tagOf = (language: Language): string => tags[language]

const instant = (at: string | number): number => (typeof at === 'number' ? at : Date.parse(at))

/** 14:05:09 in the city's zone. */
export function clockTime(at: string | number, zone: string, language: Language): string {
  const t = instant(at)
  return Number.isFinite(t) && t !== 0 ? format(language, zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(t) : '--:--:--'
}

/** 14:05, with the day before it where that is not `today`'s. */
export function shortTime(at: string | number, zone: string, language: Language, today: number): string {
  const t = instant(at)
  if (!Number.isFinite(t)) return '—'
  const day: Intl.DateTimeFormatOptions = { month: 'numeric', day: 'numeric' }
  const time = format(language, zone, { hour: '2-digit', minute: '2-digit' }).format(t)
  const that = format(language, zone, day).format(t)
  return that === format(language, zone, day).format(today) ? time : `${that} ${time}`
}

/** The whole date and time. */
export function fullTime(at: string | number, zone: string, language: Language): string {
  const t = instant(at)
  if (!Number.isFinite(t)) return '—'
  return format(language, zone, { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(t)
}

/** 11月23日 星期一 / Mon 23 November. */
export function dayOf(at: number, zone: string, language: Language): string {
  if (!at) return ''
  const date = format(language, zone, { month: 'long', day: 'numeric' }).format(at)
  const weekday = format(language, zone, { weekday: language === 'zh' ? 'long' : 'short' }).format(at)
  return language === 'zh' ? `${date} ${weekday}` : `${weekday} ${date}`
}

/** How long something takes or took, in two units at most: 45秒, 3分, 2小时5分, 4天3小时. Never negative. */
export function duration(milliseconds: number, language: Language): string {
  const s = Math.max(0, Math.round(milliseconds / 1000))
  const units = language === 'zh' ? ['天', '小时', '分', '秒'] : [' d', ' h', ' min', ' s']
  const join = language === 'zh' ? '' : ' '
  if (s < 60) return `${s}${units[3]}`
  const [d, h, m] = [Math.floor(s / 86_400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60]
  if (d > 0) return `${d}${units[0]}${h ? `${join}${h}${units[1]}` : ''}`
  if (h > 0) return `${h}${units[1]}${m ? `${join}${m}${units[2]}` : ''}`
  return `${m}${units[2]}`
}
