import type { WindowStore } from '../state/window-store.ts'
import { type OperatorFactory, orNull, type UserFunction } from './operator.ts'
import type { JoinWindows } from './windows.ts'

/** A stream joined with itself out of one store: Kafka's KStreamKStreamSelfJoin. The results are those of two stores. */
export function selfJoin(store: string, windows: JoinWindows, joiner: UserFunction): OperatorFactory {
  const { beforeMs, afterMs, graceMs } = windows
  const retentionMs = beforeMs + afterMs + graceMs
  return context => {
    const { forward, drop } = context
    const window = context.store<WindowStore>(store)
    const streamTime = context.mark(`${store}.time`, -1)
    return (key, value, timestamp) => {
      if (key === null) return drop('null-key')
      if (value === null) return drop('null-value')
      if (timestamp > streamTime.value) streamTime.value = timestamp
      const withItself = (): void => forward(key, orNull(joiner(value, value, key)), timestamp, null, true)
      for (const other of window.fetch(key, timestamp - beforeMs, timestamp + afterMs)) {
        forward(key, orNull(joiner(value, other.value, key)), Math.max(timestamp, other.start), null, true)
      }
      let itselfIsDue = timestamp > streamTime.value - retentionMs + 1
      for (const other of window.fetch(key, timestamp - afterMs, timestamp + beforeMs)) {
        if (other.start > timestamp && itselfIsDue) {
          itselfIsDue = false
          withItself()
        }
        forward(key, orNull(joiner(other.value, value, key)), Math.max(timestamp, other.start), null, true)
      }
      if (itselfIsDue) withItself()
    }
  }
}
