import { onScopeDispose, ref } from 'vue'
import { Refused, Unreachable } from '@/api/problem'
import { useWords } from '@/i18n'
import { useSession } from '@/stores/session'

/** Runs an attempt to sign in, and says in words why it failed; counts the seconds that the server asks to wait. */
export function useAttempt() {
  const { t, say } = useWords()
  const session = useSession()
  const busy = ref(false)
  const fault = ref('')
  const wait = ref(0)

  const count = (): void => void (wait.value = Math.max(0, Math.ceil((session.waitUntil - Date.now()) / 1000)))
  const timer = setInterval(count, 250)
  onScopeDispose(() => clearInterval(timer))

  function why(error: unknown): string {
    if (error instanceof Unreachable) return t('signin.away')
    if (!(error instanceof Refused)) return String(error)
    if (error.status === 401) return t('signin.wrong')
    if (error.status === 429) return ''
    const both = (error.problem as { reason?: { zh: string; en: string } }).reason
    return both ? say(both) : error.problem.detail || error.problem.title
  }

  /** True when the work was done. An attempt while one is under way, or before the wait is over, does nothing. */
  async function attempt(work: () => Promise<void>): Promise<boolean> {
    count()
    if (busy.value || wait.value > 0) return false
    busy.value = true
    fault.value = ''
    try {
      await work()
      return true
    } catch (error) {
      fault.value = why(error)
      count()
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, fault, wait, attempt }
}
