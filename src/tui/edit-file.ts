import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { OperatorError } from '../base/errors.ts'

/** Hands the terminal to an editor. */
export type EditFile = (fileName: string, text: string) => Promise<string | undefined>

/** Which editor the user has chosen, if any. */
export function editorOf(variables: Readonly<Record<string, string | undefined>>): string | undefined {
  return variables.VISUAL || variables.EDITOR || undefined
}

/**
 * Opens the user's editor on a file that only they can read, and answers with the text as it was left; nothing where it was
 * not changed. Throws `OperatorError` where the editor cannot be started or fails.
 */
export function fileEditor(variables: Readonly<Record<string, string | undefined>>): EditFile {
  return async (fileName, text) => {
    const editor = editorOf(variables)
    if (!editor) throw new OperatorError('no editor is chosen', { hint: 'set EDITOR' })
    const directory = await mkdtemp(path.join(tmpdir(), 'streamctl-'))
    try {
      const file = path.join(directory, fileName)
      await writeFile(file, text, { mode: 0o600 })
      await runEditor(editor, file, variables)
      const edited = await readFile(file, 'utf8')
      return edited === text ? undefined : edited
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }
}

/** EDITOR may hold options (`code --wait`): the shell takes it apart, the file's name stays out of its sight. */
function runEditor(
  editor: string,
  file: string,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const child = spawn(`${editor} "$STREAMCTL_FILE"`, {
    shell: true,
    stdio: 'inherit',
    env: { ...variables, STREAMCTL_FILE: file },
  })
  child.on('error', error => reject(new OperatorError(`cannot start '${editor}': ${error.message}`, { cause: error })))
  child.on('exit', (code, signal) => {
    if (code === 0) resolve()
    else
      reject(new OperatorError(`the editor '${editor}' ended with ${signal ?? `exit code ${code}`}: nothing is done`))
  })
  return promise
}
