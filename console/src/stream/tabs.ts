import { onScopeDispose, watch } from 'vue'
import { useSession } from '@/stores/session'

interface Told {
  kind: 'in' | 'out'
  account: string
}

/**
 * Keeps what this page believes of who is signed in as it is in the whole
 * browser, whose pages share one cookie: they tell each other when somebody
 * signs in or out, and a page that comes to the front asks the server. Ends with
 * the scope that calls it.
 */
export function shareSession(): void {
  const session = useSession()
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('citybrain-session')
  if (channel) {
    watch(() => session.act, (act) => act && channel.postMessage({ ...act }), { flush: 'sync' })
    channel.onmessage = ({ data }: MessageEvent<Told>) => {
      // Who signs out means every page of theirs: nothing of it stays behind.
      if (data.kind === 'out' && data.account === session.account) session.leave()
      else void session.recheck()
    }
  }
  const front = (): void => {
    if (session.state !== 'signed-out') void session.recheck()
  }
  addEventListener('focus', front)
  onScopeDispose(() => {
    channel?.close()
    removeEventListener('focus', front)
  })
}
