type Say = (key: string, values?: Record<string, unknown>) => string

/** What is wrong with the text of a column, as mappings say it, and the word of it in the catalogue. */
const faults: readonly [RegExp, string][] = [
  [/^is not a number$/, 'number'],
  [/^is not a number of degrees$/, 'degrees'],
  [/^is not true or false$/, 'truth'],
  [/^is not one of the values of the mapping$/, 'value'],
  [/^is not a time in the format of its column$/, 'time'],
  [/^lies outside the years (?<from>\d+) to (?<to>\d+)$/, 'years'],
  [/^does not exist: the clocks of (?<zone>\S+) skip it$/, 'skipped'],
  [/^lies more than (?<ahead>\S+) ahead of the city's clock$/, 'ahead'],
]

/**
 * Why a row is in quarantine, in the language of the page: the reasons of
 * mappings and quality rules. One of another form stands as it came. `title` says
 * what an attribute is called.
 */
export function whyQuarantined(reason: string, t: Say, title: (attribute: string) => string): string {
  let m: RegExpExecArray | null
  if ((m = /^(\S+): quality rule (\S+): (.+) is not acceptable$/.exec(reason))) return t('feeds.why.rule', { attribute: title(m[1]!), rule: m[2], value: m[3] })
  if ((m = /^(.+): quality rule (\S+): no value$/.exec(reason))) return t('feeds.why.none', { attributes: m[1]!.split(', ').map(title).join(t('feeds.comma')), rule: m[2] })
  if ((m = /^row: has (\d+) columns, want (\d+)$/.exec(reason))) return t('feeds.why.columns', { n: m[1], want: m[2] })
  if (/^entity id: a column of .* has no value$/.test(reason)) return t('feeds.why.id')
  if ((m = /^(\S+): the time of the reading is missing$/.exec(reason))) return t('feeds.why.noTime', { column: m[1] })
  if ((m = /^(\S+): (\d+) of (\d+) positions are missing$/.exec(reason))) return t('feeds.why.positions', { attribute: title(m[1]!), n: m[2], all: m[3] })
  m = /^(?:(\S+): )?([^:"]+): "((?:[^"\\]|\\.)*)" (.+)$/.exec(reason)
  for (const [form, word] of m ? faults : []) {
    const found = form.exec(m![4]!)
    if (!found) continue
    const said = t(`feeds.why.fault.${word}`, found.groups)
    return t(m![1] ? 'feeds.why.attribute' : 'feeds.why.column', { attribute: m![1] && title(m![1]), column: m![2], text: m![3], fault: said })
  }
  return reason
}
