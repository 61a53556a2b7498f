import { createI18n, useI18n } from 'vue-i18n'
import { frame } from '@/frame/texts'
import { duty } from '@/duty/texts'
import { cases } from '@/cases/texts'
import { signin } from '@/signin/texts'
import { feeds } from '@/feeds/texts'
import { rules } from '@/rules/texts'
import { evidence } from '@/evidence/texts'
import { accounts } from '@/accounts/texts'
import type { Language, Text } from '@/words/texts'

// One catalogue per page folder; t('duty.vitals') is `vitals` in duty/texts.ts.
const catalogues = { frame, duty, cases, signin, feeds, rules, evidence, accounts }

function inLanguage(language: Language): Record<string, object> {
  return Object.fromEntries(Object.entries(catalogues).map(([page, both]) => [page, both[language]]))
}

export const i18n = createI18n({
  legacy: false,
  locale: 'zh',
  fallbackLocale: 'en',
  messages: { zh: inLanguage('zh'), en: inLanguage('en') } as Record<Language, never>,
})

/** The language now shown. */
export function language(): Language {
  return (i18n.global.locale as unknown as { value: Language }).value
}

/** Switches every text; who calls it also remembers it (stores/settings). */
export function setLanguage(to: Language): void {
  ;(i18n.global.locale as unknown as { value: Language }).value = to
  document.documentElement.lang = to === 'zh' ? 'zh-CN' : 'en'
}

/** `t` for keys of the catalogues, `say` for texts that the interfaces answer. */
export function useWords() {
  const i = useI18n()
  const { locale } = i
  // The catalogues are checked against each other (words/texts); a type of every key would only slow the compiler.
  const t = i.t as (key: string, words?: Record<string, unknown> | number) => string
  const say = (text: Text | undefined | null): string =>
    text ? (locale.value === 'en' ? text.en || text.zh : text.zh || text.en) : ''
  return { t, say, locale }
}
