// The raw loop in a process of its own, so that it can run under the disk that is made slow. Prints MB/s as JSON.
import { rawBandwidth } from '../raw-disk.ts'

export type RawLoop = Parameters<typeof rawBandwidth>[0]

process.stdout.write(JSON.stringify(rawBandwidth(JSON.parse(process.argv[2]!) as RawLoop)))
