import { cpSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { losses } from './disk-model.ts'
import type { Session } from './node/session.ts'
import { cutWal, walFrames } from './node/wal-cut.ts'

/** What goes wrong, and how a node is brought through it. */
export interface Kind {
  readonly name: string
  readonly doc: string
  /** The shim between node and disk; with its journal, where the power is to be cut. */
  readonly shim?: 'faults' | 'journal'
  readonly flags?: readonly string[]
  /** Changes of the source in one session of two. */
  readonly sometimes?: readonly string[]
  /** Does it to a node under load; leaves it running again. */
  readonly round: (session: Session) => Promise<void>
}

/** How long the clients work before it goes wrong, at most. */
const loadMs = 800
/** How long a node may go on with a disk that fails now and then. */
const enduranceMs = 2_000

export const kinds: readonly Kind[] = [
  {
    name: 'kill',
    doc: 'kill -9',
    round: async session => {
      await session.load(loadMs)
      await session.kill()
      await restart(session)
    },
  },
  {
    name: 'stop',
    doc: 'SIGSTOP for up to three seconds; every second time kill -9 before it goes on',
    round: async session => {
      const { dice, node } = session
      await session.load(loadMs)
      node.signal('SIGSTOP')
      await sleep(dice.between(200, 3_000))
      if (dice.percent(50)) {
        await session.kill()
        await restart(session)
      } else {
        node.signal('SIGCONT')
        await session.readEverything()
      }
    },
  },
  {
    name: 'wal-cut',
    doc: 'kill -9, and the WAL cut at a random byte behind the last acknowledged commit',
    sometimes: ['small-wal'],
    round: async session => {
      await session.load(loadMs)
      // What is acknowledged from now on, nobody hears.
      session.world.nodeEnding()
      session.world.deafen()
      const acknowledged = walFrames(session.data)
      await sleep(session.dice.between(0, 30))
      await session.node.kill()
      await session.ended({ deaf: true })
      const copy = session.newDirectory()
      cpSync(session.data, copy, { recursive: true })
      cutWal(copy, acknowledged, session.dice)
      session.moveTo(copy)
      await restart(session)
    },
  },
  {
    name: 'power',
    doc: 'the power is cut: unsynced writes are lost, torn and reordered; every second time after a kill -9 and a restart',
    shim: 'journal',
    sometimes: ['small-wal'],
    round: async session => {
      const { dice } = session
      session.control!.set({ syncDelayUs: dice.pick([50, 500, 3_000]) })
      await session.load(loadMs)
      await session.kill()
      if (dice.percent(50)) {
        await start(session)
        await session.load(dice.pick([20, 100, loadMs]))
        await session.kill()
      }
      await cutPower(session)
      await restart(session)
    },
  },
  {
    name: 'full-disk',
    doc: 'no space for files to grow (shim)',
    shim: 'faults',
    round: async session => {
      const { dice } = session
      const control = session.control!
      await session.load(loadMs / 2)
      control.set({ bytesLeft: dice.between(0, 300) * 1024 })
      await endure(session)
      // Every second time it has to start on a disk that is still full.
      if (dice.percent(50)) {
        control.set({ bytesLeft: dice.between(0, 10) * 1024 })
        await startOrRefuse(session)
      }
      control.set({ bytesLeft: -1 })
      await restart(session)
    },
  },
  {
    name: 'write-errors',
    doc: 'EIO on writes: all, or some of them (shim)',
    shim: 'faults',
    sometimes: ['small-wal'],
    round: session => failing(session, 'writeErrno'),
  },
  {
    name: 'read-errors',
    doc: 'EIO on reads: all, or some of them (shim)',
    shim: 'faults',
    sometimes: ['small-wal'],
    round: session => failing(session, 'readErrno'),
  },
  {
    name: 'sync-errors',
    doc: 'EIO on syncs, and then the power is cut: nothing that was not synced before is left for sure (shim)',
    shim: 'journal',
    sometimes: ['small-wal'],
    round: async session => {
      const { dice } = session
      const control = session.control!
      await session.load(loadMs / 2)
      control.set({ syncErrno: eio, chance: dice.pick([10_000, 3_000, 500]), files: dice.pick([0b111, 0b010, 0b001]) })
      await endure(session)
      control.set({ syncErrno: 0 })
      await cutPower(session)
      await restart(session)
    },
  },
  ...[1, 20].map(ms => ({
    name: `slow-sync-${ms}`,
    doc: `each sync takes ${ms} ms longer; kill -9 (shim)`,
    shim: 'faults' as const,
    round: async (session: Session) => {
      session.control!.set({ syncDelayUs: ms * 1_000 })
      await session.load(loadMs)
      await session.kill()
      await restart(session)
    },
  })),
]

const eio = 5

async function start(session: Session): Promise<void> {
  if (!(await session.start())) throw new Error(`the node does not start again: ${session.node.stderr}`)
}

/** Everything must be there again. */
async function restart(session: Session): Promise<void> {
  await start(session)
  await session.readEverything()
}

async function cutPower(session: Session): Promise<void> {
  const image = session.newDirectory()
  rmSync(image, { recursive: true })
  session.model.cutInto(image, session.dice, session.dice.pick(losses))
  session.moveTo(image)
}

/** The disk fails: the node ends, and says why, or it goes on and is killed after a while. */
async function endure(session: Session): Promise<void> {
  const { node } = session
  const isOver = await node.endsWithin(session.dice.between(enduranceMs / 4, enduranceMs))
  await (isOver ? session.endedByItself() : session.kill())
}

/** On a disk that fails a node may start, or say why not. */
async function startOrRefuse(session: Session): Promise<void> {
  await ((await session.start()) ? endure(session) : session.endedByItself())
}

async function failing(session: Session, field: 'writeErrno' | 'readErrno'): Promise<void> {
  const { dice } = session
  const control = session.control!
  await session.load(loadMs / 2)
  control.set({ chance: dice.pick([10_000, 1_000, 100]), files: dice.pick([0b111, 0b010, 0b001]), [field]: eio })
  await endure(session)
  if (dice.percent(50)) await startOrRefuse(session)
  control.set({ [field]: 0 })
  await restart(session)
}

/** For the help, and for those who name a kind. */
export function kindNamed(name: string): Kind | undefined {
  return kinds.find(kind => kind.name === name)
}
