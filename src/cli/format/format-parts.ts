import { OperatorError } from '../../base/errors.ts'

/**
 * What a format string is made of. The grammar is that of rpk's `-f`, for output and for input alike: text, escapes
 * (`\n`), verbs (`%v`), verbs with a modifier (`%v{hex}`, `%d{strftime[%F %T]}`), and headers (`%h{%k=%v }`).
 */
export type FormatPart =
  | { readonly kind: 'literal'; readonly bytes: Buffer }
  | { readonly kind: 'verb'; readonly name: VerbName; readonly modifier: Modifier | undefined }
  | { readonly kind: 'headers'; readonly parts: readonly FormatPart[] }

/** What stands in braces behind a verb: `hex`, or `strftime` with the argument `%F %T`. */
export interface Modifier {
  readonly name: string
  readonly argument: string | undefined
}

export type VerbName = keyof typeof formatVerbs

/** All verbs and what they stand for. Those that are numbers take the modifiers of numbers. */
export const formatVerbs = {
  t: { kind: 'text', help: 'topic' },
  k: { kind: 'text', help: 'key' },
  v: { kind: 'text', help: 'value' },
  s: { kind: 'text', help: 'value (as in kcat)' },
  h: { kind: 'headers', help: 'headers, each as in the braces: %h{%k=%v }; alone as in kcat: name=value,…' },
  p: { kind: 'number', help: 'partition' },
  o: { kind: 'number', help: 'offset' },
  d: { kind: 'time', help: 'timestamp, milliseconds since 1970' },
  e: { kind: 'number', help: 'leader epoch' },
  T: { kind: 'number', help: 'size of the topic' },
  K: { kind: 'number', help: 'size of the key in bytes, -1 for null' },
  V: { kind: 'number', help: 'size of the value, -1 for null' },
  S: { kind: 'number', help: 'size of the value (as in kcat)' },
  H: { kind: 'number', help: 'number of headers' },
  x: { kind: 'number', help: 'producer id' },
  y: { kind: 'number', help: 'producer epoch' },
  i: { kind: 'number', help: 'how manieth record it is, from 1' },
  '[': { kind: 'number', help: 'first offset of the partition' },
  '|': { kind: 'number', help: 'last stable offset of the partition' },
  ']': { kind: 'number', help: 'high watermark of the partition' },
} as const satisfies Readonly<Record<string, { readonly kind: string; readonly help: string }>>

/** For the help of commands that take a format. */
export const formatHelp = `${Object.entries(formatVerbs)
  .map(([name, { help }]) => `%${name} ${help}`)
  .join('; ')}; %% a percent sign; %{ and %} braces.

Texts take {hex}, {base64}, {base64raw}, {json}, {unpack[>I]}; numbers {ascii}, {hex}, {hex4…hex64}, {big16…big64}, \
{little16…little64}, {byte}; %d takes {ms}, {s}, {us}, {ns}, {rfc3339}, {strftime[%F %T]}, {go[2006-01-02]} and all that \
numbers take; times are in UTC. \
Escapes: \\n \\t \\r \\0 \\\\ \\xHH.`

/** Reads a format string. Throws `OperatorError` for a verb or an escape that does not exist and for a brace that does not close. */
export function parseFormat(format: string): readonly FormatPart[] {
  const cursor = { format, at: 0 }
  return readParts(cursor, false)
}

/** A text with the escapes of format strings, and no verbs: a delimiter. Throws `OperatorError` for an escape that does not exist. */
export function unescapeText(text: string): Buffer {
  const cursor = { format: text, at: 0 }
  const found: Buffer[] = []
  while (cursor.at < text.length) {
    const end = text.indexOf('\\', cursor.at)
    const until = end < 0 ? text.length : end
    found.push(Buffer.from(text.slice(cursor.at, until)))
    cursor.at = until
    if (end >= 0) found.push(readEscape(cursor))
  }
  return Buffer.concat(found)
}

interface Cursor {
  readonly format: string
  at: number
}

function readParts(cursor: Cursor, isNested: boolean): readonly FormatPart[] {
  const { format } = cursor
  const parts: FormatPart[] = []
  let literal: Buffer[] = []
  const endLiteral = (): void => {
    if (literal.length > 0) parts.push({ kind: 'literal', bytes: Buffer.concat(literal) })
    literal = []
  }
  while (cursor.at < format.length) {
    const character = String.fromCodePoint(format.codePointAt(cursor.at) ?? 0)
    if (isNested && character === '}') break
    if (character === '\\') literal.push(readEscape(cursor))
    else if (character !== '%') {
      literal.push(Buffer.from(character))
      cursor.at += character.length
    } else if (literalsBehindPercent.has(format[cursor.at + 1] ?? '')) {
      literal.push(Buffer.from(format[cursor.at + 1] ?? ''))
      cursor.at += 2
    } else {
      endLiteral()
      parts.push(readVerb(cursor, isNested))
    }
  }
  endLiteral()
  return parts
}

const literalsBehindPercent: ReadonlySet<string> = new Set(['%', '{', '}'])

function readVerb(cursor: Cursor, isNested: boolean): FormatPart {
  const name = cursor.format[cursor.at + 1] ?? ''
  if (!isVerb(name)) {
    const hint = `verbs: ${Object.keys(formatVerbs)
      .map(known => `%${known}`)
      .join(' ')} %%`
    throw new OperatorError(`format: there is no '%${name}'`, { hint })
  }
  if (isNested && !headerVerbs.has(name)) {
    throw new OperatorError(`format: '%${name}' is no part of a header`, { hint: 'inside %h{…}: %k %v %K %V' })
  }
  cursor.at += 2
  if (cursor.format[cursor.at] !== '{') return { kind: 'verb', name, modifier: undefined }
  cursor.at++
  return name === 'h' ? readHeaders(cursor) : { kind: 'verb', name, modifier: readModifier(cursor, name) }
}

const headerVerbs: ReadonlySet<string> = new Set(['k', 'v', 'K', 'V'])

function isVerb(name: string): name is VerbName {
  return Object.hasOwn(formatVerbs, name)
}

function readHeaders(cursor: Cursor): FormatPart {
  const parts = readParts(cursor, true)
  if (cursor.format[cursor.at] !== '}') throw unclosed('h')
  cursor.at++
  return { kind: 'headers', parts }
}

function readModifier(cursor: Cursor, verb: string): Modifier {
  const [name = ''] = /^\w*/.exec(cursor.format.slice(cursor.at)) ?? []
  cursor.at += name.length
  const argument = cursor.format[cursor.at] === '}' ? undefined : readArgument(cursor, verb)
  if (cursor.format[cursor.at] !== '}') throw unclosed(verb)
  cursor.at++
  return { name, argument }
}

const closings: Readonly<Record<string, string>> = { '[': ']', '{': '}', '(': ')', '<': '>' }

/** `[…]`, `[[…]]`, `##…##`: as many of the closing character as there were of the opening one. */
function readArgument(cursor: Cursor, verb: string): string {
  const { format } = cursor
  const opening = format[cursor.at]
  if (opening === undefined) throw unclosed(verb)
  const start = cursor.at
  while (format[cursor.at] === opening) cursor.at++
  const closing = (closings[opening] ?? opening).repeat(cursor.at - start)
  const end = format.indexOf(closing, cursor.at)
  if (end < 0) {
    throw new OperatorError(`format: '${opening}' behind '%${verb}{' is not closed by '${closing}'`, {
      hint: 'as many closing characters as opening ones, of any kind: [x], {{x}}, ##[x]##',
    })
  }
  const argument = format.slice(cursor.at, end)
  cursor.at = end + closing.length
  return argument
}

function unclosed(verb: string): OperatorError {
  return new OperatorError(`format: '%${verb}{' is not closed`, {
    hint: `write %${verb}%{ for a brace behind a verb`,
  })
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0', '\\': '\\' }

function readEscape(cursor: Cursor): Buffer {
  const { format, at } = cursor
  const name = format[at + 1] ?? ''
  const hex = /^[0-9a-fA-F]{2}/.exec(format.slice(at + 2))?.[0]
  if (name === 'x' && hex) {
    cursor.at += 4
    return Buffer.from(hex, 'hex')
  }
  const text = Object.hasOwn(escapes, name) ? escapes[name] : undefined
  if (text === undefined) {
    throw new OperatorError(`there is no escape '\\${name}'`, { hint: 'escapes: \\n \\t \\r \\0 \\\\ \\xHH' })
  }
  cursor.at += 2
  return Buffer.from(text)
}
