import type { SemanticsCase } from './case.ts'
import { upstreamFunctions } from './upstream-functions.ts'

type AnyFunction = (...values: never[]) => unknown

/** The user functions of a case, by the names that cases give them, with the arguments that those have. */
export interface CaseFunctions {
  get<F extends AnyFunction>(...names: string[]): F | undefined
  readonly text: (name: string) => string
  /** What the test behind the case set up that its data does not tell. */
  readonly upstream: Readonly<Record<string, unknown>>
}

/** Reads the functions of a case: JavaScript, partly with a remark behind, partly only the body. */
export function functionsOf(semantics: SemanticsCase): CaseFunctions {
  const texts = semantics.functions ?? {}
  const upstream = upstreamFunctions(semantics.operator, semantics.source?.test?.replace(/[([].*$/, '') ?? '')
  const text = (name: string): string =>
    texts[name] ?? texts[Object.keys(texts).find(other => other.startsWith(`${name} (`)) ?? ''] ?? ''
  return {
    text,
    upstream,
    get<F extends AnyFunction>(...names: string[]): F | undefined {
      for (const name of names) {
        if (typeof upstream[name] === 'function') return upstream[name] as F
        const source = text(name)
        if (source) return compile(source) as F
      }
      return undefined
    },
  }
}

/** Compiles one function. What it refers to without declaring is one of `key`, `value`, `agg`. */
function compile(source: string): AnyFunction {
  const remark = /^(.*?)\s{2,}\((.*)\)$/.exec(source)
  const code = (remark ? remark[1]! : source).split(', joined again')[0]!
  // The cases are data of ours, and this a development tool: what they hold is meant to be run.
  const made = new Function(`return (${code.includes('=>') ? code : `(key, value, agg) => ${code}`})`)() as AnyFunction
  const nullOn = /if that equals '(\w+)' .* returns? null/.exec(remark?.[2] ?? '')?.[1]
  if (nullOn === undefined) return made
  return (...values) => {
    const result = made(...values)
    return result === nullOn || result === undefined ? null : result
  }
}
