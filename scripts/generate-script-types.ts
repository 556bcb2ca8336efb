// node scripts/generate-script-types.ts: writes templates/streamctl.d.ts, the types that an editor gets for scripts.
import { writeFileSync } from 'node:fs'
import { scriptTypes, typesFile } from './types/script-types.ts'

writeFileSync(typesFile, scriptTypes())
