import { existsSync } from 'node:fs'
import path from 'node:path'
import { root } from '../../bundle.ts'
import { findProgram } from '../peers/find.ts'

/** How each program is told to do the same. `broker` is HOST:PORT. */
export interface PipeProgram {
  readonly name: string
  readonly isOurs: boolean
  /** Each line of a file is a record: idempotent, acks=all, no compression. */
  produce(broker: string, topic: string, file: string): readonly string[]
  /** Everything from the start to the end, each value and a newline. */
  consume(broker: string, topic: string): readonly string[]
  /** The first record, and no more. */
  first(broker: string, topic: string): readonly string[]
}

/** kcat first, so that the others can be set against it; those that are not here are missing. */
export function pipePrograms(environment: NodeJS.ProcessEnv): readonly PipeProgram[] {
  const kcat = findProgram(environment, 'KCAT', 'kcat')
  const executable = path.join(root, 'build', 'streamctl')
  const built = [path.join(root, 'node_modules', '.bin', 'node'), path.join(root, 'dist', 'main.js')]
  return [
    ...(kcat ? [kcatProgram(kcat)] : []),
    ...(existsSync(built[1]!) ? [ours('streamctl, dist/ under Node 26', built)] : []),
    ...(existsSync(executable) ? [ours('streamctl, executable', [executable])] : []),
  ]
}

function kcatProgram(kcat: string): PipeProgram {
  const at = (broker: string, topic: string): string[] => ['-b', broker, '-t', topic]
  return {
    name: 'kcat',
    isOurs: false,
    produce: (broker, topic, file) => {
      const settings = ['-X', 'acks=all', '-X', 'enable.idempotence=true']
      return [kcat, '-P', ...at(broker, topic), ...settings, '-l', file]
    },
    consume: (broker, topic) => [kcat, '-C', ...at(broker, topic), '-o', 'beginning', '-e', '-q', '-f', '%s\\n'],
    first: (broker, topic) => [kcat, '-C', ...at(broker, topic), '-o', 'beginning', '-c', '1', '-q', '-u'],
  }
}

function ours(name: string, command: readonly string[]): PipeProgram {
  return {
    name,
    isOurs: true,
    produce: (broker, topic, file) => [...command, 'produce', topic, '-l', file, '-b', broker, '--quiet'],
    consume: (broker, topic) => [
      ...[...command, 'consume', topic, '-b', broker, '-o', 'start'],
      ...['-e', '--quiet', '-f', '%v\\n'],
    ],
    first: (broker, topic) => [...command, 'consume', topic, '-b', broker, '-o', 'start', '-n', '1', '--quiet'],
  }
}
