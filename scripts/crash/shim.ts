import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'

/** The files of a data directory that the shim knows, by their ids in `shim.c`. */
export const shimFiles = ['streamctl.db', 'streamctl.db-wal', 'streamctl.db-journal', 'notes'] as const
/** What has the directory's own id: which files there are. */
export const directoryId = shimFiles.length

/** Compiles the shim into a directory. Returns the library, or why there is none. */
export function buildShim(directory: string): { readonly library: string } | { readonly obstacle: string } {
  if (process.platform !== 'linux') return { obstacle: 'LD_PRELOAD is for Linux' }
  const library = path.join(directory, 'shim.so')
  const source = path.join(import.meta.dirname, 'shim.c')
  const { status, error, stderr } = spawnSync(
    'cc',
    ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl', '-lpthread'],
    {
      encoding: 'utf8',
    },
  )
  if (error) return { obstacle: 'this machine has no C compiler (cc)' }
  if (status !== 0) throw new Error(`the shim does not compile:\n${stderr}`)
  return { library }
}

/** As the struct in `shim.c`: where each field is, and whether it has 64 bits. */
const fields = {
  syncDelayUs: { at: 0, wide: false },
  writeErrno: { at: 4, wide: false },
  readErrno: { at: 8, wide: false },
  syncErrno: { at: 12, wide: false },
  chance: { at: 16, wide: false },
  files: { at: 20, wide: false },
  failures: { at: 24, wide: false },
  lies: { at: 28, wide: false },
  bytesLeft: { at: 32, wide: true },
  entries: { at: 40, wide: true },
  walSyncs: { at: 48, wide: true },
} as const

export type ControlField = keyof typeof fields

const controlBytes = 4096

/** The page of fields that a process under the shim reads all the time. */
export class ShimControl {
  readonly file: string
  readonly #descriptor: number

  constructor(file: string) {
    this.file = file
    writeFileSync(file, Buffer.alloc(controlBytes))
    this.#descriptor = openSync(file, 'r+')
    this.set({ bytesLeft: -1, chance: 10_000, files: 0b111 })
  }

  set(values: Partial<Record<ControlField, number>>): void {
    for (const [name, value] of Object.entries(values) as [ControlField, number][]) {
      const { at, wide } = fields[name]
      const bytes = Buffer.alloc(wide ? 8 : 4)
      if (wide) bytes.writeBigInt64LE(BigInt(value))
      else bytes.writeInt32LE(value)
      writeSync(this.#descriptor, bytes, 0, bytes.length, at)
    }
  }

  get(name: ControlField): number {
    const { at, wide } = fields[name]
    const bytes = Buffer.alloc(8)
    readSync(this.#descriptor, bytes, 0, 8, at)
    return wide ? Number(bytes.readBigInt64LE()) : bytes.readInt32LE()
  }

  close(): void {
    closeSync(this.#descriptor)
    rmSync(this.file)
  }
}

/** The environment of a process whose database is in `data`. Without a journal, what it writes is as durable as ever. */
export function shimEnvironment(options: {
  readonly library: string
  readonly data: string
  readonly control: ShimControl
  readonly journal: string | undefined
}): NodeJS.ProcessEnv {
  const { library, data, control, journal } = options
  return {
    LD_PRELOAD: library,
    SHIM_DATA: data,
    SHIM_CONTROL: control.file,
    ...(journal === undefined ? {} : { SHIM_JOURNAL: journal }),
    // Reads and writes that go through a ring are no calls that could be intercepted.
    UV_USE_IO_URING: '0',
  }
}
