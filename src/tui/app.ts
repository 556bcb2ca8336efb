import { useApp, useInput, usePaste, useStdout } from 'ink'
import { createElement, type ReactElement, useEffect } from 'react'
import type { EditFile } from './edit-file.ts'
import { keysOf } from './keys.ts'
import type { Session } from './session.ts'

/**
 * The root component, as plain calls: Node runs this file as it is, which it would not do with JSX.
 *
 * ink owns the terminal: the alternate screen and that it is left however the program ends, raw mode, keys and pastes, the
 * size, and the hand-over to an editor. It does not lay out the rows: that took 15 to 45 ms for a screen of 200 by 50 and
 * 100 MB of cells, where the painter takes one and none; so that nothing is rendered here.
 */
export function App({ session, editFile }: { readonly session: Session; readonly editFile: EditFile }): null {
  const { stdout } = useStdout()
  const { exit, suspendTerminal } = useApp()
  useInput((input, press) => {
    for (const key of keysOf(input, press)) session.dispatch({ kind: 'key', key })
  })
  usePaste(text => session.dispatch({ kind: 'paste', text }))
  useEffect(() => {
    session.attach({
      write: (text, taken) => void stdout.write(text, () => taken()),
      edit: async (fileName, text) => {
        let edited: string | undefined
        await suspendTerminal(async () => {
          edited = await editFile(fileName, text)
        })
        return edited
      },
      exit: () => exit(),
    })
  }, [session, stdout, exit, suspendTerminal, editFile])
  return null
}

export function app(session: Session, editFile: EditFile): ReactElement {
  return createElement(App, { session, editFile })
}
