import type { Dice } from './dice.ts'
import type { Scheduler } from './scheduler.ts'
import type { World } from './world.ts'

interface Trouble {
  readonly name: string
  /** How often, compared with the others. */
  readonly weight: number
  readonly happen: (context: TroubleContext) => void | Promise<void>
}

interface TroubleContext {
  readonly world: World
  readonly scheduler: Scheduler
  readonly dice: Dice
}

const everyMs = 120

const troubles: readonly Trouble[] = [
  { name: 'a connection is cut', weight: 12, happen: ({ world, dice }) => world.cutOne(dice) },
  {
    name: 'all connections are cut',
    weight: 1,
    happen: ({ world, dice }) => {
      for (let count = 0; count < 20; count++) world.cutOne(dice)
    },
  },
  { name: 'the node crashes', weight: 6, happen: ({ world }) => world.node.crash() },
  { name: 'the node is stopped', weight: 1, happen: ({ world }) => world.node.stop() },
  { name: 'the disk fails', weight: 1, happen: ({ world }) => world.node.failDisk() },
  {
    name: 'the machine freezes',
    weight: 1,
    happen: ({ scheduler, dice }) => scheduler.freeze(dice.pick([100, 1_000, 5_000])),
  },
  {
    name: 'the clock is set',
    weight: 2,
    happen: ({ world, dice }) => world.node.setClock(dice.between(-10 * 60_000, 10 * 60_000)),
  },
]

const asOftenAsTheyCome = troubles.flatMap(trouble => Array.from({ length: trouble.weight }, () => trouble))

/** Brings trouble, one after the other, until everybody is asked to come to an end. */
export async function nemesis(context: TroubleContext): Promise<void> {
  const { world, dice } = context
  while (!world.isStopping) {
    await world.sleep(dice.delayMs(everyMs))
    const trouble = dice.pick(asOftenAsTheyCome)
    world.history.note(trouble.name)
    await trouble.happen(context)
  }
}
