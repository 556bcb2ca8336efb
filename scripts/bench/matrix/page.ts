import { markdownTable, median } from '../table.ts'
import type { Figures, Question, Row } from './question.ts'

/** A section of the page: title, text, how often and how calmly it was measured, and the medians of the runs so far. */
export function section(question: Question, runs: readonly (readonly Row[])[], calm: string): string {
  const count = runs.length === 1 ? 'One run.' : `Medians of ${runs.length} runs.`
  return [`## ${question.title}`, question.text, `${count} ${calm}`.trim(), tableOf(question, runs)].join('\n\n')
}

const sectionMark = '\n\n## '

/** The page of these sections, by title; those that are missing are taken from the page `before`, where it has them. */
export function pageWith(options: {
  readonly head: string
  readonly order: readonly string[]
  readonly sections: ReadonlyMap<string, string>
  readonly before: string
}): string {
  const { head, order, sections, before } = options
  const kept = new Map(
    before
      .trimEnd()
      .split(sectionMark)
      .slice(1)
      .map(text => [text.slice(0, text.indexOf('\n')), `## ${text}`]),
  )
  const shown = order.map(title => sections.get(title) ?? kept.get(title)).filter(text => text !== undefined)
  return `${[head, ...shown].join('\n\n')}\n`
}

/** Each figure is the median over the runs that gave it; a row that none gave says why. */
export function tableOf(question: Question, runs: readonly (readonly Row[])[]): string {
  const header = [...question.labels, ...question.columns.map(({ heading }) => heading)]
  const rows = Map.groupBy(runs.flat(), ({ labels }) => labels.join('\n'))
  return markdownTable(
    header,
    Array.from(rows.values(), same => [
      ...same[0]!.labels,
      ...cells(
        question,
        same.map(({ figures }) => figures),
      ),
    ]),
  )
}

function cells({ columns }: Question, figures: readonly Figures[]): string[] {
  const measured = figures.filter(one => typeof one !== 'string')
  if (measured.length === 0) return [String(figures[0])]
  return columns.map(({ key, digits = 0 }) => {
    const values = measured.map(one => one[key]).filter(value => value !== undefined && Number.isFinite(value))
    return values.length === 0 ? '-' : median(values as number[]).toFixed(digits)
  })
}
