import type { Language } from './texts'
import { tagOf } from './time'

/** A figure as people read it: whole numbers grouped, others with one digit. */
export function figure(value: number, language: Language): string {
  if (!Number.isFinite(value)) return '—'
  const digits = Number.isInteger(value) || Math.abs(value) >= 1000 ? 0 : 1
  return value.toLocaleString(tagOf(language), { maximumFractionDigits: digits, minimumFractionDigits: 0 })
}

/** A large count in little space: 9,876 then 1.2万 / 12.3k. */
export function brief(count: number, language: Language): string {
  if (Math.abs(count) < 10_000) return count.toLocaleString(tagOf(language))
  return count.toLocaleString(language === 'zh' ? 'zh-CN' : 'en', { notation: 'compact', maximumFractionDigits: 1 })
}
