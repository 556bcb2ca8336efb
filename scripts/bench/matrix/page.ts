import { markdownTable, median } from '../table.ts'
import type { Figures, Question, Row } from './question.ts'

/** A section of the page: title, text, and the medians of the runs so far. */
export function section(question: Question, runs: readonly (readonly Row[])[]): string {
  return [`## ${question.title}`, question.text, tableOf(question, runs)].join('\n\n')
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
