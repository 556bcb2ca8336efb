import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { OperatorError } from '../../base/errors.ts'
import type { SecretSource } from '../../client/properties.ts'
import type { ResolvedProperty } from './layers.ts'

export interface SecretPlaces {
  /** Environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>
}

const commandTimeoutMs = 60_000

/**
 * The secret of a property, wherever it is kept. Throws `OperatorError` where it cannot be had; neither the secret nor what
 * a command printed is ever part of the message.
 */
export function readSecret(property: ResolvedProperty, places: SecretPlaces): string {
  const { secretSource, value, name, source } = property
  return secretSource ? found(secretSource, value, places, `${name} (${source})`) : value
}

function found(kind: SecretSource, place: string, { variables }: SecretPlaces, what: string): string {
  switch (kind) {
    case 'env': {
      const secret = variables[place]
      if (secret === undefined || secret === '') {
        throw new OperatorError(`${what}: the environment variable ${place} is not set`)
      }
      return secret
    }
    case 'file':
      return secretFile(place, what)
    case 'command':
      return printed(place, { variables }, what)
  }
}

function secretFile(file: string, what: string): string {
  try {
    return firstLine(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new OperatorError(`${what}: cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`, { cause: error })
  }
}

function printed(command: string, { variables }: SecretPlaces, what: string): string {
  let text: string
  try {
    text = execFileSync('/bin/sh', ['-c', command], {
      env: { ...variables },
      encoding: 'utf8',
      // It may have to ask for the password of a key store.
      stdio: ['inherit', 'pipe', 'inherit'],
      timeout: commandTimeoutMs,
      maxBuffer: 1024 * 1024,
    })
  } catch (error) {
    const { status, signal } = error as { status?: number | null; signal?: string | null }
    throw new OperatorError(`${what}: the command failed (${signal ?? `exit code ${status}`}): ${command}`)
  }
  const secret = firstLine(text)
  if (secret === '') throw new OperatorError(`${what}: the command printed nothing: ${command}`)
  return secret
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? ''
}
