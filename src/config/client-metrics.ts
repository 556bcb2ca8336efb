import { linearPattern } from '../base/linear-pattern.ts'
import { PatternSyntaxError } from '../base/pattern-syntax.ts'
import { ConfigType, durationMs, InvalidSetting, type Kind, type Setting, textList, type ValuesOf } from './kinds.ts'

/** What a subscription can look for in a client (KIP-714). */
const matchNames = [
  'client_instance_id',
  'client_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
] as const
type MatchName = (typeof matchNames)[number]

/** A client, as subscriptions see it. */
export type ClientTraits = { readonly [Name in MatchName]: string }

interface ClientMatch {
  readonly text: string
  readonly matches: (client: ClientTraits) => boolean
}

const everybody: ClientMatch = { text: '', matches: () => true }

const intervalMsMin = 100
const intervalMsMax = 3_600_000

/** Every setting of a subscription to the metrics of clients, as in Apache Kafka 4.2 (KIP-714). */
export const clientMetricsSettings = {
  'interval.ms': durationMs({ default: 300_000, width: 'int', doc: 'How often clients that match send metrics.' }),
  match: {
    kind: matchKind(),
    default: everybody,
    doc: `Which clients: \`name=pattern\` pairs separated by commas, all of which must match. Names: ${matchNames.join(', ')}.`,
  },
  metrics: textList({ default: [], doc: 'Prefixes of the names of the metrics that clients send; `*` for all.' }),
} as const satisfies Record<string, Setting<unknown>>

export type ClientMetricsSettings = ValuesOf<typeof clientMetricsSettings>

/** Throws `InvalidSetting` unless a subscription can have exactly these settings. */
export function checkClientMetrics(overrides: ReadonlyMap<string, string>): void {
  for (const [name, text] of overrides) {
    if (!Object.hasOwn(clientMetricsSettings, name)) {
      throw new InvalidSetting(`there is no setting '${name}' of client metrics`, 'request')
    }
    try {
      clientMetricsSettings[name as keyof ClientMetricsSettings].kind.parse(text)
    } catch (error) {
      if (error instanceof InvalidSetting) throw new InvalidSetting(`${name} ${error.message}`)
      throw error
    }
  }
  const { 'interval.ms': intervalMs } = clientMetricsOf(overrides)
  if (intervalMs < intervalMsMin || intervalMs > intervalMsMax) {
    throw new InvalidSetting(
      `interval.ms must be from ${intervalMsMin} to ${intervalMsMax}, not ${intervalMs}`,
      'request',
    )
  }
}

/** The settings of a subscription with these overrides, which it takes. */
export function clientMetricsOf(overrides: ReadonlyMap<string, string>): ClientMetricsSettings {
  const values = Object.entries(clientMetricsSettings).map(([name, setting]: [string, Setting<unknown>]) => {
    const text = overrides.get(name)
    return [name, text === undefined ? setting.default : setting.kind.parse(text)] as const
  })
  return Object.fromEntries(values) as unknown as ClientMetricsSettings
}

function matchKind(): Kind<ClientMatch> {
  const accepts = '`name=pattern` pairs separated by commas'
  const parse = (text: string): ClientMatch => {
    const parts = text.split(',').map(part => part.trim())
    const tests = parts.filter(part => part !== '').map(part => matchOf(part))
    if (tests.length === 0) return everybody
    return { text, matches: client => tests.every(matches => matches(client)) }
  }
  return { type: ConfigType.list, accepts, parse, format: ({ text }) => text }
}

function matchOf(part: string): (client: ClientTraits) => boolean {
  const at = part.indexOf('=')
  const name = matchNames.find(one => one === part.slice(0, at).trim())
  if (name === undefined)
    throw new InvalidSetting(`has '${part}', which is not one of ${matchNames.join(', ')} and a pattern`)
  try {
    const matches = linearPattern(part.slice(at + 1).trim())
    return client => matches(client[name])
  } catch (error) {
    if (error instanceof PatternSyntaxError) throw new InvalidSetting(`has '${part}': ${error.message}`)
    throw error
  }
}
