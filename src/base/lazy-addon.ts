import { createRequire } from 'node:module'

// The executable has another version of this file, which looks into the executable (scripts/package.ts).

const require = createRequire(import.meta.url)

/** An addon package whose loading waits until it is needed: each costs several milliseconds of the start. */
export function loadLazyAddon(name: 'snappy' | 'lz4-napi'): unknown {
  return require(name)
}
