import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { CalmRuns } from '../calm.ts'
import { section } from './page.ts'
import type { Context, Question, Row } from './question.ts'

export interface MatrixOptions {
  /** In the order of the page. */
  readonly questions: readonly Question[]
  readonly title: string
  readonly directory: string
  readonly runs: number
  readonly seconds: number
  /** Names of questions; all of them by default. */
  readonly wanted: readonly string[] | undefined
  /** Paragraphs over the tables: how they were made, the machine. */
  readonly preface: readonly string[]
  /** The page that is written anew after every question, so that a run that is cut short leaves what it has. */
  readonly page: string
}

/** All questions in each run, run after run: a slow minute of the machine then touches them all. Returns the page. */
export async function matrixPage(options: MatrixOptions): Promise<string> {
  const asked = chosen(options)
  const results = new Map<Question, Row[][]>(asked.map(question => [question, []]))
  const begun = performance.now()
  const calm = new CalmRuns()
  for (let run = 0; run < options.runs; run++) {
    for (const question of asked) {
      const rows: Row[] = []
      results.get(question)!.push(rows)
      const directory = mkdtempSync(path.join(options.directory, 'matrix-'))
      const clean = (): void => rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
      process.once('exit', clean)
      try {
        for await (const row of question.measure({ ...contextOf(options), calm, directory })) {
          rows.push(row)
          tell(`run ${run + 1} of ${options.runs}`, question, row, performance.now() - begun)
        }
      } catch (error) {
        // The other tables are worth having all the same.
        rows.push({ labels: question.labels.map(() => '?'), figures: `failed: ${(error as Error).message}` })
        process.stderr.write(`${question.name}: ${(error as Error).stack}\n`)
      } finally {
        clean()
        process.off('exit', clean)
      }
      writeFileSync(options.page, pageOf(options, results, calm))
    }
  }
  return pageOf(options, results, calm)
}

function contextOf({ directory, seconds }: MatrixOptions): Omit<Context, 'calm'> {
  return { directory, seconds, environment: process.env }
}

function chosen({ questions, wanted }: MatrixOptions): readonly Question[] {
  for (const name of wanted ?? [])
    if (!questions.some(question => question.name === name))
      throw new Error(`no question '${name}': there are ${questions.map(question => question.name).join(', ')}`)
  return questions.filter(({ name }) => wanted?.includes(name) ?? true)
}

function pageOf(
  { title, preface }: MatrixOptions,
  results: ReadonlyMap<Question, readonly (readonly Row[])[]>,
  calm: CalmRuns,
): string {
  const begun = [...results].filter(([, runs]) => runs.length > 0)
  return `${[`# ${title}`, ...preface, calm.summary(), ...begun.map(([question, runs]) => section(question, runs))].join('\n\n')}\n`
}

function tell(run: string, { name, columns }: Question, { labels, figures }: Row, sinceMs: number): void {
  const first = typeof figures === 'string' ? figures : columns.map(({ key, heading }) => shown(heading, figures[key]))
  const text = Array.isArray(first) ? first.filter(part => part !== '').join(', ') : first
  process.stderr.write(`[${(sinceMs / 1e3).toFixed(0)} s, ${run}] ${name}: ${labels.join(' / ')}: ${text}\n`)
}

function shown(heading: string, value: number | undefined): string {
  return value === undefined ? '' : `${heading.replace(/ \(.*\)/, '')} ${Number(value.toPrecision(3))}`
}
