/** Kafka's codes of setting types, as DescribeConfigs tells them. */
export const ConfigType = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
} as const

/** Which texts a setting takes and what they mean. */
export interface Kind<Value> {
  /** One of `ConfigType`. */
  readonly type: number
  /** For people: 'a whole number from 1 on'. */
  readonly accepts: string
  /** Throws `InvalidSetting` ('must be …') for text that the setting does not take. */
  parse(text: string): Value
  /** The text that means `value`; null for a value that stands for 'not set'. */
  format(value: Value): string | null
}

/** What is the matter: with `request` the request could not be meant for any value, with `config` the value is refused. */
export type SettingFault = 'config' | 'request'

/** A setting that does not exist or a value that it does not take. Becomes INVALID_CONFIG (or INVALID_REQUEST) for clients. */
export class InvalidSetting extends Error {
  readonly fault: SettingFault

  constructor(message: string, fault: SettingFault = 'config') {
    super(message)
    this.name = 'InvalidSetting'
    this.fault = fault
  }
}

export interface Coarser {
  readonly name: string
  /** How many of our unit one of its unit has. */
  readonly factor: number
}

/** What is said of a setting besides its values. */
export interface About {
  /** What it does, in a sentence or two, for people. */
  readonly doc: string
  readonly importance?: 'high' | 'medium' | 'low'
  /** May be changed while the node runs. Settings of topics always may. */
  readonly dynamic?: boolean
  /** Of a setting of topics or groups: the broker's setting that holds where they have none. */
  readonly brokerName?: string
  /** The same in larger units, which holds where this one is not set (`log.retention.hours`). */
  readonly coarser?: readonly Coarser[]
  /** Why the setting is accepted although nothing reads it. */
  readonly compatibility?: string
}

export interface Setting<Value> extends About {
  readonly kind: Kind<Value>
  readonly default: Value
}

/** A type for each setting of a list of settings. */
export type ValuesOf<Settings> = {
  readonly [Name in keyof Settings]: Settings[Name] extends Setting<infer Value> ? Value : never
}

interface Range {
  readonly min?: number
  readonly max?: number
  /** A hole in the range. */
  readonly except?: number
}

/** Stands for Kafka's largest 64-bit number, 'for ever'; what is larger than a safe integer is read as this. */
export const unlimited = Number.MAX_SAFE_INTEGER
const unlimitedText = '9223372036854775807'
export const intMax = 2 ** 31 - 1

export function int(about: About & Range & { readonly default: number }): Setting<number> {
  return { ...about, kind: wholeNumber(ConfigType.int, about, 'a whole number') }
}

export function short(about: About & Range & { readonly default: number }): Setting<number> {
  return { ...about, kind: wholeNumber(ConfigType.short, about, 'a whole number') }
}

export function long(about: About & Range & { readonly default: number }): Setting<number> {
  return { ...about, kind: wholeNumber(ConfigType.long, about, 'a whole number') }
}

/** Milliseconds. Kafka keeps some in 32 bits: `width`. */
export function durationMs(
  about: About & Range & { readonly default: number; readonly width?: 'int' | 'long' },
): Setting<number> {
  const type = about.width === 'int' ? ConfigType.int : ConfigType.long
  return { ...about, kind: wholeNumber(type, about, 'milliseconds') }
}

/** A number of bytes. Kafka keeps some in 32 bits: `width`. */
export function bytes(
  about: About & Range & { readonly default: number; readonly width?: 'int' | 'long' },
): Setting<number> {
  const type = about.width === 'int' ? ConfigType.int : ConfigType.long
  return { ...about, kind: wholeNumber(type, about, 'bytes') }
}

export function fraction(about: About & Range & { readonly default: number }): Setting<number> {
  const accepts = `a number${rangeText(about)}`
  const parse = (text: string): number => {
    const value = Number(text.trim())
    if (text.trim() === '' || !Number.isFinite(value)) throw mustBe(accepts, text)
    return inRange(value, about, accepts, text)
  }
  return { ...about, kind: { type: ConfigType.double, accepts, parse, format: String } }
}

/** `only`: the one value that is taken. */
export function bool(about: About & { readonly default: boolean; readonly only?: boolean }): Setting<boolean> {
  const accepts = about.only === undefined ? 'true or false' : String(about.only)
  const parse = (text: string): boolean => {
    const word = text.trim().toLowerCase()
    if (word !== 'true' && word !== 'false') throw mustBe(accepts, text)
    if (about.only !== undefined && word !== accepts) throw mustBe(accepts, text)
    return word === 'true'
  }
  return { ...about, kind: { type: ConfigType.boolean, accepts, parse, format: String } }
}

/** One of a few words. */
export function choice<const Word extends string>(
  words: readonly Word[],
  about: About & { readonly default: NoInfer<Word> },
): Setting<Word> {
  const accepts = `one of ${words.join(', ')}`
  const parse = (text: string): Word => {
    const word = words.find(one => one === text.trim())
    if (word === undefined) throw mustBe(accepts, text)
    return word
  }
  return { ...about, kind: { type: ConfigType.string, accepts, parse, format: word => word } }
}

/** Some of a few words, separated by commas; none as empty text. */
export function choices<const Word extends string>(
  words: readonly Word[],
  about: About & { readonly default: readonly NoInfer<Word>[] },
): Setting<readonly Word[]> {
  const accepts = `any of ${words.join(', ')}, separated by commas`
  const parse = (text: string): readonly Word[] => {
    const found = partsOf(text).map(part => words.find(one => one === part) ?? part)
    if (found.some(part => !(words as readonly string[]).includes(part))) throw mustBe(accepts, text)
    return [...new Set(found as Word[])]
  }
  return { ...about, kind: { type: ConfigType.list, accepts, parse, format: list => list.join(',') } }
}

/** Any text; null where there is none. */
export function text(about: About & { readonly default: string | null }): Setting<string | null> {
  const parse = (given: string): string => given.trim()
  return { ...about, kind: { type: ConfigType.string, accepts: 'text', parse, format: value => value } }
}

/** Text that an expression matches wholly. */
export function matching(
  expression: RegExp,
  accepts: string,
  about: About & { readonly default: string },
): Setting<string> {
  const parse = (given: string): string => {
    const word = given.trim()
    if (!expression.test(word)) throw mustBe(accepts, given)
    return word
  }
  return { ...about, kind: { type: ConfigType.string, accepts, parse, format: value => value } }
}

/** Any texts without commas, separated by commas. */
export function textList(about: About & { readonly default: readonly string[] }): Setting<readonly string[]> {
  const format = (list: readonly string[]): string => list.join(',')
  return { ...about, kind: { type: ConfigType.list, accepts: 'texts separated by commas', parse: partsOf, format } }
}

/** Replicas as `partition:broker`, separated by commas, or `*` for all of a topic. */
export function partitionReplicas(about: About & { readonly default: string }): Setting<string> {
  const accepts = '`partition:broker` pairs separated by commas, or `*`'
  const parse = (given: string): string => {
    const parts = partsOf(given)
    const isAll = parts.length === 1 && parts[0] === '*'
    if (!isAll && !parts.every(part => /^\d+:\d+$/.test(part))) throw mustBe(accepts, given)
    return parts.join(',')
  }
  return { ...about, kind: { type: ConfigType.list, accepts, parse, format: value => value } }
}

/** A number for each of some addresses: `10.0.0.7:100,10.0.0.8:5`. */
export function addressLimits(
  about: About & { readonly default: ReadonlyMap<string, number> },
): Setting<ReadonlyMap<string, number>> {
  const accepts = '`address:number` pairs separated by commas'
  const parse = (given: string): ReadonlyMap<string, number> =>
    new Map(
      partsOf(given).map(part => {
        // An address of IPv6 has colons itself.
        const [, address, digits] = /^(.+):(\d{1,9})$/.exec(part) ?? []
        if (address === undefined) throw mustBe(accepts, given)
        return [address, Number(digits)]
      }),
    )
  const format = (limits: ReadonlyMap<string, number>): string =>
    Array.from(limits, ([address, limit]) => `${address}:${limit}`).join(',')
  return { ...about, kind: { type: ConfigType.string, accepts, parse, format } }
}

function wholeNumber(type: number, range: Range, unit: string): Kind<number> {
  const accepts = `${unit}${rangeText(range)}`
  const limit = 2n ** (type === ConfigType.short ? 15n : type === ConfigType.int ? 31n : 63n)
  const parse = (given: string): number => {
    const digits = given.trim()
    if (!/^[+-]?\d{1,20}$/.test(digits)) throw mustBe(accepts, given)
    const exact = BigInt(digits.replace('+', ''))
    if (exact >= limit || exact < -limit) throw mustBe(accepts, given)
    return inRange(Math.max(-unlimited, Math.min(unlimited, Number(exact))), range, accepts, given)
  }
  return { type, accepts, parse, format: value => (value === unlimited ? unlimitedText : String(value)) }
}

function rangeText({ min, max, except }: Range): string {
  const hole = except === undefined ? '' : ` except ${except}`
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}${hole}`
  if (min !== undefined) return ` from ${min} on`
  return max === undefined ? '' : ` up to ${max}`
}

function inRange(value: number, { min, max, except }: Range, accepts: string, given: string): number {
  const outside = (min !== undefined && value < min) || (max !== undefined && value > max)
  if (outside || value === except) throw mustBe(accepts, given)
  return value
}

function partsOf(given: string): readonly string[] {
  return given
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
}

function mustBe(accepts: string, given: string): InvalidSetting {
  const shown = given.length > 100 ? `${given.slice(0, 100)}…` : given
  return new InvalidSetting(`must be ${accepts}, not '${shown}'`)
}
