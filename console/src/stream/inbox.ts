import type { ClockBody, EntityBody, SituationBody } from '@/api/types'
import type { Frame } from './frames'

/** What arrived since the last time it was taken; of every thing only the latest. */
export interface Mail {
  entities: Map<string, EntityBody | null> // null: deleted
  situations: Map<string, SituationBody>
  cases: Map<string, CaseChange>
  clock: ClockBody | null
  reset: string | null
}

/** A case as the stream states it; stores/cases knows the rest of its members. */
export interface CaseChange {
  id: string
  change: number
  [member: string]: unknown
}

const empty = (): Mail => ({ entities: new Map(), situations: new Map(), cases: new Map(), clock: null, reset: null })

/**
 * Gathers frames between two drawings of the page. It holds each entity,
 * situation and case at most once, so however long nobody takes from it (a tab
 * in the background) it grows no larger than the city.
 */
export class Inbox {
  private mail = empty()
  private filled = false

  get waiting(): boolean {
    return this.filled
  }

  /** Throws SyntaxError if the data is no JSON: the stream is then broken and must be read anew. */
  put(frame: Frame): void {
    switch (frame.event) {
      case 'entities': {
        const body = JSON.parse(frame.data) as { entities: EntityBody[]; deleted: string[] }
        for (const e of body.entities) this.mail.entities.set(e.id, e)
        for (const id of body.deleted) this.mail.entities.set(id, null)
        break
      }
      case 'situation': {
        const s = JSON.parse(frame.data) as SituationBody
        this.mail.situations.set(s.id, s)
        break
      }
      case 'case': {
        const c = JSON.parse(frame.data) as CaseChange
        this.mail.cases.set(c.id, c)
        break
      }
      case 'clock':
        this.mail.clock = JSON.parse(frame.data) as ClockBody
        break
      case 'reset':
        this.mail.entities.clear() // what comes after it is read again anyway
        this.mail.reset = (JSON.parse(frame.data) as { reason?: string }).reason ?? ''
        break
      default:
        return // an event of a later version
    }
    this.filled = true
  }

  take(): Mail {
    const mail = this.mail
    this.mail = empty()
    this.filled = false
    return mail
  }
}
