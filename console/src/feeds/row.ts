/** A quarantined row taken apart, so that it can be corrected field by field. */
export interface Fields {
  form: 'csv' | 'json'
  names: string[]
  values: string[]
}

/** Cuts one line of CSV (RFC 4180); null if its quotes do not close. */
export function cutLine(line: string, comma = ','): string[] | null {
  const out: string[] = []
  let at = 0
  for (;;) {
    if (line[at] === '"') {
      let value = ''
      for (at++; ; at++) {
        if (at >= line.length) return null
        if (line[at] !== '"') value += line[at]
        else if (line[at + 1] === '"') value += line[++at]
        else break
      }
      at++
      if (at < line.length && line[at] !== comma) return null
      out.push(value)
    } else {
      const end = line.indexOf(comma, at)
      const stop = end < 0 ? line.length : end
      out.push(line.slice(at, stop))
      at = stop
    }
    if (at >= line.length) return out
    at++
    if (at === line.length) return [...out, '']
  }
}

function field(value: string, comma: string): string {
  return value.includes(comma) || /["\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

const commas = [',', ';', '\t', '|']

/**
 * The fields of a row: a CSV line below a line with its columns, or a flat JSON
 * object. Null for everything else, which is corrected as text.
 */
export function takeApart(raw: string): Fields | null {
  const text = raw.trim()
  if (text.startsWith('{')) {
    try {
      const o = JSON.parse(text) as Record<string, unknown>
      const values = Object.values(o)
      if (values.some((v) => typeof v === 'object' && v !== null)) return null
      return { form: 'json', names: Object.keys(o), values: values.map((v) => (typeof v === 'string' ? v : String(v))) }
    } catch {
      return null
    }
  }
  const lines = text.split(/\r?\n/)
  if (lines.length !== 2) return null
  const comma = commas.find((c) => lines[0]!.includes(c)) ?? ','
  const names = cutLine(lines[0]!, comma)
  const values = cutLine(lines[1]!, comma)
  if (!names || !values || names.length !== values.length) return null
  return { form: 'csv', names, values }
}

/** The row with other values, in the form that it had. A JSON value that was no text stays none where it can. */
export function putTogether(raw: string, fields: Fields): string {
  if (fields.form === 'csv') {
    const [head = ''] = raw.trim().split(/\r?\n/)
    const comma = commas.find((c) => head.includes(c)) ?? ','
    return `${head}\n${fields.values.map((v) => field(v, comma)).join(comma)}`
  }
  const before = JSON.parse(raw) as Record<string, unknown>
  const out: Record<string, unknown> = {}
  fields.names.forEach((name, i) => (out[name] = likeBefore(before[name], fields.values[i]!)))
  return JSON.stringify(out)
}

function likeBefore(before: unknown, text: string): unknown {
  if (String(before) === text) return before
  if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return Number(text)
  if (text === 'true' || text === 'false') return text === 'true'
  return text === 'null' ? null : text
}

/** The field that a reason speaks of: reasons begin with its name. */
export function faultyField(reason: string, names: readonly string[]): string | undefined {
  const head = reason.split(':')[0]!.trim().toLowerCase()
  return names.find((n) => n.toLowerCase() === head) ?? names.find((n) => n.length > 2 && reason.toLowerCase().includes(n.toLowerCase()))
}
