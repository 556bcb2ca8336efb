import { OperatorError } from '../../base/errors.ts'

/** Names and values of a line of sasl.jaas.config, and which module it is for. */
export interface JaasEntry {
  readonly module: 'plain' | 'scram' | 'oauthbearer'
  readonly options: Readonly<Record<string, string>>
}

/**
 * Reads Java's way to write credentials: `org.apache.kafka.common.security.plain.PlainLoginModule required
 * username="ann" password="…";` (KIP-85). Throws `OperatorError` that does not repeat the text: it holds secrets.
 */
export function parseJaas(text: string, source: string): JaasEntry {
  const match = /^\s*([\w.$]+)\s+(?:required|requisite|sufficient|optional)\b(.*?);?\s*$/is.exec(text)
  const module = modules.find(([pattern]) => pattern.test(match?.[1] ?? ''))?.[1]
  if (!match || !module) {
    throw new OperatorError(`${source}: sasl.jaas.config is not one of the login modules that are known`, {
      hint: 'PlainLoginModule, ScramLoginModule or OAuthBearerLoginModule, then: required username="…" password="…";',
    })
  }
  const options: Record<string, string> = {}
  const rest = match[2]!.replace(
    /\s*([\w.-]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([^\s;"']+))/gs,
    (_, name: string, double?: string, single?: string, bare?: string) => {
      options[name] = (double ?? single ?? bare ?? '').replace(/\\(.)/gs, '$1')
      return ''
    },
  )
  if (rest.trim() !== '') {
    throw new OperatorError(`${source}: the options of sasl.jaas.config cannot be read`, {
      hint: 'write name="value", and a semicolon at the end',
    })
  }
  return { module, options }
}

const modules: readonly (readonly [RegExp, JaasEntry['module']])[] = [
  [/(^|\.)PlainLoginModule$/, 'plain'],
  [/(^|\.)ScramLoginModule$/, 'scram'],
  [/(^|\.)OAuthBearerLoginModule$/, 'oauthbearer'],
]
