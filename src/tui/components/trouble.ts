import type { Line } from '../line.ts'
import type { ScreenContext } from '../screen.ts'

/** What stands where there is nothing to show yet: why, and what comes next. */
export function emptyLines(context: ScreenContext, kind: string, otherwise: readonly string[]): readonly Line[] {
  const trouble = context.troubles[kind]
  if (!trouble) return ['', ...otherwise].map(text => [{ text: ` ${text}`, look: 'dim' as const }])
  return [[], ...troubleLines(context, kind)]
}

/** Why a source does not tell any more, in words. */
export function troubleLines(context: ScreenContext, kind: string): readonly Line[] {
  const trouble = context.troubles[kind]
  if (!trouble) return []
  const seconds = trouble.retryAtMs === undefined ? undefined : Math.ceil((trouble.retryAtMs - context.nowMs) / 1_000)
  const again =
    seconds === undefined ? '' : seconds > 0 ? `trying again in ${seconds} s; ctrl-r: now` : 'trying again …'
  return [
    [{ text: ` ${trouble.message}`, look: 'bad' }],
    ...(trouble.hint ? [[{ text: ` ${trouble.hint}`, look: 'dim' as const }]] : []),
    ...(again ? [[{ text: ` ${again}`, look: 'dim' as const }]] : []),
  ]
}
