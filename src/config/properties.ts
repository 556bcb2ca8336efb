/** A line of a properties file, unfolded. */
export interface Property {
  readonly name: string
  readonly value: string
  /** Where it starts, from 1. */
  readonly line: number
}

/**
 * Reads a file in the form of java.util.Properties: `name=value`, `name: value` or `name value`; `#` and `!` start a
 * comment; a backslash at the end continues the line; \t \n \r \f \\ \uXXXX, and \ before any other character. Throws an
 * `Error` that names the line for a broken \u.
 */
export function parseProperties(text: string): Property[] {
  const properties: Property[] = []
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1
    let logical = trimStart(lines[index] ?? '')
    if (logical === '' || logical.startsWith('#') || logical.startsWith('!')) continue
    while (endsInBackslash(logical)) {
      index++
      logical = logical.slice(0, -1) + trimStart(lines[index] ?? '')
    }
    properties.push({ ...split(logical, line), line })
  }
  return properties
}

const trimStart = (text: string): string => text.replace(/^[ \t\f]+/, '')

/** An odd number of backslashes: the last one is not itself escaped. */
function endsInBackslash(text: string): boolean {
  const backslashes = /\\*$/.exec(text)?.[0].length ?? 0
  return backslashes % 2 === 1
}

function split(logical: string, line: number): { readonly name: string; readonly value: string } {
  // The name ends at the first separator that is not escaped; blanks around one `=` or `:` belong to it.
  const [, name = '', value = ''] = /^((?:\\.|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*(.*)$/s.exec(logical) ?? []
  return { name: unescaped(name, line), value: unescaped(value, line) }
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string, line: number): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (_, code: string) => {
    if (code.length === 5) return String.fromCharCode(Number.parseInt(code.slice(1), 16))
    if (code === 'u') throw new Error(`line ${line}: \\u needs four hexadecimal digits`)
    return escapes[code] ?? code
  })
}
