import type { SaveSettings, SettingOwner, Settings } from './change.ts'
import type { Connection } from './database.ts'

/** Dynamic settings of the broker, of topics, groups and subscriptions to client metrics, and quotas. */
export function settingTable(database: Connection) {
  const save = database.prepare(`
    INSERT INTO setting (owner_kind, owner_id, name, value) VALUES (?, ?, ?, ?)
    ON CONFLICT (owner_kind, owner_id, name) DO UPDATE SET value = excluded.value
  `)
  const remove = database.prepare('DELETE FROM setting WHERE owner_kind = ? AND owner_id = ? AND name = ?')
  const removeAll = database.prepare('DELETE FROM setting WHERE owner_kind = ? AND owner_id = ?')
  return {
    save(change: Pick<SaveSettings, 'owner' | 'settings'>): void {
      const id = ownerId(change.owner)
      for (const [name, value] of Object.entries(change.settings)) {
        if (value === null) remove.run(change.owner.kind, id, name)
        else save.run(change.owner.kind, id, name, value)
      }
    },
    removeAll(owner: SettingOwner): void {
      removeAll.run(owner.kind, ownerId(owner))
    },
  }
}

/** All settings of one kind of owner, by the owner's id ('' for the broker). */
export function loadSettings(database: Connection, kind: SettingOwner['kind']): Map<string, Settings> {
  const rows = database.prepare('SELECT owner_id AS ownerId, name, value FROM setting WHERE owner_kind = ?').all(kind)
  const byOwner = new Map<string, Record<string, string>>()
  for (const row of rows as { ownerId: string; name: string; value: string }[]) {
    const settings = byOwner.get(row.ownerId)
    if (settings) settings[row.name] = row.value
    else byOwner.set(row.ownerId, { [row.name]: row.value })
  }
  return byOwner
}

function ownerId(owner: SettingOwner): string {
  switch (owner.kind) {
    case 'broker':
      return ''
    case 'topic':
      return owner.topicId
    case 'group':
      return owner.groupId
    case 'clientMetrics':
      return owner.subscription
    case 'quota':
      return owner.entity
  }
}
