import type { CommandSpec } from '../command.ts'
import { backupCommand } from './backup.ts'
import { benchCommand } from './bench.ts'
import { checkCommand } from './check.ts'
import { clusterCommand } from './cluster.ts'
import { completeCommand } from './complete.ts'
import { completionCommand } from './completion.ts'
import { configCommand } from './config.ts'
import { consumeCommand } from './consume.ts'
import { copyCommand } from './copy.ts'
import { doctorCommand } from './doctor.ts'
import { exportCommand } from './export.ts'
import { groupCommand } from './group.ts'
import { importCommand } from './import.ts'
import { kcatCommand } from './kcat.ts'
import { produceCommand } from './produce.ts'
import { profileCommand } from './profile.ts'
import { replyCommand } from './reply.ts'
import { requestCommand } from './request.ts'
import { restoreCommand } from './restore.ts'
import { serveCommand } from './serve.ts'
import { tailCommand } from './tail.ts'
import { topicCommand } from './topic.ts'
import { txnCommand } from './txn.ts'

/** Every command, in the order of the help. A new one: a file here, a line below. */
export const commands: readonly CommandSpec[] = [
  serveCommand,
  produceCommand,
  consumeCommand,
  tailCommand,
  copyCommand,
  exportCommand,
  importCommand,
  requestCommand,
  replyCommand,
  topicCommand,
  groupCommand,
  txnCommand,
  configCommand,
  clusterCommand,
  checkCommand,
  doctorCommand,
  benchCommand,
  backupCommand,
  restoreCommand,
  profileCommand,
  kcatCommand,
  completionCommand,
  completeCommand,
]
