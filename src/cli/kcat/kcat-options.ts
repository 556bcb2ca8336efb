import { KcatError } from './kcat-error.ts'

/** kcat's modes: consumer, producer, metadata, offsets by time, group. */
export type KcatMode = 'C' | 'P' | 'L' | 'Q' | 'G'

/** A command line of kcat, read as its getopt does. */
export interface KcatOptions {
  mode: KcatMode | undefined
  group: string
  topic: string | undefined
  /** `-Q -t topic:partition:timestamp`. */
  queries: { topic: string; partition: number; timestampMs: number }[]
  partition: number | undefined
  brokers: string | undefined
  compression: string | undefined
  offset: string | undefined
  startMs: number | undefined
  stopMs: number | undefined
  exitAtEnd: boolean
  exitOnError: boolean
  format: string | undefined
  json: boolean
  keyPack: string | undefined
  valuePack: string | undefined
  delimiter: string
  keyDelimiter: string | undefined
  fixedKey: string | undefined
  headers: { key: string; value: Buffer | null }[]
  lines: boolean
  count: number | undefined
  timeoutSeconds: number
  showsNull: boolean
  verbosity: number
  tee: boolean
  configFile: string | undefined
  /** `-X name=value`, in order. */
  properties: [name: string, value: string][]
  /** Asks for a text and nothing else. */
  asks: 'help' | 'version' | 'properties' | 'dump' | undefined
  /** Files to produce, or topics of a group. */
  operands: string[]
}

/** Reads a command line. Throws `KcatError` for what kcat refuses. */
export function parseKcat(argv: readonly string[]): KcatOptions {
  const options = emptyOptions()
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (word === '--') {
      options.operands.push(...argv.slice(at + 1))
      break
    }
    if (!word.startsWith('-') || word === '-') {
      options.operands.push(word)
      continue
    }
    for (let letter = 1; letter < word.length; letter++) {
      const name = word[letter] ?? ''
      const readArgument = Object.hasOwn(argumentReaders, name) ? argumentReaders[name] : undefined
      if (Object.hasOwn(flagReaders, name)) flagReaders[name]?.(options)
      else if (readArgument) {
        const argument = letter + 1 < word.length ? word.slice(letter + 1) : argv[++at]
        if (argument === undefined) throw new KcatError('usage', 'unknown argument')
        readArgument(options, argument)
        break
      } else throw new KcatError('usage', 'unknown argument')
    }
  }
  return options
}

function emptyOptions(): KcatOptions {
  return {
    mode: undefined,
    group: '',
    topic: undefined,
    queries: [],
    partition: undefined,
    brokers: undefined,
    compression: undefined,
    offset: undefined,
    startMs: undefined,
    stopMs: undefined,
    exitAtEnd: false,
    exitOnError: true,
    format: undefined,
    json: false,
    keyPack: undefined,
    valuePack: undefined,
    delimiter: '\\n',
    keyDelimiter: undefined,
    fixedKey: undefined,
    headers: [],
    lines: false,
    count: undefined,
    timeoutSeconds: 5,
    showsNull: false,
    verbosity: 1,
    tee: false,
    configFile: undefined,
    properties: [],
    asks: undefined,
    operands: [],
  }
}

function setMode(options: KcatOptions, mode: KcatMode): void {
  if (options.mode && options.mode !== mode) {
    throw new KcatError('fatal', `Do not mix modes: -${mode} seen when -${options.mode} already set`)
  }
  options.mode = mode
}

type ReadFlag = (options: KcatOptions) => void
type ReadArgument = (options: KcatOptions, text: string) => void

const noEffect = (): void => {}

const flagReaders: Readonly<Record<string, ReadFlag>> = {
  P: options => setMode(options, 'P'),
  C: options => setMode(options, 'C'),
  L: options => setMode(options, 'L'),
  Q: options => setMode(options, 'Q'),
  e: options => void Object.assign(options, { exitAtEnd: true }),
  E: options => void Object.assign(options, { exitOnError: false }),
  q: options => void Object.assign(options, { verbosity: 0 }),
  v: options => void options.verbosity++,
  T: options => void Object.assign(options, { tee: true }),
  Z: options => void Object.assign(options, { showsNull: true }),
  l: options => void Object.assign(options, { lines: true }),
  J: options => void Object.assign(options, { json: true }),
  V: options => ask(options, 'version'),
  h: options => ask(options, 'help'),
  // Output is handed on with each answer of a broker anyway.
  u: noEffect,
  O: noEffect,
  U: noEffect,
}

const argumentReaders: Readonly<Record<string, ReadArgument>> = {
  G: (options, group) => {
    setMode(options, 'G')
    options.group = group
  },
  t: (options, text) => {
    if (options.mode === 'Q') options.queries.push(readQuery(text))
    else options.topic = text
  },
  p: (options, text) => void Object.assign(options, { partition: Number.parseInt(text, 10) || 0 }),
  b: (options, brokers) => void Object.assign(options, { brokers }),
  z: (options, compression) => void Object.assign(options, { compression }),
  o: readOffset,
  f: (options, format) => void Object.assign(options, { format }),
  s: readPack,
  D: (options, delimiter) => void Object.assign(options, { delimiter }),
  K: (options, keyDelimiter) => void Object.assign(options, { keyDelimiter }),
  k: (options, fixedKey) => void Object.assign(options, { fixedKey }),
  H: readHeader,
  c: (options, text) => void Object.assign(options, { count: Number.parseInt(text, 10) || undefined }),
  m: (options, text) => void Object.assign(options, { timeoutSeconds: Number.parseInt(text, 10) || 5 }),
  d: noEffect,
  F: (options, configFile) => void Object.assign(options, { configFile }),
  X: readProperty,
  M: () => {
    throw new KcatError('fatal', 'There is no mock cluster here: streamctl serve --ephemeral is a real one')
  },
  r: () => {
    throw new KcatError('fatal', 'This build of kcat lacks Avro/Schema-Registry support')
  },
}

function ask(options: KcatOptions, asks: NonNullable<KcatOptions['asks']>): void {
  options.asks ??= asks
}

function readOffset(options: KcatOptions, text: string): void {
  if (text.startsWith('s@')) options.startMs = Number.parseInt(text.slice(2), 10) || 0
  else if (text.startsWith('e@')) options.stopMs = Number.parseInt(text.slice(2), 10) || 0
  else options.offset = text
}

function readQuery(text: string): { topic: string; partition: number; timestampMs: number } {
  const [, topic = '', partition, timestamp] = /^([^:]*):(\d+)[^:]*:([+-]?\d+)/.exec(text) ?? []
  if (timestamp === undefined) throw new KcatError('fatal', '-t: expected "topic:partition:offset_or_timestamp"')
  return { topic, partition: Number(partition), timestampMs: Number(timestamp) }
}

function readHeader(options: KcatOptions, text: string): void {
  const at = text.indexOf('=')
  if (at === 0 || text === '') throw new KcatError('fatal', 'Expected -H "name=value.." or -H "name"')
  options.headers.push(
    at < 0 ? { key: text, value: null } : { key: text.slice(0, at), value: Buffer.from(text.slice(at + 1)) },
  )
}

function readPack(options: KcatOptions, text: string): void {
  const [, field, pack = ''] = /^(?:(key|value)=)?(.*)$/s.exec(text) ?? []
  for (const name of field ? [field] : ['key', 'value']) {
    if (pack === 'avro') throw new KcatError('fatal', 'This build of kcat lacks Avro/Schema-Registry support')
    if (pack === '') throw new KcatError('fatal', `${name} pack-format must not be empty`)
    const wrong = [...pack].find(letter => !' <>bBhHiIqQcs$'.includes(letter))
    if (wrong) throw new KcatError('fatal', `Invalid token '${wrong}' in ${name} pack-format, see -s usage.`)
    options[name === 'key' ? 'keyPack' : 'valuePack'] = pack
  }
}

function readProperty(options: KcatOptions, text: string): void {
  if (text === 'list' || text === 'help') ask(options, 'properties')
  else if (text === 'dump') ask(options, 'dump')
  else {
    const at = text.indexOf('=')
    if (at < 0) {
      throw new KcatError(
        'plain',
        `Expected -X property=value, not ${text}, use -X list to display available properties`,
      )
    }
    options.properties.push([text.slice(0, at), text.slice(at + 1)])
  }
}
