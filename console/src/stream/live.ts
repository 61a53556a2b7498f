import type { CaseBody } from '@/cases/types'
import { useCases } from '@/stores/cases'
import { useOpenCases } from '@/stores/opencases'
import { useCity } from '@/stores/city'
import { useClock } from '@/stores/clock'
import { useConnection } from '@/stores/connection'
import { useEntities } from '@/stores/entities'
import { useFeeds } from '@/stores/feeds'
import { useFigures } from '@/stores/figures'
import { useSession } from '@/stores/session'
import { useSituations } from '@/stores/situations'
import type { Mail } from './inbox'
import { Stream, type Standing } from './stream'
import { shareSession } from './tabs'

const figuresEvery = 10_000
const feedsEvery = 5_000
const soonest = 1_500 // figures are not read again sooner than this after a change

/**
 * Keeps the stores of this page as the city is: reads everything once, then
 * follows the stream, and reads again what a break has made doubtful. Figures
 * and feeds are asked for, since the server reckons them.
 */
export function follow(): { start(): Promise<void>; stop(): void } {
  const [session, city, clock, connection] = [useSession(), useCity(), useClock(), useConnection()]
  const openCases = useOpenCases()
  const [entities, situations, cases, figures, feeds] = [useEntities(), useSituations(), useCases(), useFigures(), useFeeds()]
  const timers: ReturnType<typeof setInterval>[] = []
  let figuresDue: ReturnType<typeof setTimeout> | undefined
  let broken = false
  let running = false
  let started = false // at least once

  const figuresSoon = (): void => {
    figuresDue ??= setTimeout(() => {
      figuresDue = undefined
      void figures.load()
    }, soonest)
  }

  function deliver(mail: Mail): void {
    if (!running) return // what one may see is not for who comes next
    if (mail.clock) clock.set(mail.clock.time, mail.clock.speed)
    if (mail.reset !== null) {
      void entities.load()
      cases.again()
    }
    if (mail.entities.size > 0) entities.take(mail.entities)
    if (mail.situations.size > 0) situations.take(mail.situations.values())
    for (const c of mail.cases.values()) cases.take(c as unknown as CaseBody)
    if (mail.situations.size + mail.cases.size > 0) figuresSoon()
  }

  function standing(now: Standing): void {
    connection.tell(now)
    if (now.state === 'refused') void session.check()
    if (now.state === 'lost' || now.state === 'stopped') {
      if (!broken) clock.hold() // what the city's time is now is not known
      broken = true
    } else if (now.state === 'live' && broken) {
      broken = false
      void refresh() // perhaps another run of the server, with other packs and feeds
    }
  }

  async function refresh(): Promise<void> {
    await Promise.allSettled([city.load(), clock.load(), figures.load(), feeds.load(), situations.load()])
    cases.again()
    if (entities.error) await entities.load() // a reading that the break cut off
  }

  const stream = new Stream({ url: '/api/v1/stream?suppressed=true', deliver, standing })
  connection.retryWith(stream.retry)
  shareSession()

  async function start(): Promise<void> {
    if (running) return
    running = true
    const before = started
    started = true
    stream.start()
    timers.push(setInterval(() => void (document.hidden || broken || figures.load()), figuresEvery))
    timers.push(setInterval(() => void (document.hidden || broken || feeds.load()), feedsEvery))
    await Promise.allSettled([city.load(), clock.load(), figures.load(), situations.load(), feeds.load(), before || openCases.load()])
    if (!running) return
    if (before) cases.again() // whoever shows cases has missed what happened since stop; the open cases are read by it too
    await entities.load()
  }

  function stop(): void {
    running = false
    stream.stop()
    stream.forget()
    timers.splice(0).forEach(clearInterval)
    clearTimeout(figuresDue)
    figuresDue = undefined
  }

  return { start, stop }
}
