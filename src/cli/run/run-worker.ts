// A thread of a running script: loads the script for itself and shares nothing with the others.
import { parentPort, workerData } from 'node:worker_threads'
import { noMetrics, systemClock, systemRandom } from '../../base/system-env.ts'
import { LocalThread } from '../../streams/runtime/local-thread.ts'
import { openClusterWith } from '../options.ts'
import { prepareLayers } from '../profile/load-layers.ts'
import { loadScript } from '../script/load-script.ts'
import { plainError, type WorkerEvent, type WorkerRequest, type WorkerStart } from './worker-messages.ts'

const { script, settings, brokers, variables, directory } = workerData as WorkerStart

const tell = (event: WorkerEvent): void => parentPort!.postMessage(event)
const note = (text: string): void => tell({ kind: 'note', text })

const log = { debug: () => {}, info: () => {}, warn: note, error: note }
const env = { clock: systemClock, random: systemRandom, metrics: noMetrics, log }

async function run(): Promise<void> {
  const io = { variables, ...(directory !== undefined && { directory }) }
  await prepareLayers(io)
  const application = await loadScript(script)
  const cluster = openClusterWith({ env, io }, brokers)
  const thread = new LocalThread({
    ...settings,
    env,
    application,
    openCluster: () => cluster.sibling(),
    onNotice: note,
  })
  parentPort!.on('message', (request: WorkerRequest) => void obey(thread, request))
  await thread.run()
}

async function obey(thread: LocalThread, request: WorkerRequest): Promise<void> {
  if (request.kind === 'stop') {
    thread.stop()
    return
  }
  const { id } = request
  try {
    const value = await (request.kind === 'report' ? thread.report() : thread.answer(request.store, request.request))
    tell({ kind: 'reply', id, value })
  } catch (error) {
    tell({ kind: 'reply', id, failure: plainError(error) })
  }
}

// Timers of the environment do not keep a thread alive, and a port with a listener does.
parentPort!.on('message', () => {})
run().then(
  () => tell({ kind: 'ended' }),
  error => tell({ kind: 'ended', failure: plainError(error) }),
)
