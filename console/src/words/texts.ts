/** A text in the languages of the console, as the interfaces write it. */
export interface Text {
  zh: string
  en: string
}

export type Language = 'zh' | 'en'

type Same<T> = { [K in keyof T]: T[K] extends string ? string : Same<T[K]> }

/** The texts of one page. That both languages have the same keys is checked by the compiler. */
export function texts<T extends object>(zh: T, en: Same<T>): { zh: T; en: Same<T> } {
  return { zh, en }
}
