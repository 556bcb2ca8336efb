import { unreachable } from '../base/errors.ts'
import { cellWidth, printable } from './cells.ts'
import { formLines } from './components/form-view.ts'
import { bindingOf, type Keys } from './keymap.ts'
import { fitLine, type Line, line, lineWidth, type Span, spreadLine } from './line.ts'
import { contextOf, type Model, topOf } from './model.ts'
import type { Overlay } from './overlay.ts'
import type { TextLine } from './text-line.ts'

/** The whole screen, exactly as many lines as it has rows. */
export function frameLines(model: Model): readonly Line[] {
  const { columns, rows } = model.size
  const top = topOf(model)
  const context = contextOf(model, top)
  const body = top.screen.view(top.state, context).slice(0, context.rows)
  const filled = [...body, ...Array.from({ length: context.rows - body.length }, () => [])]
  const covered = model.overlay ? withBox(filled, boxLines(model.overlay, columns, context.rows), columns) : filled
  const [message, footer] = bottomLines(model)
  return [pathLine(model), ...covered, message, footer].slice(-rows).map(spans => fitLine(harmless(spans), columns))
}

/** The last door: whatever a screen has put into its lines, nothing moves the cursor or hides. */
function harmless(spans: Line): Line {
  return spans.map(span => {
    const text = printable(span.text)
    return text === span.text ? span : { ...span, text }
  })
}

function pathLine(model: Model): Line {
  const path = model.stack.map(opened => printable(opened.screen.title(opened.state, contextOf(model, opened))))
  const top = topOf(model)
  const status = top.screen.status?.(top.state, contextOf(model, top))
  const here = path.at(-1) ?? ''
  const before = path.slice(0, -1)
  const right: Line = [
    ...(model.isReadonly ? [{ text: ' readonly ', look: 'warning' as const }] : []),
    { text: printable(model.place), look: 'dim' },
  ]
  const left = (shown: readonly string[]): Line => [
    { text: shown.map(text => `${text} › `).join(''), look: 'dim' },
    { text: here, look: 'bold' },
    { text: status ? `  ${printable(status)}` : '', look: 'accent' },
  ]
  const { columns } = model.size
  // The way here gives way first, then where the cluster is.
  const fitting = [before, before.slice(-1), []].find(shown => lineWidth(left(shown)) + lineWidth(right) < columns)
  return fitting ? spreadLine(left(fitting), right, columns) : left([])
}

/** The last two lines: what happened, and what keys do; or what is being typed. */
function bottomLines(model: Model): readonly [Line, Line] {
  const { overlay, flash } = model
  const message = flash ? line(printable(flash.text), flash.look) : []
  switch (overlay?.kind) {
    case undefined:
      return [message, footerLine(model)]
    case 'command':
      return [overlay.offers.length > 0 ? offersLine(overlay.offers) : message, typedLine(':', overlay.line, model)]
    case 'question':
      return [
        overlay.offers.length > 0 ? offersLine(overlay.offers) : message,
        typedLine(overlay.question.label, overlay.line, model),
      ]
    case 'form':
      return [
        message,
        keysLine([
          ['tab', 'next field'],
          ['ctrl-s', 'send'],
          ['esc', 'leave'],
        ]),
      ]
    case 'confirm':
      return overlay.confirmation.word === undefined
        ? [
            message,
            keysLine([
              ['y', 'do it'],
              ['n', 'leave it'],
            ]),
          ]
        : [message, typedLine(`type ${overlay.confirmation.word}: `, overlay.line, model)]
    default:
      return unreachable(overlay)
  }
}

function offersLine(offers: readonly string[]): Line {
  return line(offers.map(printable).join('  '), 'dim')
}

/** A line with a cursor; the end that is typed at stays in view. */
function typedLine(label: string, { text, cursor }: TextLine, model: Model): Line {
  const room = Math.max(4, model.size.columns - cellWidth(label) - 1)
  const shown = printable(text.slice(0, cursor))
  const skipped = Math.max(0, cellWidth(shown) - room + 1)
  const before = skipped === 0 ? shown : `…${shown.slice(skipped + 1)}`
  const under = text.slice(cursor, cursor + 1) || ' '
  return [
    { text: label, look: 'key' },
    { text: before },
    { text: printable(under), look: 'selected' },
    { text: printable(text.slice(cursor + 1)) },
  ]
}

/** What the most important keys do here, as many as there is room for; help and leaving always. */
function footerLine({ keys, size, stack, isReadonly }: Model): Line {
  const actions = stack.at(-1)!.screen.actions.filter(action => {
    const { group, changes } = bindingOf(action)
    return keys[action].length > 0 && (group === 'things' || action === 'filter') && !(changes && isReadonly)
  })
  const always = keysLine(
    (['command', 'help', ...(stack.length > 1 ? (['back'] as const) : [])] as const).map(hint(keys)),
  )
  let shown: Line = []
  for (const action of actions) {
    const next = [...shown, ...keysLine([hint(keys)(action)]), { text: '  ' }]
    if (lineWidth(next) + lineWidth(always) > size.columns) break
    shown = next
  }
  return [...shown, ...always]
}

function hint(keys: Keys) {
  return (action: Parameters<typeof bindingOf>[0]): readonly [string, string] => [
    (keys[action][0] ?? '').replace(/^ctrl-/, '^'),
    bindingOf(action).label,
  ]
}

function keysLine(hints: readonly (readonly [key: string, does: string])[]): Line {
  return hints.flatMap(([key, does], at): Span[] => [
    ...(at > 0 ? [{ text: '  ' }] : []),
    { text: key, look: 'key' },
    { text: ` ${does}`, look: 'dim' },
  ])
}

function boxLines(overlay: Overlay, columns: number, rows: number): readonly Line[] {
  switch (overlay.kind) {
    case 'command':
    case 'question':
      return []
    case 'form':
      return formLines(overlay.form, { columns, rows })
    case 'confirm': {
      const { title, lines, word } = overlay.confirmation
      const last = word === undefined ? [] : [[], line(`To go on, type its name: ${printable(word)}`, 'bold')]
      return [line(printable(title), 'bad'), ...lines.map(text => line(printable(text))), ...last]
    }
    default:
      return unreachable(overlay)
  }
}

/** Puts a box over the lower part of the screen. */
function withBox(body: readonly Line[], box: readonly Line[], columns: number): readonly Line[] {
  if (box.length === 0) return body
  const shown = box.slice(0, Math.max(1, body.length - 1))
  const edge = line('─'.repeat(columns), 'dim')
  return [...body.slice(0, Math.max(0, body.length - shown.length - 1)), edge, ...shown].slice(-body.length)
}
