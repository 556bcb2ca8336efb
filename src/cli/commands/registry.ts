import type { CommandSpec } from '../command.ts'
import { consumeCommand } from './consume.ts'
import { groupCommand } from './group.ts'
import { produceCommand } from './produce.ts'
import { tailCommand } from './tail.ts'
import { topicCommand } from './topic.ts'

/** Every command, in the order of the help. A new one: a file here, a line below. */
export const commands: readonly CommandSpec[] = [
  // serve: src/cli/commands/serve.ts goes here.
  produceCommand,
  consumeCommand,
  tailCommand,
  topicCommand,
  groupCommand,
]
