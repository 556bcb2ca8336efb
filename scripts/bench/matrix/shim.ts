import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { buildShim, ShimControl, shimEnvironment } from '../../crash/shim.ts'
import { createTopics } from '../create-topic.ts'
import { startNode } from '../node-process.ts'
import type { Context } from './question.ts'
import type { Server } from './server.ts'

/** A disk of which syncs are counted and can be made slow. */
export interface Shim {
  readonly data: string
  readonly control: ShimControl
  readonly environment: NodeJS.ProcessEnv
}

/** Runs `use` with such a disk; the reason why not where there can be none. */
export async function withShim<T>(context: Context, use: (shim: Shim) => Promise<T>): Promise<T | string> {
  const work = mkdtempSync(path.join(context.directory, 'shim-'))
  try {
    const built = buildShim(work)
    if ('obstacle' in built) return `not here: ${built.obstacle}`
    const data = path.join(work, 'data')
    mkdirSync(data)
    const control = new ShimControl(path.join(work, 'control'))
    try {
      const environment = shimEnvironment({ library: built.library, data, control, journal: undefined })
      return await use({ data, control, environment })
    } finally {
      control.close()
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Our node on that disk, with one topic `load`. */
export async function withNodeOn<T>(
  { data, environment }: Shim,
  partitions: number,
  use: (server: Server) => Promise<T>,
): Promise<T> {
  const node = await startNode({ directory: data, durability: 'fsync', settings: {} }, environment)
  const server: Server = { pid: node.pid, host: node.host, port: node.port, node, close: () => node.close() }
  try {
    await createTopics(server, [{ name: 'load', partitions }])
    return await use(server)
  } finally {
    await server.close()
  }
}
