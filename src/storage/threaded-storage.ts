import { MessageChannel, type Worker } from 'node:worker_threads'
import { spawnWorker } from '../base/threads.ts'
import type { OpenCheckpointer } from './checkpoint-worker.ts'
import { CommitPacker } from './commit-message.ts'
import { storageError } from './database.ts'
import { logReader, type RowSummary, type StoredRow } from './log-reader.ts'
import type { OpenReader, ReadAnswer, ReadRequest } from './reader-worker.ts'
import type { RowQuery } from './row-queries.ts'
import type { OpenedDatabase, Storage, StorageOptions } from './storage.ts'
import type { OpenWriter, WriterReport } from './storage-worker.ts'
import { GroupingQueue, stalled } from './write-queue.ts'

export interface StorageThreads {
  readonly writer: Worker
  readonly checkpointer: Worker
  readonly reader: Worker
}

/** Starts the threads; they wait for what `openThreaded` tells them. */
export function startThreads(): StorageThreads {
  return {
    writer: spawnWorker('storage-worker'),
    checkpointer: spawnWorker('checkpoint-worker'),
    reader: spawnWorker('reader-worker'),
  }
}

/** Storage whose connections live in threads: this one only forms groups and runs acknowledgements. */
export async function openThreaded(
  threads: StorageThreads,
  opened: OpenedDatabase,
  options: Pick<StorageOptions, 'env' | 'onFailure'>,
): Promise<Storage> {
  const { database, file, synchronous, state, start } = opened
  const { port1: checkpoints, port2: requests } = new MessageChannel()
  const openWriter: OpenWriter = { file, synchronous, start, checkpoints }
  const openCheckpointer: OpenCheckpointer = { file, synchronous, requests }
  const openReader: OpenReader = { file }
  threads.writer.postMessage(openWriter, [checkpoints])
  threads.checkpointer.postMessage(openCheckpointer, [requests])
  threads.reader.postMessage(openReader)
  await Promise.all(Object.values(threads).map(opening))
  // Only now: the last connection to close would make a checkpoint, and after a crash that is a long one.
  database.close()

  const packer = new CommitPacker()
  const queue = new GroupingQueue({
    clock: options.env.clock,
    port: { send: writes => threads.writer.postMessage(packer.pack(writes)) },
    onFailure: options.onFailure,
  })
  const fail = (error: unknown): void => queue.failed(storageError(error, 'cannot write to the log'))
  threads.writer.on('message', (report: WriterReport) => {
    if (report.kind === 'committed') queue.committed(report.groups)
    else if (report.kind === 'stalled') options.env.log.warn(stalled)
    else if (report.kind === 'failed') fail(Object.assign(new Error(report.error.message), { code: report.error.code }))
  })
  for (const thread of Object.values(threads)) thread.on('error', fail)
  return {
    state,
    writes: queue,
    reader: logReader(askReader(threads.reader)),
    close: () => closeThreads(threads, queue),
  }
}

/** Resolves when the thread has opened its connection. */
function opening(thread: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    thread.once('error', reject)
    thread.once('message', () => {
      thread.off('error', reject)
      resolve()
    })
  })
}

function askReader(reader: Worker): (query: RowQuery) => Promise<StoredRow[] | RowSummary[]> {
  const pending = new Map<number, PromiseWithResolvers<StoredRow[] | RowSummary[]>>()
  let lastId = 0
  reader.on('message', (answer: ReadAnswer) => {
    const asked = pending.get(answer.id)
    pending.delete(answer.id)
    if ('rows' in answer) asked?.resolve(answer.rows.map(asBuffer) as StoredRow[] | RowSummary[])
    else asked?.reject(Object.assign(new Error(answer.error.message), { code: answer.error.code }))
  })
  reader.on('exit', () => {
    for (const asked of pending.values()) asked.reject(new Error('the reader thread has ended'))
    pending.clear()
  })
  return query => {
    const id = ++lastId
    const asked = Promise.withResolvers<StoredRow[] | RowSummary[]>()
    pending.set(id, asked)
    const request: ReadRequest = { id, query }
    reader.postMessage(request)
    return asked.promise
  }
}

/** A message turns a Buffer into a plain Uint8Array over the same bytes. */
function asBuffer(row: StoredRow | RowSummary): StoredRow | RowSummary {
  if (!('data' in row)) return row
  return { ...row, data: Buffer.from(row.data.buffer, row.data.byteOffset, row.data.byteLength) }
}

async function closeThreads(threads: StorageThreads, queue: GroupingQueue): Promise<void> {
  try {
    await queue.close()
    // The writer goes last: its connection then empties the WAL and removes it.
    await ended(threads.reader)
    await ended(threads.checkpointer)
    await ended(threads.writer)
  } finally {
    await Promise.all(Object.values(threads).map(thread => thread.terminate()))
  }
}

function ended(thread: Worker): Promise<void> {
  return new Promise(resolve => {
    thread.once('exit', () => resolve())
    thread.postMessage('close')
  })
}
