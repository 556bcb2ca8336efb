import type { Windowed } from '../codecs/windowed.ts'
import type { SessionStore } from '../state/session-store.ts'
import type { WindowStore } from '../state/window-store.ts'
import type { TableView } from './operator.ts'

/** Reads a table of time or sliding windows. */
export function windowView(name: string): TableView {
  return context => {
    const store = context.store<WindowStore>(name)
    return {
      get(windowed) {
        const { key, window } = windowed as Windowed<unknown>
        return store.get(key, window.start)
      },
    }
  }
}

/** Reads a table of sessions. */
export function sessionView(name: string): TableView {
  return context => {
    const store = context.store<SessionStore>(name)
    return {
      get(windowed) {
        const { key, window } = windowed as Windowed<unknown>
        const value = store.get(key, window)
        return value === undefined ? undefined : { value, timestamp: window.end }
      },
    }
  }
}
