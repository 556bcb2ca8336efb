import type { CommandSpec } from '../command.ts'
import { benchConsumeCommand } from './bench-consume.ts'
import { benchLatencyCommand } from './bench-latency.ts'
import { benchProduceCommand } from './bench-produce.ts'

export const benchCommand: CommandSpec = {
  name: 'bench',
  summary: 'measure how fast a cluster takes and gives records',
  subcommands: [benchProduceCommand, benchConsumeCommand, benchLatencyCommand],
}
