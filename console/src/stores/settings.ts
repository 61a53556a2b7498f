import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { setLanguage } from '@/i18n'
import type { Language } from '@/words/texts'

export type Theme = 'dark' | 'light'

const kept = (key: string): string | null => {
  try {
    return localStorage.getItem(`citybrain.${key}`)
  } catch {
    return null // storage may be forbidden; the defaults serve
  }
}
const keep = (key: string, value: string): void => {
  try {
    localStorage.setItem(`citybrain.${key}`, value)
  } catch {
    // see above
  }
}

/** What a person chose for this browser: language and theme. */
export const useSettings = defineStore('settings', () => {
  const language = ref<Language>(kept('language') === 'en' ? 'en' : 'zh')
  const theme = ref<Theme>(kept('theme') === 'light' ? 'light' : 'dark')
  const chosen = computed(() => kept('language') !== null)

  watch(language, setLanguage, { immediate: true })
  watch(theme, (t) => (document.documentElement.dataset['theme'] = t), { immediate: true })

  function speak(to: Language): void {
    language.value = to
    keep('language', to)
  }
  function wear(to: Theme): void {
    theme.value = to
    keep('theme', to)
  }
  return { language, theme, chosen, speak, wear }
})
