/** An error of the interfaces (RFC 9457), with this product's members. */
export interface Problem {
  type?: string
  title: string
  status: number
  detail?: string
  field?: string
  requestId?: string
  guard?: string
  who?: { duty?: string; agency?: string }[]
  changes?: unknown[]
}

/** The server answered, and refused. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title || `HTTP ${problem.status}`)
    this.name = 'Refused'
  }
  get status(): number {
    return this.problem.status
  }
}

/** There was no answer: the network, the server or a proxy is away. */
export class Unreachable extends Error {
  constructor(cause?: unknown) {
    super('unreachable', { cause })
    this.name = 'Unreachable'
  }
}

/** Whether trying again soon may help. */
export function passing(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Refused && (error.status === 429 || error.status >= 502))
}
