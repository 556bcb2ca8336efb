import { expect, test } from 'vitest'
import { DeliveryReport } from '../../src/cli/delivery-report.ts'
import { Output } from '../../src/cli/output.ts'
import { RequestError } from '../../src/client/failures.ts'
import { simulatedEnv } from '../support/simulated-env.ts'
import { fakeIo } from './fake-io.ts'

function reportWith(): { report: DeliveryReport; said: () => string } {
  const io = fakeIo()
  return { report: new DeliveryReport(simulatedEnv(), new Output(io, () => {})), said: io.err }
}

const error = (what: string) => new RequestError(87, what)

test('without failures nothing is said, unless somebody wants to hear it', () => {
  const { report, said } = reportWith()
  report.delivered({ topic: 't', partition: 0, recordCount: 1, baseOffset: 5 })
  expect(report.finish()).toBe(true)
  expect(said()).toBe('')
  report.finish({ always: true })
  expect(said()).toBe('1 record was delivered\n')
})

test('failures are counted by their reason', () => {
  const { report, said } = reportWith()
  report.delivered({ topic: 't', partition: 0, recordCount: 7, baseOffset: 0 })
  for (const what of ['a', 'b', 'a']) report.failed({ error: error(what), recordCount: 2 })
  expect(report.finish()).toBe(false)
  expect(said()).toMatch(
    /4 records were not delivered: a: .*\n.*2 records were not delivered: b: .*\n7 records were delivered\n$/,
  )
})

test('however many reasons there are, memory is bounded and no record is forgotten', () => {
  const { report, said } = reportWith()
  for (let at = 0; at < 1_000; at++) report.failed({ error: error(`reason ${at}`), recordCount: 1 })
  report.finish()
  const counts = [...said().matchAll(/(\d+) records? w/g)].map(([, count]) => Number(count))
  expect(counts).toHaveLength(21)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1_000)
})

test('where the records went is told by partition, with offsets where they are known', () => {
  const { report, said } = reportWith()
  report.delivered({ topic: 't', partition: 10, recordCount: 1, baseOffset: -1 })
  report.delivered({ topic: 't', partition: 2, recordCount: 2, baseOffset: 8 })
  report.delivered({ topic: 't', partition: 2, recordCount: 3, baseOffset: 5 })
  report.places()
  expect(said()).toBe('t [2]: 5 records, offsets 5 to 9\nt [10]: 1 record\n')
})

test('after an abort nothing counts as delivered', () => {
  const { report, said } = reportWith()
  report.delivered({ topic: 't', partition: 0, recordCount: 7, baseOffset: 0 })
  report.aborted()
  report.finish({ always: true })
  expect(said()).toBe('the transaction was aborted: nothing was written\n')
})
