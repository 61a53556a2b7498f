import type { CaseBody, Choice, Who } from '../src/cases/types.ts'

// A rough likeness of casework's table, enough to work on pages without a server.

interface Line {
  verb: Choice['verb']
  from: string[]
  to?: CaseBody['state']
  who: 'officer' | 'task' | 'lead' | 'involved'
  task?: string[] // states of the task that it is about
  needs?: Choice['needs']
  may?: Choice['may']
}

const open = ['reported', 'filed', 'dispatched', 'handling', 'handled', 'checked']
export const table: Line[] = [
  { verb: 'file', from: ['reported'], to: 'filed', who: 'officer', may: ['text'] },
  { verb: 'refuse', from: ['reported', 'filed'], to: 'closed', who: 'officer', needs: ['text'] },
  { verb: 'dispatch', from: ['filed'], to: 'dispatched', who: 'officer', needs: ['agency', 'assists', 'text'] },
  { verb: 'assist', from: ['dispatched', 'handling'], who: 'officer', needs: ['agency', 'text'] },
  { verb: 'withdraw', from: open.slice(1, 5), who: 'officer', task: ['waiting', 'handling'], needs: ['text'] },
  { verb: 'accept', from: open.slice(1, 5), who: 'task', task: ['waiting'], may: ['text'] },
  { verb: 'return', from: open.slice(1, 5), who: 'task', task: ['waiting', 'handling'], needs: ['text'] },
  { verb: 'finish', from: open.slice(1, 5), who: 'task', task: ['handling'], needs: ['text'] },
  { verb: 'redo', from: open.slice(1, 5), who: 'officer', task: ['done'], needs: ['text'] },
  { verb: 'check', from: ['handled'], to: 'checked', who: 'officer', may: ['text'] },
  { verb: 'reject', from: ['handled'], to: 'handling', who: 'officer', needs: ['text'] },
  { verb: 'close', from: ['checked'], to: 'closed', who: 'lead', may: ['text'] },
  { verb: 'reopen', from: ['closed'], to: 'handling', who: 'officer', needs: ['text'] },
  { verb: 'merge', from: open, to: 'closed', who: 'officer', needs: ['into'], may: ['text'] },
  { verb: 'note', from: open, who: 'involved', needs: ['text'] },
  { verb: 'attach', from: open, who: 'involved', needs: ['file'] },
]

export interface Holder {
  posts: { duty: string; agency: string }[]
}

export function openTask(c: CaseBody, agency?: string) {
  return c.tasks.find((t) => t.agency === agency && t.state !== 'returned' && t.state !== 'withdrawn')
}

const both = (zh: string, en: string) => ({ zh, en })
const STATE: Record<string, string> = { reported: '上报', filed: '立案', dispatched: '派遣', handling: '处置', handled: '处置完成', checked: '核查', closed: '结案' }

function whoOf(line: Line, c: CaseBody, agency?: string): Who[] {
  const lead = c.tasks.find((t) => t.lead && t.state !== 'returned')?.agency
  switch (line.who) {
    case 'officer':
      return [{ duty: 'duty-officer' }]
    case 'task':
      return [{ duty: 'dispatcher', agency }, { duty: 'handler', agency }]
    case 'lead':
      return lead ? [{ duty: 'dispatcher', agency: lead }] : []
    case 'involved':
      return [{ duty: 'duty-officer' }, ...c.tasks.map((t) => ({ duty: 'dispatcher', agency: t.agency }))]
  }
}

function judge(line: Line, c: CaseBody, actor: Holder, agency: string | undefined, name: (id: string) => { zh: string; en: string }): Choice {
  const who = whoOf(line, c, agency)
  const choice: Choice = { verb: line.verb, allowed: true, who, needs: line.needs ?? [], may: line.may ?? [], ...(agency ? { agency } : {}) }
  const no = (guard: string, zh: string, en: string): Choice => ({ ...choice, allowed: false, guard, text: both(zh, en) })
  if (!actor.posts.some((p) => who.some((w) => w.duty === p.duty && (!w.agency || w.agency === p.agency)))) return no('role', '你的岗位不能做这项操作', 'your posts do not allow this')
  if (!line.from.includes(c.state)) return no('state', `案件处于“${STATE[c.state]}”，这项操作要在“${line.from.map((s) => STATE[s]).join('、')}”时进行`, `the case is ${c.state}; this is done when it is ${line.from.join(', ')}`)
  const task = openTask(c, agency)
  if (line.task && !line.task.includes(task?.state ?? '')) return no('task', `${name(agency!).zh}的任务处于其他状态`, `the task of ${name(agency!).en} does not stand so`)
  const late = c.tasks.filter((t) => !t.lead && (t.state === 'waiting' || t.state === 'handling'))
  if ((line.verb === 'check' || line.verb === 'close' || (line.verb === 'finish' && task?.lead)) && late.length) {
    return no('assisting-open', `协办单位尚未完成：${late.map((t) => name(t.agency).zh).join('、')}`, `assisting agencies are not done: ${late.map((t) => name(t.agency).en).join(', ')}`)
  }
  return choice
}

/** What an actor can do with a case, and why not the rest. */
export function choices(c: CaseBody, actor: Holder, name: (id: string) => { zh: string; en: string }): Choice[] {
  return table.flatMap((line) => {
    if (!line.task) return [judge(line, c, actor, undefined, name)]
    return c.tasks.filter((t) => openTask(c, t.agency) === t && !(line.verb === 'redo' && t.lead)).map((t) => judge(line, c, actor, t.agency, name))
  })
}
