import { PassThrough, Writable } from 'node:stream'
import type { ProgramIo } from '../../src/cli/command.ts'
import { simulatedEnv } from '../support/simulated-env.ts'

export interface FakeIo extends ProgramIo {
  readonly stdin: PassThrough & { isTTY?: boolean }
  out(): string
  outBytes(): Buffer
  err(): string
  signal(name: 'SIGINT' | 'SIGTERM'): void
}

/** A world for a program: what it writes is kept, what it reads is given. */
export function fakeIo(
  options: { variables?: Record<string, string>; terminal?: boolean; env?: ProgramIo['env'] } = {},
): FakeIo {
  const out = collector(options.terminal)
  const err = collector(options.terminal)
  const handlers = new Map<string, (() => void)[]>()
  return {
    env: options.env ?? simulatedEnv(),
    stdin: new PassThrough(),
    stdout: out.stream,
    stderr: err.stream,
    variables: options.variables ?? {},
    version: '1.2.3',
    onSignal: (name, handler) => {
      handlers.set(name, [...(handlers.get(name) ?? []), handler])
      return () => handlers.delete(name)
    },
    out: () => out.bytes().toString(),
    outBytes: out.bytes,
    err: () => err.bytes().toString(),
    signal: name => handlers.get(name)?.forEach(handler => void handler()),
  }
}

function collector(isTTY = false): { stream: Writable & { isTTY: boolean }; bytes: () => Buffer } {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      // The writer may use its buffer again once this is done.
      chunks.push(Buffer.from(chunk))
      done()
    },
  })
  return { stream: Object.assign(stream, { isTTY }), bytes: () => Buffer.concat(chunks) }
}
