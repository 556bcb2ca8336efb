import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { OperatorError } from '../../base/errors.ts'
import { scriptPlace } from '../script-place.ts'
import type { TestDriver } from '../test-driver.ts'
import type { AnyTopic } from '../types.ts'
import { type FixtureRecord, readFixture } from './fixture.ts'

/**
 * Pipes the records of a fixture into a topology, in the order of the file: bytes, timestamps and headers as they were
 * captured. A fixture of one topic goes to the one topic that is given, whatever it was called; of several topics each record
 * goes to the topic of its name, and those that are not given are left out. Answers how many records went in.
 *
 * @param file as text: relative to the script that calls this
 */
export async function replay(
  driver: TestDriver,
  topics: AnyTopic | readonly AnyTopic[],
  file: string | URL,
): Promise<number> {
  const given = 'name' in topics ? [topics] : topics
  const records = readFixture(pathOf(file, new Error('called from')))
  const names = new Set(records.map(({ topic }) => topic))
  const only = given.length === 1 && names.size <= 1 ? given[0] : undefined
  const topicOf = ({ topic }: FixtureRecord): AnyTopic | undefined => only ?? given.find(({ name }) => name === topic)
  let count = 0
  for (const record of records) {
    const topic = topicOf(record)
    if (!topic) continue
    driver.pipeBytes(topic.name, record)
    count++
  }
  if (count > 0 || records.length === 0) return count
  throw new OperatorError(`nothing in ${String(file)} is of ${given.map(({ name }) => name).join(', ')}`, {
    hint: `it has records of ${[...names].map(name => name ?? 'no topic').join(', ')}`,
  })
}

function pathOf(file: string | URL, here: Error): string {
  if (typeof file !== 'string') return fileURLToPath(file)
  if (path.isAbsolute(file)) return file
  const caller = scriptPlace(here)
  return caller ? path.join(path.dirname(caller.file), file) : path.resolve(file)
}
