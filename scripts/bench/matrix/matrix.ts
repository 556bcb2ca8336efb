import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { CalmRuns } from '../calm.ts'
import { pageWith, section } from './page.ts'
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
  /** A page made before, if there is one: it keeps the tables of questions that are not asked now. */
  readonly before: string
}

interface Asked {
  readonly calm: CalmRuns
  readonly runs: Row[][]
}

/** All questions in each run, run after run: a slow minute of the machine then touches them all. Returns the page. */
export async function matrixPage(options: MatrixOptions): Promise<string> {
  const asked = chosen(options)
  const results = new Map<Question, Asked>(asked.map(question => [question, { calm: new CalmRuns(), runs: [] }]))
  const begun = performance.now()
  for (let run = 0; run < options.runs; run++) {
    for (const [question, { calm, runs }] of results) {
      const rows: Row[] = []
      runs.push(rows)
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
      writeFileSync(options.page, pageOf(options, results))
    }
  }
  return pageOf(options, results)
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

function pageOf({ title, preface, questions, before }: MatrixOptions, results: ReadonlyMap<Question, Asked>): string {
  const sections = new Map<string, string>()
  for (const [question, { runs, calm }] of results)
    if (runs.length > 0) sections.set(question.title, section(question, runs, calm.summary()))
  const order = questions.map(question => question.title)
  return pageWith({ head: [`# ${title}`, ...preface].join('\n\n'), order, sections, before })
}

function tell(run: string, { name, columns }: Question, { labels, figures }: Row, sinceMs: number): void {
  const first = typeof figures === 'string' ? figures : columns.map(({ key, heading }) => shown(heading, figures[key]))
  const text = Array.isArray(first) ? first.filter(part => part !== '').join(', ') : first
  process.stderr.write(`[${(sinceMs / 1e3).toFixed(0)} s, ${run}] ${name}: ${labels.join(' / ')}: ${text}\n`)
}

function shown(heading: string, value: number | undefined): string {
  return value === undefined ? '' : `${heading.replace(/ \(.*\)/, '')} ${Number(value.toPrecision(3))}`
}
