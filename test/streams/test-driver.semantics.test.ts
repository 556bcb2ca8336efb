import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { readCases } from '../../scripts/semantics/case.ts'
import { type Result, runCase } from '../../scripts/semantics/run-case.ts'

/** Cases of what Kafka Streams did, recorded outside of this project; and a few of our own for where they are missing. */
const shared = path.resolve(import.meta.dirname, '../../../shared/semantics')
const directories = [path.join(import.meta.dirname, 'cases'), ...(existsSync(shared) ? [shared] : [])]

async function failures(directory: string, crash: boolean): Promise<string[]> {
  const failed: string[] = []
  for (const { file, cases } of readCases(directory)) {
    for (const semantics of cases) {
      const result: Result = await runCase(semantics, { crash })
      const isStrict = result.kind === 'passed' && result.level === 'strict'
      if (!isStrict) failed.push(`${file} ${semantics.name}: ${JSON.stringify(result)}`)
    }
  }
  return failed
}

describe.each(directories)('the cases of %s', directory => {
  test('come out as in Kafka Streams, step by step', async () => {
    expect(await failures(directory, false)).toEqual([])
  })

  test('come out the same when all memory is lost after every record', async () => {
    expect(await failures(directory, true)).toEqual([])
  })
})

test('a case that comes out otherwise fails', async () => {
  const [file] = readCases(path.join(import.meta.dirname, 'cases'))
  const [first] = file!.cases
  const [step, ...others] = first!.steps
  const wrong = { ...first!, steps: [{ ...step!, out: [] }, ...others] }
  expect((await runCase(wrong, { crash: false })).kind).toBe('failed')
})
