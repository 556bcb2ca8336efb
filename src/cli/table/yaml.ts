/** What can be shown as JSON or YAML. */
export type Data = string | number | boolean | null | undefined | readonly Data[] | { readonly [name: string]: Data }

/**
 * A value in YAML 1.2, block style, ending in a newline. The library that reads our YAML files would be loaded by every
 * command for this, and what is written is only maps, lists and scalars; the tests read it back with that library. Texts that a reader might take for anything else, in YAML 1.1 too (`no`, `1e3`,
 * `2026-11-22`), are quoted as JSON, which YAML contains. Members that are undefined are left out, as JSON does.
 */
export function toYaml(value: Data): string {
  return `${block(value, '').join('\n')}\n`
}

function block(value: Data, indent: string): string[] {
  if (isList(value)) {
    if (value.length === 0) return [`${indent}[]`]
    return value.flatMap(item => {
      const [first = '', ...rest] = block(item, `${indent}  `)
      return [`${indent}- ${first.trimStart()}`, ...rest]
    })
  }
  if (isMap(value)) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined)
    if (members.length === 0) return [`${indent}{}`]
    return members.flatMap(([name, member]) => {
      const key = `${indent}${scalar(name)}:`
      if (!isNested(member)) return [`${key} ${block(member, '')[0]}`]
      return [key, ...block(member, `${indent}  `)]
    })
  }
  return [indent + scalar(value)]
}

function isList(value: Data): value is readonly Data[] {
  return Array.isArray(value)
}

function isMap(value: Data): value is { readonly [name: string]: Data } {
  return typeof value === 'object' && value !== null && !isList(value)
}

function isNested(value: Data): boolean {
  if (isList(value)) return value.length > 0
  return isMap(value) && Object.values(value).some(member => member !== undefined)
}

function scalar(value: string | number | boolean | null | undefined): string {
  if (typeof value !== 'string') return JSON.stringify(value ?? null)
  return isPlain(value) ? value : quoted(value)
}

// Letters first and nothing that means something to YAML; then no number, date or time can be mistaken.
function isPlain(text: string): boolean {
  return /^[A-Za-z_/][\w./@+-]*(?: [\w./@+-]+)*$/.test(text) && !words.has(text.toLowerCase())
}

const words: ReadonlySet<string> = new Set(['null', 'true', 'false', 'yes', 'no', 'on', 'off', 'y', 'n'])

/** JSON's quotes, with what YAML does not take for printable escaped as well. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
