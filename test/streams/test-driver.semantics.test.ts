import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { readCases } from '../../scripts/semantics/case.ts'
import { type Result, type RunOptions, runCase } from '../../scripts/semantics/run-case.ts'

/** Cases of what Kafka Streams did, recorded outside of this project; and a few of our own for where they are missing. */
const shared = path.resolve(import.meta.dirname, '../../../shared/semantics')
const directories = [path.join(import.meta.dirname, 'cases'), ...(existsSync(shared) ? [shared] : [])]

async function failures(directory: string, options: RunOptions & { inFiles?: boolean }): Promise<string[]> {
  const failed: string[] = []
  const states = mkdtempSync(path.join(tmpdir(), 'streamctl-semantics-'))
  let number = 0
  for (const { file, cases } of readCases(directory)) {
    for (const semantics of cases) {
      const result: Result = await runCase(semantics, {
        crash: options.crash,
        ...(options.inFiles && { stateFile: path.join(states, `${number++}.db`) }),
      })
      const isStrict = result.kind === 'passed' && result.level === 'strict'
      if (!isStrict) failed.push(`${file} ${semantics.name}: ${JSON.stringify(result)}`)
    }
  }
  rmSync(states, { recursive: true })
  return failed
}

test('our own cases come out the same out of files that are closed and opened after every record', async () => {
  expect(await failures(directories[0]!, { crash: true, inFiles: true })).toEqual([])
})

describe.each(directories)('the cases of %s', directory => {
  test('come out as in Kafka Streams, step by step', async () => {
    expect(await failures(directory, { crash: false })).toEqual([])
  })

  test('come out the same when all memory is lost after every record', async () => {
    expect(await failures(directory, { crash: true })).toEqual([])
  })
})

test('a case that comes out otherwise fails', async () => {
  const [file] = readCases(path.join(import.meta.dirname, 'cases'))
  const [first] = file!.cases
  const [step, ...others] = first!.steps
  const wrong = { ...first!, steps: [{ ...step!, out: [] }, ...others] }
  expect((await runCase(wrong, { crash: false })).kind).toBe('failed')
})
