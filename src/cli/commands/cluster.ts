import type { CommandSpec } from '../command.ts'
import { clusterDescribeCommand } from './cluster-describe.ts'

export const clusterCommand: CommandSpec = {
  name: 'cluster',
  summary: 'show brokers, controller, versions and features',
  subcommands: [clusterDescribeCommand],
}
