import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The program that an environment variable names, or that PATH holds. Undefined if there is none; a variable that names
 * nothing that can be run is an error of whoever set it.
 */
export function findProgram(environment: Environment, variable: string, name: string): string | undefined {
  const given = environment[variable]
  if (given) {
    if (!isProgram(given)) throw new Error(`${variable}=${given} is no program that can be run`)
    return path.resolve(given)
  }
  const places = (environment.PATH ?? '').split(path.delimiter).filter(place => place !== '')
  return places.map(place => path.join(place, name)).find(isProgram)
}

/**
 * The Java class path of the Apache Kafka that KAFKA_HOME names: a distribution, with its jars in libs/, or a directory that
 * holds the jars of the broker themselves. Undefined without the variable.
 */
export function findKafka(environment: Environment): string | undefined {
  const home = environment.KAFKA_HOME
  if (!home) return undefined
  const folder = existsSync(path.join(home, 'libs')) ? path.join(home, 'libs') : home
  const jars = existsSync(folder) ? readdirSync(folder) : []
  if (!jars.some(jar => /^kafka_.*\.jar$/.test(jar)))
    throw new Error(`KAFKA_HOME=${home} holds no broker (kafka_*.jar)`)
  return path.join(path.resolve(folder), '*')
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
