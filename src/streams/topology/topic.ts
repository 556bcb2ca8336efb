import { OperatorError } from '../../base/errors.ts'
import type { AnyCodec } from '../codecs/codec.ts'
import type { OnInvalid } from './topology.ts'

/** A topic and how its records are written. */
export interface TopicHandle {
  readonly name: string
  readonly key: AnyCodec
  readonly value: AnyCodec
  readonly timestamp?: (value: unknown, meta: unknown) => number
  readonly onInvalid?: OnInvalid
}

/** Checks what a script says of a topic. */
export function topicHandle(name: string, options: Omit<TopicHandle, 'name'>): TopicHandle {
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(name)) {
    throw new OperatorError(`${JSON.stringify(name)} cannot be the name of a topic`, {
      hint: 'use 1 to 249 letters, digits, dots, underscores and hyphens',
    })
  }
  return { name, ...options }
}
