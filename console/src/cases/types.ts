import type { components, operations } from '@/api/schema'
import type { Text } from '@/words/texts'

type Schemas = components['schemas']

export type CaseBody = Schemas['Case']
export type Task = Schemas['Task']
export type CaseFile = Schemas['File']
export type SituationNote = Schemas['SituationNote']
export type Move = Schemas['Move']
export type Who = Schemas['Who']
export type Choice = Schemas['Choice']
export type CaseDetail = Schemas['CaseDetail']
export type CaseListBody = Schemas['CaseList']
export type MoveRequest = Schemas['MoveRequest']
export type NewCase = Schemas['NewCaseRequest']
export type Verification = Schemas['Verification']
export type VerifiedMove = Schemas['VerifiedMove']
export type LedgerBody = Schemas['Ledger']

export type CaseState = CaseBody['state']
export type Severity = CaseBody['severity']
export type View = NonNullable<CaseFile['view']>

export const STATES: readonly CaseState[] = ['reported', 'filed', 'dispatched', 'handling', 'handled', 'checked', 'closed']
export const SEVERITIES: readonly Severity[] = ['minor', 'moderate', 'major', 'critical']
export const VIEWS: readonly View[] = ['near', 'far', 'reference', 'before', 'after']

/** What the server says to a person: in both languages, or as it stands. */
export type Said = string | Text

type Parameters = NonNullable<operations['list-cases']['parameters']['query']>

/** What a page of cases is asked for, lists as the text of their members; an absent member does not filter. */
export type CaseQuery = { [K in keyof Parameters]?: Parameters[K] extends boolean | number | undefined ? Parameters[K] : string }

export interface UploadFields {
  version: number
  name: string
  view?: View
  lon?: number
  lat?: number
  takenAt?: string
  note?: string
}
