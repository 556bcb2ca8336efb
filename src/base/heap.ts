import { setFlagsFromString } from 'node:v8'

/**
 * How much may come on top of what lives before V8 collects what does not, in per cent. By itself it lets a heap double: a
 * script that may hold 256 MiB of state took 930. With 30 it took 590, for no more processor time than could be measured.
 */
const growthPercent = 30

/** Keeps the heaps of all threads of this process close to what lives in them. */
export function boundHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`)
}

/** What bin/streamctl.js and the executable start with. */
const roomToStart = '--min-semi-space-size='

/**
 * Keeps V8's nursery at the size that the program started with. By itself it grows to 64 MB for who makes garbage all the
 * time. Where the program was started without room it stays free to grow: with the megabyte of its beginning V8 would do little
 * but collect.
 */
export function boundNursery(): void {
  if (process.execArgv.some(flag => flag.startsWith(roomToStart))) setFlagsFromString('--semi-space-growth-factor=1')
}

/** As V8 does it by itself, which it does when it starts: it takes nothing that was compiled under other flags. */
export function unboundNursery(): void {
  setFlagsFromString('--semi-space-growth-factor=2')
}
