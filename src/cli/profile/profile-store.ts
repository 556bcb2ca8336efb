import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { OperatorError } from '../../base/errors.ts'
import { type ConfigurationFile, parseConfigurationFile } from './yaml-properties.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** Where the user's configuration is: $XDG_CONFIG_HOME/streamctl, else ~/.config/streamctl. Nothing without a home. */
export function configurationDirectory(variables: Variables): string | undefined {
  const base = variables.XDG_CONFIG_HOME || (variables.HOME && path.join(variables.HOME, '.config'))
  return base ? path.join(base, 'streamctl') : undefined
}

/**
 * The profiles of a user: a YAML file for each (`profiles/NAME.yml`), and a file that names the one in use and the one
 * before (`profile`). Files are for the user alone (0600, in a directory of 0700) and replaced as a whole.
 */
export class ProfileStore {
  readonly #directory: string | undefined

  constructor(variables: Variables) {
    this.#directory = configurationDirectory(variables)
  }

  names(): readonly string[] {
    if (!this.#directory) return []
    try {
      return readdirSync(path.join(this.#directory, 'profiles'))
        .filter(file => file.endsWith('.yml') && !file.startsWith('.'))
        .map(file => file.slice(0, -'.yml'.length))
        .toSorted()
    } catch (error) {
      if (isMissing(error)) return []
      throw unreadable(path.join(this.#directory, 'profiles'), error)
    }
  }

  /** The profile in use, and the one before it. */
  state(): { readonly current?: string; readonly previous?: string } {
    if (!this.#directory) return {}
    const text = readIfThere(path.join(this.#directory, 'profile'))
    const [current, previous] = (text ?? '').split('\n')
    return { ...(current ? { current } : {}), ...(previous ? { previous } : {}) }
  }

  /** Puts a profile in use; nothing for none. */
  use(name: string | undefined): void {
    const { current, previous } = this.state()
    if (name === current) return
    this.#write(path.join(this.#home(), 'profile'), `${name ?? ''}\n${current ?? previous ?? ''}\n`)
  }

  file(name: string): string {
    return path.join(this.#home(), 'profiles', `${checkedName(name)}.yml`)
  }

  /** What is written there, as text; nothing if there is no such profile. */
  text(name: string): string | undefined {
    return readIfThere(this.file(name))
  }

  /** Throws `OperatorError` if there is none of that name. */
  read(name: string): ConfigurationFile {
    const text = this.text(name)
    if (text === undefined) throw this.unknown(name)
    return parseConfigurationFile(text, this.file(name))
  }

  write(name: string, text: string): void {
    this.#write(this.file(name), text)
  }

  delete(name: string): void {
    if (this.text(name) === undefined) throw this.unknown(name)
    rmSync(this.file(name))
    const { current, previous } = this.state()
    if (name !== current && name !== previous) return
    const left = [current, previous].map(other => (other === name ? '' : (other ?? '')))
    this.#write(path.join(this.#home(), 'profile'), `${left.join('\n')}\n`)
  }

  /** Others may read the file, which may hold secrets. */
  isOpenToOthers(name: string): boolean {
    return (statSync(this.file(name)).mode & 0o077) !== 0
  }

  unknown(name: string): OperatorError {
    const names = this.names()
    return new OperatorError(`there is no profile '${name}'`, {
      hint: names.length > 0 ? `there are: ${names.join(', ')}` : `streamctl profile create ${name} -b host:port`,
    })
  }

  #home(): string {
    if (this.#directory) return this.#directory
    throw new OperatorError('there is no place for profiles', { hint: 'set HOME or XDG_CONFIG_HOME' })
  }

  #write(file: string, text: string): void {
    const unfinished = `${file}.new`
    try {
      mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
      writeFileSync(unfinished, text, { mode: 0o600 })
      renameSync(unfinished, file)
    } catch (error) {
      rmSync(unfinished, { force: true })
      throw new OperatorError(`cannot write ${file}: ${(error as Error).message}`, { cause: error })
    }
  }
}

/** Throws `OperatorError` for a name that is no file name everywhere. */
function checkedName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name)) return name
  throw new OperatorError(`'${name}' cannot be the name of a profile`, {
    hint: 'letters, digits, dots, hyphens and underscores; a letter or digit first',
  })
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw unreadable(file, error)
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
}

function unreadable(file: string, error: unknown): OperatorError {
  return new OperatorError(`cannot read ${file}: ${(error as Error).message}`, { cause: error })
}
