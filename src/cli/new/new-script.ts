import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { ExitCode, OperatorError } from '../../base/errors.ts'
import { nearest } from '../../config/nearest.ts'
import { templateFiles } from './template-files.ts'
import { type Template, templates } from './templates.ts'

/** What an editor needs; the program's own, so it is written anew each time. */
const typesFile = 'streamctl.d.ts'
/** The user's from then on. */
const settingsFile = 'tsconfig.json'

export interface NewScript {
  /** Where to write; made if it is not there. */
  readonly directory: string
  /** Of the script, its files, its application. */
  readonly name: string
  readonly template: Template
}

/**
 * Writes a script with its test, its fixture and what an editor needs. Answers the paths. Writes nothing where a file of the
 * script is already there, and leaves nothing half-written. Throws OperatorErrors.
 */
export function writeScript({ directory, name, template }: NewScript): readonly string[] {
  const prefix = `${template.name}/`
  const own = Object.entries(templateFiles())
    .filter(([file]) => file.startsWith(prefix))
    .map(([file, text]): [string, string] => [
      path.join(directory, file.slice(prefix.length).replace(template.name, name)),
      renamed(text, template.name, name),
    ])
  const taken = own.map(([file]) => file).filter(file => existsSync(file))
  if (taken.length > 0) {
    throw new OperatorError(`${taken.join(', ')} ${taken.length === 1 ? 'is' : 'are'} already there`, {
      hint: 'choose another name, or another directory with --dir',
    })
  }
  return writeAll([...own, ...editorFiles(directory)])
}

/** Writes what an editor needs for scripts in a directory: their types, and settings where there are none. */
export function writeTypes(directory: string): readonly string[] {
  return writeAll(editorFiles(directory))
}

/** The template of that name. Throws an OperatorError with what there is. */
export function templateNamed(name: string): Template {
  const found = templates.find(template => template.name === name)
  if (found) return found
  const names = templates.map(template => template.name)
  const meant = nearest(name, names)
  throw new OperatorError(`there is no template '${name}'`, {
    hint: meant ? `did you mean ${meant}?` : `there are ${names.join(', ')}`,
  })
}

/** A script's name is that of its application, so of a group and of the beginnings of topics. */
export function checkName(name: string): void {
  if (/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}$/.test(name)) return
  throw new OperatorError(`'${name}' cannot be the name of a script`, {
    hint: 'use up to 100 letters, digits, dots, underscores and hyphens; --dir says where to write it',
  })
}

/** The application and the files get the new name; topics keep theirs, for their records are what the script is about. */
function renamed(text: string, from: string, to: string): string {
  const quoted = from.replaceAll('-', '\\-')
  return text
    .replace(new RegExp(`(streams\\(\\s*)'${quoted}'`), `$1'${to}'`)
    .replace(new RegExp(`'\\./${quoted}\\.ts'`, 'g'), `'./${to}.ts'`)
    .replace(new RegExp(`'${quoted}\\.ndjson'`, 'g'), `'${to}.ndjson'`)
}

function editorFiles(directory: string): [string, string][] {
  const files = templateFiles()
  const settings = path.join(directory, settingsFile)
  return [
    [path.join(directory, typesFile), files[typesFile]!],
    ...(existsSync(settings) ? [] : [[settings, files[settingsFile]!] as [string, string]]),
  ]
}

function writeAll(files: readonly (readonly [file: string, text: string])[]): readonly string[] {
  const fresh = files.map(([file]) => file).filter(file => !existsSync(file))
  try {
    for (const [file, text] of files) {
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
  } catch (error) {
    for (const file of fresh) rmSync(file, { force: true })
    throw new OperatorError((error as Error).message, { exitCode: ExitCode.failure, cause: error })
  }
  return files.map(([file]) => file)
}
