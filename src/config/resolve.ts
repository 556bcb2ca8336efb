import { readFileSync } from 'node:fs'
import { OperatorError } from '../base/errors.ts'
import { type BrokerSettingName, brokerSettings, connectionsFault } from './broker-settings.ts'
import { Configuration } from './configuration.ts'
import { groupFault } from './group-settings.ts'
import { InvalidSetting } from './kinds.ts'
import { nearest } from './nearest.ts'
import { nodeFacts } from './node-facts.ts'
import { type Property, parseProperties } from './properties.ts'
import { topicSettings } from './topic-settings.ts'
import { whyUnserved } from './unserved-settings.ts'

/** A file in Java-properties form. The path is for messages. */
export interface ConfigurationFile {
  readonly path: string
  readonly text: string
}

export interface SettingSources {
  readonly file?: ConfigurationFile
  /** Environment variables, of which STREAMCTL_LOG_RETENTION_MS means `log.retention.ms`. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** What the command line says. */
  readonly flags?: Readonly<Record<string, string>>
}

/** What the operator set, before the node starts: valid text for each name. */
export type ConfigSnapshot = ReadonlyMap<BrokerSettingName, string>

/** Reads the file that `--config` names. Throws `OperatorError`. */
export function readConfigurationFile(path: string): ConfigurationFile {
  try {
    return { path, text: readFileSync(path, 'utf8') }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new OperatorError(`cannot read the settings in ${path}: ${reason}`, { cause: error })
  }
}

/** The configuration of a node that starts with these settings. Throws as `resolveSettings`. */
export function resolveConfiguration(sources: SettingSources): Configuration {
  const configuration = new Configuration(resolveSettings(sources))
  const fault = groupFault(configuration.groupSettings(new Map()), configuration.broker)
  if (fault !== undefined) throw new OperatorError(`the defaults of groups do not fit together: ${fault}`)
  return configuration
}

/**
 * Puts together what the operator set: the environment over the file, the command line over both. Throws `OperatorError`
 * for an unknown name (with the one that was meant, if it is near) and for a value that the setting does not take.
 */
export function resolveSettings({ file, environment = {}, flags = {} }: SettingSources): ConfigSnapshot {
  const snapshot = new Map<BrokerSettingName, string>()
  const set = (name: string, value: string, where: string): void => {
    snapshot.set(checked(name, value, where), value.trim())
  }
  if (file) {
    for (const { name, value, line } of propertiesOf(file)) set(name, value, `${file.path}, line ${line}`)
  }
  for (const [variable, value] of Object.entries(environment)) {
    const name = settingOf(variable)
    if (name !== undefined && value !== undefined) set(name, value, `environment variable ${variable}`)
  }
  for (const [name, value] of Object.entries(flags)) set(name, value, '--set')
  checkTogether(snapshot)
  return snapshot
}

const names = Object.keys(brokerSettings) as BrokerSettingName[]
const prefix = 'STREAMCTL_'

/** The environment variable for a setting: STREAMCTL_LOG_RETENTION_MS, STREAMCTL_CACHE_BYTES. */
export function variableOf(name: string): string {
  return (
    prefix +
    name
      .replace(/^streamctl\./, '')
      .replaceAll('.', '_')
      .toUpperCase()
  )
}

const byVariable = new Map<string, BrokerSettingName>(names.map(name => [variableOf(name), name]))

/** Other variables with our prefix belong to commands; one that looks like a setting's is a mistake. */
function settingOf(variable: string): BrokerSettingName | undefined {
  if (!variable.startsWith(prefix)) return undefined
  const name = byVariable.get(variable)
  if (name !== undefined) return name
  const meant = nearest(variable, byVariable.keys(), 2)
  if (meant === undefined) return undefined
  throw new OperatorError(`no setting for the environment variable ${variable}`, { hint: `did you mean ${meant}?` })
}

function propertiesOf({ path, text }: ConfigurationFile): Property[] {
  try {
    return parseProperties(text)
  } catch (error) {
    throw new OperatorError(`${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function checked(name: string, value: string, where: string): BrokerSettingName {
  const known = names.find(one => one === name)
  if (known === undefined) throw unknownSetting(name, where)
  try {
    brokerSettings[known].kind.parse(value)
  } catch (error) {
    if (error instanceof InvalidSetting) throw new OperatorError(`${where}: ${name} ${error.message}`)
    throw error
  }
  return known
}

function unknownSetting(name: string, where: string): OperatorError {
  return new OperatorError(`${where}: there is no setting '${name}'`, { hint: hintFor(name) })
}

function hintFor(name: string): string {
  if (Object.hasOwn(nodeFacts, name)) return nodeFacts[name]?.setBy ?? 'it cannot be set here: leave it out'
  const reason = whyUnserved(name)
  if (reason !== undefined) return `it is one of Apache Kafka; leave it out: ${reason}`
  const topic = Object.entries(topicSettings).find(([topicName]) => topicName === name)?.[1]
  const meant = topic?.brokerName ?? nearest(name, names)
  return meant === undefined ? 'the README lists all settings' : `did you mean ${meant}?`
}

function checkTogether(snapshot: ConfigSnapshot): void {
  const { broker } = new Configuration(snapshot)
  if (broker['group.min.session.timeout.ms'] > broker['group.max.session.timeout.ms']) {
    throw new OperatorError('group.min.session.timeout.ms is above group.max.session.timeout.ms')
  }
  const fault = connectionsFault(broker)
  if (fault !== undefined) throw new OperatorError(fault)
}
