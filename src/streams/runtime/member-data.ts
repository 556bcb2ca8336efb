import { DecodeError } from '../../base/errors.ts'

/** What a member of an application's group tells its leader besides its topics: as JSON, so that other tools can read it. */
export interface MemberData {
  readonly streamctl: 1
  /** Id of the process, kept with its state. */
  readonly process: string
  /** Which thread of it, from 0. */
  readonly thread: number
  /** Where it answers questions; empty where it does not. */
  readonly endpoint: string
  /** The topology that it runs: see `fingerprint.ts`. */
  readonly topology: string
  /** How many standbys it wants for each task. */
  readonly standbys: number
  /** The tasks that it processes. */
  readonly active: readonly string[]
  /** Tasks whose state its process has on disk, each with the sum of its changelog positions. */
  readonly state: Readonly<Record<string, number>>
}

/** What the leader tells a member besides its partitions. */
export interface AssignmentData {
  readonly streamctl: 1
  readonly active: readonly string[]
  readonly standby: readonly string[]
  /** Standbys that are to become active here as soon as their state is there: then the member joins again. */
  readonly warmup: readonly string[]
}

export function encodeData(data: MemberData | AssignmentData): Buffer {
  return Buffer.from(JSON.stringify(data))
}

/** Throws `DecodeError` for what no member of this program says. */
export function decodeMemberData(bytes: Buffer | null): MemberData {
  const data = parsed(bytes) as MemberData
  return { ...data, active: data.active ?? [], state: data.state ?? {}, standbys: data.standbys ?? 0 }
}

/** Throws `DecodeError` for what no leader of this program says; an empty assignment where there is none. */
export function decodeAssignmentData(bytes: Buffer | null): AssignmentData {
  if (bytes === null || bytes.length === 0) return { streamctl: 1, active: [], standby: [], warmup: [] }
  return parsed(bytes) as AssignmentData
}

function parsed(bytes: Buffer | null): unknown {
  try {
    const data: unknown = JSON.parse(bytes?.toString() ?? '')
    if (typeof data === 'object' && data !== null && 'streamctl' in data) return data
  } catch (error) {
    throw new DecodeError('a member of the group is no instance of a streamctl script', { cause: error })
  }
  throw new DecodeError('a member of the group is no instance of a streamctl script')
}
