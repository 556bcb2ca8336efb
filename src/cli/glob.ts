/** Whether a name is a pattern: `*` any characters, `?` one, `[a-z]` one of these. */
export function isGlob(name: string): boolean {
  return /[*?[]/.test(name)
}

/** Compiles a pattern as the shell's for file names. A bracket that does not close stands for itself. */
export function compileGlob(pattern: string): (name: string) => boolean {
  const source = pattern.replace(/\[(!?)([^\]]+)\]|[\s\S]/g, (all, negation?: string, set?: string) => {
    if (set !== undefined) return `[${negation ? '^' : ''}${set.replace(/[\\\]^]/g, '\\$&')}]`
    if (all === '*') return '.*'
    if (all === '?') return '.'
    return all.replace(/[\\^$.+()[\]{}|]/g, '\\$&')
  })
  const expression = new RegExp(`^${source}$`, 's')
  return name => expression.test(name)
}
