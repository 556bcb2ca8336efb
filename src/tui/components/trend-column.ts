import { sparkline } from '../charts/sparkline.ts'
import type { Look } from '../line.ts'
import type { TableColumn } from './table.ts'

interface TrendRow {
  /** Values of the last samples, oldest first. */
  readonly history: readonly number[]
}

interface TrendOptions<Row> {
  readonly title?: string
  /** What the column is sorted by. */
  readonly value: (row: Row) => number | null
  readonly look?: (row: Row) => Look
  /** In characters, one for a sample. */
  readonly width?: number
  readonly rank: number
}

/** A column that draws how a value has changed. */
export function trendColumn<Row extends TrendRow>(options: TrendOptions<Row>): TableColumn<Row> {
  const { title = 'TREND', value, look = () => 'chart', width = 12, rank } = options
  return { title, value, text: row => sparkline(row.history, width), look, align: 'right', width, rank }
}
