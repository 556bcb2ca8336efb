import { systemEnv } from '../../../src/base/system-env.ts'
import type { Cluster } from '../../../src/client/cluster.ts'
import type { RunSource, Source } from '../../../src/tui/source.ts'
import { recordingLog } from '../../support/simulated-env.ts'
import { until } from '../../support/until.ts'

/** A source that a test has started, as the session does. */
export interface RunningSource<Data> {
  readonly emitted: readonly Data[]
  /** The first picture that is wanted, of those to come or those that were there; a failure of the source rejects. */
  when(isWanted: (data: Data) => boolean): Promise<Data>
  /** Ends the pause that the source is in. */
  hurry(): void
  /** Resolves when the source has ended. */
  stop(): Promise<void>
}

export function runningSource<Data>(run: RunSource, cluster: Cluster, question: Source): RunningSource<Data> {
  const controller = new AbortController()
  const emitted: Data[] = []
  const failures: unknown[] = []
  let hurry = (): void => {}
  const finished = run({
    env: systemEnv({ log: recordingLog() }),
    cluster,
    question,
    emit: data => void emitted.push(data as Data),
    signal: controller.signal,
    pause: () =>
      new Promise(resolve => {
        if (controller.signal.aborted) resolve()
        hurry = resolve
        controller.signal.addEventListener('abort', () => resolve())
      }),
  }).catch(error => void failures.push(error))
  return {
    emitted,
    async when(isWanted) {
      await until(() => failures.length > 0 || emitted.some(isWanted))
      if (failures.length > 0) throw failures[0]
      return emitted.find(isWanted)!
    },
    hurry: () => hurry(),
    async stop() {
      controller.abort()
      await finished
    },
  }
}
