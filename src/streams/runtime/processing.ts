import type { Clock } from '../../base/env.ts'
import type { Application } from '../topology/application.ts'
import type { DeadLetters } from './dead-letter.ts'
import { type FailedProcessing, isSuspect, processRecord, type Suspect, suspectAfter } from './failed-processing.ts'
import type { PartitionInput } from './partition-input.ts'
import { scriptError } from './script-error.ts'
import type { StreamTask } from './stream-task.ts'
import type { TaskSet } from './task-set.ts'
import type { ThreadTransaction } from './transaction.ts'

/** A thread processes for so long before it looks at its connections. */
const sliceMs = 8
const recordsPerTurn = 64
/** A record with which the script throws gets another chance, alone in its transaction: after that, it is the record. */
const attemptsMax = 2

export interface ProcessingOptions {
  readonly clock: Clock
  readonly application: Application
  readonly tasks: TaskSet
  readonly transaction: ThreadTransaction
  readonly deadLetters: DeadLetters
}

/** Has the tasks of a thread process, in turns, and finds out which record it is with which the script throws. */
export class Processing {
  readonly #options: ProcessingOptions
  #suspect: Suspect | undefined

  constructor(options: ProcessingOptions) {
    this.#options = options
  }

  /** The script threw with that record: it will be tried again, alone. */
  failed(failure: FailedProcessing): void {
    this.#suspect = suspectAfter(this.#suspect, failure)
  }

  /** Processes for a slice of time. Answers how many records. Throws `FailedProcessing`, or what ends the script. */
  async slice(): Promise<number> {
    const { clock, tasks, transaction } = this.#options
    const untilMs = clock.monotonic() + sliceMs
    let processed = 0
    for (;;) {
      let inThisPass = 0
      for (const task of tasks.running.values()) inThisPass += await this.#turnOf(task)
      processed += inThisPass
      if (inThisPass === 0 || clock.monotonic() >= untilMs) return processed
      if (transaction.isFull) await transaction.room()
    }
  }

  async #turnOf(task: StreamTask): Promise<number> {
    const { transaction } = this.#options
    let count = 0
    while (count < recordsPerTurn) {
      if (!transaction.isOpen) {
        if (!task.hasInput) break
        await transaction.begin()
      }
      const input = task.due()
      if (input === undefined) break
      if (this.#suspect && isSuspect(this.#suspect, input)) {
        await this.#processAlone(task, input, this.#suspect)
        return count + 1
      }
      processRecord(task, input)
      count++
    }
    return count
  }

  /** The suspect gets a transaction of its own, so that giving that up gives up nothing else. */
  async #processAlone(task: StreamTask, input: PartitionInput, suspect: Suspect): Promise<void> {
    const { tasks, transaction, application, deadLetters } = this.#options
    await transaction.commit([...tasks.running.values()])
    await transaction.begin()
    const { onError = 'fail' } = application.options
    if (suspect.attempts < attemptsMax) processRecord(task, input)
    else if (onError === 'fail') throw scriptError(suspect.error, suspect)
    else {
      deadLetters.write(onError.deadLetter, suspect.error, input, input.raw!)
      task.skip(input)
    }
    await transaction.commit([...tasks.running.values()])
    this.#suspect = undefined
  }
}
