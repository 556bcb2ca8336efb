import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { section } from './page.ts'
import type { Context, Question, Row } from './question.ts'
import { questions } from './registry.ts'

export interface MatrixOptions {
  readonly directory: string
  readonly runs: number
  readonly seconds: number
  /** Names of questions; all of them by default. */
  readonly wanted: readonly string[] | undefined
  /** Stands over the tables: the machine. */
  readonly preface: string
  /** The page that is written anew after every question, so that a run that is cut short leaves what it has. */
  readonly page: string
}

/** All questions in each run, run after run: a slow minute of the machine then touches them all. Returns the page. */
export async function matrixPage(options: MatrixOptions): Promise<string> {
  const asked = chosen(options.wanted)
  const results = new Map<Question, Row[][]>(asked.map(question => [question, []]))
  const begun = performance.now()
  for (let run = 0; run < options.runs; run++) {
    for (const question of asked) {
      const rows: Row[] = []
      results.get(question)!.push(rows)
      const directory = mkdtempSync(path.join(options.directory, 'matrix-'))
      try {
        for await (const row of question.measure({ ...contextOf(options), directory })) {
          rows.push(row)
          tell(`run ${run + 1} of ${options.runs}`, question, row, performance.now() - begun)
        }
      } catch (error) {
        // The other tables are worth having all the same.
        rows.push({ labels: question.labels.map(() => '?'), figures: `failed: ${(error as Error).message}` })
        process.stderr.write(`${question.name}: ${(error as Error).stack}\n`)
      } finally {
        rmSync(directory, { recursive: true, force: true })
      }
      writeFileSync(options.page, pageOf(options.preface, results))
    }
  }
  return pageOf(options.preface, results)
}

function contextOf({ directory, seconds }: MatrixOptions): Context {
  return { directory, seconds, environment: process.env }
}

function chosen(wanted: readonly string[] | undefined): readonly Question[] {
  for (const name of wanted ?? [])
    if (!questions.some(question => question.name === name))
      throw new Error(`no question '${name}': there are ${questions.map(question => question.name).join(', ')}`)
  return questions.filter(({ name }) => wanted?.includes(name) ?? true)
}

function pageOf(preface: string, results: ReadonlyMap<Question, readonly (readonly Row[])[]>): string {
  const title = '# Benchmarks as a matrix'
  const about = `Made by \`npm run bench -- --only matrix --write\`. All figures of a row come from one run, ratios from the same run; a cell is the
median of the runs. Goals stand in brackets. Every cell starts a server with an empty directory, warms it for 0.3 s and measures it
for a second or so: long enough for ratios, too short for what shows after minutes.`
  const sections = Array.from(results, ([question, runs]) => (runs.length === 0 ? '' : section(question, runs)))
  return `${[title, about, preface, ...sections.filter(text => text !== '')].join('\n\n')}\n`
}

function tell(run: string, { name, columns }: Question, { labels, figures }: Row, sinceMs: number): void {
  const first = typeof figures === 'string' ? figures : columns.map(({ key, heading }) => shown(heading, figures[key]))
  const text = Array.isArray(first) ? first.filter(part => part !== '').join(', ') : first
  process.stderr.write(`[${(sinceMs / 1e3).toFixed(0)} s, ${run}] ${name}: ${labels.join(' / ')}: ${text}\n`)
}

function shown(heading: string, value: number | undefined): string {
  return value === undefined ? '' : `${heading.replace(/ \(.*\)/, '')} ${Number(value.toPrecision(3))}`
}
