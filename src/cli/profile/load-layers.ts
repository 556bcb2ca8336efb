import { readFileSync } from 'node:fs'
import path from 'node:path'
import { OperatorError } from '../../base/errors.ts'
import { addressText, type BrokerAddress } from '../../client/address.ts'
import { clientProperties } from '../../client/properties.ts'
import { parseProperties } from '../../config/properties.ts'
import type { Layer, PropertyEntry } from './layers.ts'
import { withAbsolutePaths } from './paths.ts'
import { ProfileStore } from './profile-store.ts'
import { findProjectFile, readProjectFile } from './project-file.ts'
import { loadYaml } from './yaml-properties.ts'

/** What a command line says about the cluster: `brokerOptions`, parsed. */
export interface GivenConnection {
  readonly brokers?: readonly BrokerAddress[]
  readonly property?: readonly (readonly PropertyEntry[])[]
  readonly profile?: string
}

export interface Surroundings {
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Where the command was started; without it there is no project file. */
  readonly directory?: string
}

/** Makes ready what `loadLayers` needs to read files, if there are any. */
export async function prepareLayers({ variables, directory }: Surroundings): Promise<void> {
  const hasFiles = new ProfileStore(variables).names().length > 0 || (directory && findProjectFile(directory))
  if (hasFiles) await loadYaml()
}

/**
 * Every place that sets properties, the highest first: flags, -X, a profile that is named on the command line,
 * environment, project file, profile in use. (A profile that was asked for word for word is not overruled by variables
 * that somebody set once.) Throws `OperatorError` for files that cannot be read.
 */
export function loadLayers(given: GivenConnection, surroundings: Surroundings): readonly Layer[] {
  const { variables, directory } = surroundings
  const store = new ProfileStore(variables)
  const projectFile = directory === undefined ? undefined : findProjectFile(directory)
  const project = projectFile === undefined ? undefined : readProjectFile(projectFile)
  const current = variables.STREAMCTL_PROFILE || project?.profile || store.state().current
  const named = given.profile === undefined ? undefined : profileLayer(store, given.profile, variables)
  return [
    ...commandLineLayers(given),
    ...(named ? [{ ...named, source: `--profile ${given.profile}` }] : []),
    environmentLayer(variables),
    ...(project ? [project.layer] : []),
    ...(named || !current ? [] : [profileLayer(store, current, variables)]),
  ]
}

function commandLineLayers({ brokers, property }: GivenConnection): readonly Layer[] {
  return [
    {
      source: '--brokers',
      entries: brokers ? [{ name: 'bootstrap.servers', value: brokers.map(addressText).join(',') }] : [],
    },
    { source: '-X', entries: (property ?? []).flat() },
  ]
}

/** STREAMCTL_BROKERS, and for each property STREAMCTL_X_ and its name in capitals with underscores. */
export function environmentLayer(variables: Surroundings['variables']): Layer {
  const names = new Map(
    clientProperties.flatMap(({ name, kind }) =>
      ['', ...(kind === 'secret' ? ['.env', '.file', '.command'] : [])].map(ending => [
        variableName(name + ending),
        name + ending,
      ]),
    ),
  )
  const entries = Object.entries(variables)
    .filter(([variable, value]) => variable.startsWith('STREAMCTL_X_') && value)
    .map(([variable, value]) => ({ name: names.get(variable) ?? variable, value: value!, where: variable }))
  const brokers = variables.STREAMCTL_BROKERS
  const list = brokers ? [{ name: 'bootstrap.servers', value: brokers, where: 'STREAMCTL_BROKERS' }] : []
  return { source: 'environment', entries: [...entries, ...list] }
}

export function variableName(property: string): string {
  return `STREAMCTL_X_${property.toUpperCase().replaceAll('.', '_')}`
}

function profileLayer(store: ProfileStore, name: string, variables: Surroundings['variables']): Layer {
  const { entries } = store.read(name)
  return {
    source: `profile ${name}`,
    entries: withAbsolutePaths(entries, path.dirname(store.file(name)), variables.HOME),
    isPersonal: true,
  }
}

/** Reads what stands behind -X: `name=value`, or `@file` with properties in Java's form, one a line. */
export function parseProperty(text: string): readonly PropertyEntry[] {
  if (text.startsWith('@')) return readPropertyFile(text.slice(1))
  const at = text.indexOf('=')
  if (at <= 0) {
    throw new OperatorError(`-X takes name=value or @file, not '${text}'`, {
      hint: '-X security.protocol=SSL; streamctl config print --all shows the names',
    })
  }
  return [{ name: text.slice(0, at).trim(), value: text.slice(at + 1) }]
}

function readPropertyFile(file: string): readonly PropertyEntry[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new OperatorError(`-X @${file}: ${(error as Error).message}`, { cause: error })
  }
  try {
    return parseProperties(text).map(({ name, value, line }) => ({ name, value, where: `@${file}, line ${line}` }))
  } catch (error) {
    throw new OperatorError(`-X @${file}: ${(error as Error).message}`, { cause: error })
  }
}
