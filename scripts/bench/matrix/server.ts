import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { createTopics } from '../create-topic.ts'
import { type NodeProcess, startNode } from '../node-process.ts'
import { findKafka, findProgram } from '../peers/find.ts'
import { startKafka } from '../peers/kafka.ts'
import { freePort, startPeer } from '../peers/peer-process.ts'
import type { Context, Figures } from './question.ts'
import { untilServed } from './until-served.ts'

/** A server that speaks the Kafka protocol: all of them get the same bytes from the same load generators. */
export interface Server {
  readonly pid: number
  readonly host: string
  readonly port: number
  /** Ours only: it tells about its event loop. */
  readonly node?: NodeProcess
  /** How long it has to be under load before it is as fast as it will be, ms; `warmMs` of load.ts without it. */
  readonly warmMs?: number
  close(): Promise<void>
}

/** What an acknowledged record survives. */
export type Promised = 'on disk' | 'page cache' | 'on disk within 1 s'

export interface ServerKind {
  readonly name: string
  readonly promised: Promised
  /** Starts it in an empty directory. Returns why not, where it cannot be had. */
  start(directory: string, environment: NodeJS.ProcessEnv): Promise<Server | string>
}

const ours = (durability: 'fsync' | 'os'): ServerKind => ({
  name: `streamctl, ${durability}`,
  promised: durability === 'fsync' ? 'on disk' : 'page cache',
  async start(directory) {
    const node = await startNode({ directory, durability, settings: {} })
    return { pid: node.pid, host: node.host, port: node.port, node, close: () => node.close() }
  },
})

/** A Java program has to compile itself first: without this it would be measured at a fraction of its speed. */
const javaWarmMs = 6000

const kafka = (name: string, promised: Promised, flushMessages: number | undefined): ServerKind => ({
  name,
  promised,
  async start(directory, environment) {
    const classPath = findKafka(environment)
    if (classPath === undefined) return 'not here: KAFKA_HOME is not set'
    const server = await startKafka({ classPath, directory, flushMessages })
    return { ...server, warmMs: javaWarmMs }
  },
})

export const oursDurable = ours('fsync')
export const oursCached = ours('os')
export const kafkaDefault = kafka('Apache Kafka, default', 'page cache', undefined)
export const kafkaFlushed = kafka('Apache Kafka, flush.messages=1', 'on disk', 1)

export const klite: ServerKind = {
  name: 'klite',
  promised: 'on disk',
  async start(directory, environment) {
    const program = findProgram(environment, 'KLITE', 'klite')
    if (program === undefined) return 'not here: neither KLITE nor PATH has it'
    const port = await freePort()
    const listen = `127.0.0.1:${port}`
    return startPeer([program, '--listen', listen, '--data-dir', directory, '--log-level', 'error'], port)
  },
}

/** Ours first, so that the others can be set against it. */
export const kafkaServers: readonly ServerKind[] = [oursDurable, oursCached, kafkaDefault, kafkaFlushed, klite]

/**
 * Starts a server with the topics given, measures, ends it, and deletes what it wrote. A server that fails gives a row that
 * says so: the comparison goes on without it. Ours must not fail.
 */
export async function withServer(
  kind: ServerKind,
  context: Context,
  topics: readonly { readonly name: string; readonly partitions: number }[],
  measure: (server: Server) => Promise<Figures>,
): Promise<Figures> {
  const directory = path.join(mkdtempSync(path.join(context.directory, 'server-')), 'data')
  mkdirSync(directory)
  try {
    const server = await kind.start(directory, context.environment)
    if (typeof server === 'string') return server
    try {
      await createTopics(server, topics)
      await untilServed(server, topics)
      return await measure(server)
    } finally {
      await server.close()
    }
  } catch (error) {
    if (kind === oursDurable || kind === oursCached) throw error
    return `failed: ${(error as Error).message}`
  } finally {
    rmSync(path.dirname(directory), { recursive: true, force: true })
  }
}
