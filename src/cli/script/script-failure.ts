import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { OperatorError } from '../../base/errors.ts'
import { nearest } from '../../config/nearest.ts'
import { isSyntaxError, lastScript, placePicture, type ScriptPlace, scriptPlace } from '../../streams/script-place.ts'
import { exportsOf } from './script-modules.ts'

/**
 * What to tell of an error that a user's script was loaded with: where it is, the line, what is wrong, and a remedy.
 *
 * @param file the script as the user named it: files beside it are shown as it is
 */
export function scriptFailure(error: unknown, file: string): OperatorError {
  const { message, hint } = explained(error, file)
  const place = scriptPlace(error)
  if (!place) return new OperatorError(`${shownFile(importerOf(error), file)}: ${message}`, { hint, cause: error })
  return new OperatorError(placedMessage(place, message, file), { hint, cause: error })
}

/** `script.ts:3:7: message`, and the line below it. */
export function placedMessage(place: ScriptPlace, message: string, file: string): string {
  const picture = placePicture(place)
  const at = `${shownFile(place.file, file)}:${place.line}:${place.column}`
  return `${at}: ${message}${picture && `\n${picture}`}`
}

/** A file in the way in which the user named the script: relative to the same directory. */
function shownFile(other: string | undefined, file: string): string {
  if (other === undefined) return file
  const relative = path.relative(path.dirname(path.resolve(file)), other)
  return path.isAbsolute(file) ? other : path.join(path.dirname(file), relative)
}

interface Explanation {
  readonly message: string
  readonly hint: string | undefined
}

function explained(error: unknown, file: string): Explanation {
  if (!(error instanceof Error)) {
    return {
      message: `the script throws ${JSON.stringify(error) ?? String(error)}`,
      hint: 'throw an Error: it knows its line',
    }
  }
  if (error instanceof OperatorError) return { message: error.message, hint: error.hint }
  const code = (error as NodeJS.ErrnoException).code ?? ''
  switch (code) {
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
      return { message: error.message.replace(' in strip-only mode', ''), hint: unsupportedHint(error.message) }
    case 'ERR_INVALID_TYPESCRIPT_SYNTAX':
      return { message: `syntax error: ${error.message}`, hint: undefined }
    case 'ERR_MODULE_NOT_FOUND':
      return missingModule(error, file)
    case 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING':
      return {
        message: 'a package brings TypeScript only',
        hint: 'packages must bring JavaScript: use a built version of it',
      }
    case 'ERR_UNKNOWN_FILE_EXTENSION':
      return { message: error.message, hint: 'scripts import .ts, .js and .json files, and packages' }
    default:
      return { message: namedMessage(error), hint: missingExportHint(error.message) }
  }
}

function namedMessage(error: Error): string {
  if (error.message.includes('does not provide an export')) return error.message
  return `${isSyntaxError(error) ? 'syntax error' : error.name}: ${error.message}`
}

function unsupportedHint(message: string): string {
  const what = 'types are taken out, nothing is translated: write'
  if (message.includes('enum'))
    return `${what} a constant instead, as const X = { A: 'a' } as const, or a union of texts`
  if (message.includes('namespace') || message.includes('module')) return `${what} a module of its own instead`
  if (message.includes('parameter property')) return `${what} the field, and its assignment in the constructor`
  return `${what} it as plain JavaScript`
}

/** Node's message names what it looked for and who imported it. */
function missingModule(error: Error, file: string): Explanation {
  const [, kind, wanted = ''] = /^Cannot find (package|module) '([^']*)'/.exec(error.message) ?? []
  const beside = path.dirname(file)
  if (kind === 'package') {
    const folder = beside === '.' ? '' : ` in ${beside}`
    return { message: `there is no package '${wanted}'`, hint: `npm install ${packageOf(wanted)}${folder}` }
  }
  const shown = wanted && shownFile(wanted.startsWith('file:') ? fileURLToPath(wanted) : wanted, file)
  return { message: `there is no file ${shown} to import`, hint: 'imports of own files begin with ./ and end in .ts' }
}

function packageOf(wanted: string): string {
  return wanted
    .split('/')
    .slice(0, wanted.startsWith('@') ? 2 : 1)
    .join('/')
}

/** The file that imports what is missing, or that cannot be compiled. */
function importerOf(error: unknown): string | undefined {
  if (isSyntaxError(error)) return lastScript()
  const importer = error instanceof Error ? / imported from (.*)$/m.exec(error.message)?.[1] : undefined
  return importer?.startsWith('file:') ? fileURLToPath(importer) : importer
}

function missingExportHint(message: string): string | undefined {
  const [, specifier = '', name = ''] =
    /module '([^']*)' does not provide an export named '([^']*)'/.exec(message) ?? []
  const known = exportsOf(specifier)
  if (!known) return undefined
  const meant = nearest(name, known)
  return meant === undefined
    ? `${specifier} exports ${known.join(', ')}; types are imported by: import type`
    : `did you mean ${meant}?`
}
