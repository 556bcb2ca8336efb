import path from 'node:path'

/** A file of declarations as the compiler writes them. */
export interface DeclarationFile {
  /** By name, each with its comment: several where a function has several forms. Without `export` and `declare`. */
  readonly declarations: ReadonlyMap<string, readonly string[]>
  /** Names from other files, and what they are called there. */
  readonly imports: ReadonlyMap<string, { readonly file: string; readonly name: string }>
  /** Names that it exports, its own and others'. */
  readonly exports: readonly string[]
}

/** Reads what the compiler has written: statements begin at the start of a line, and nothing else does but their ends. */
export function readDeclarations(file: string, text: string): DeclarationFile {
  const declarations = new Map<string, string[]>()
  const imports = new Map<string, { file: string; name: string }>()
  const exports: string[] = []
  for (const statement of statementsOf(text)) {
    const listed = /^(import|export)(?: type)? \{([^}]*)\} from '([^']*)'/.exec(statement.code)
    if (listed) {
      const [, kind, names = '', from = ''] = listed
      for (const [name, local] of namesOf(names)) {
        const target = path.posix.join(path.posix.dirname(file), from.replace(/\.ts$/, '.d.ts'))
        if (from.startsWith('.')) imports.set(local, { file: target, name })
        if (kind === 'export') exports.push(local)
      }
      continue
    }
    const declared = /^(export )?(?:declare )?(?:abstract )?(?:interface|type|class|function|const) (\w+)/.exec(
      statement.code,
    )
    if (!declared) continue
    const [, isExported, name = ''] = declared
    const code = statement.code.replace(/^(export )?(declare )?/, '')
    declarations.set(name, [...(declarations.get(name) ?? []), statement.comment + code])
    if (isExported && !exports.includes(name)) exports.push(name)
  }
  return { declarations, imports, exports }
}

function namesOf(list: string): [name: string, local: string][] {
  return list
    .split(',')
    .map(part => part.trim().replace(/^type /, ''))
    .filter(part => part !== '')
    .map(part => {
      const [name = '', local = name] = part.split(' as ')
      return [name, local]
    })
}

function statementsOf(text: string): { readonly comment: string; readonly code: string }[] {
  const statements: { comment: string; code: string }[] = []
  let comment = ''
  let code: string[] = []
  let inComment = false
  for (const line of text.split('\n')) {
    if (code.length === 0 && (inComment || line.startsWith('/**'))) {
      // Of two comments the last belongs to the statement.
      comment = inComment ? `${comment}${line}\n` : `${line}\n`
      inComment = !line.trimEnd().endsWith('*/')
      continue
    }
    if (line.trim() === '' && code.length === 0) continue
    code.push(line)
    if (!isWhole(code)) continue
    statements.push({ comment, code: code.join('\n') })
    comment = ''
    code = []
  }
  return statements
}

function isWhole(lines: readonly string[]): boolean {
  const text = lines.join('\n')
  const count = (character: string): number => text.split(character).length
  return /[;}]$/.test(text.trimEnd()) && count('{') === count('}') && count('(') === count(')')
}
