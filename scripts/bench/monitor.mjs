// Loaded into a node before its own program (--import), to tell the process that started it about its event loop and memory.
// JavaScript: what takes the types out of a file would add 60 MB to the memory of the node that is measured.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'

if (isMainThread) answerParent()

function answerParent() {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  process.on('message', message => {
    if (message === 'reset') {
      delay.enable()
      delay.reset()
    } else process.send({ ...late(delay), residentBytes: process.memoryUsage.rss(), liveBytes: liveBytes() })
  })
  // The node ends when it has nothing more to do, whoever may still ask.
  process.channel.unref()
  process.on('disconnect', () => process.exit())
}

/** The timer behind the histogram fires every millisecond: what is beyond that is delay. */
function late(delay) {
  const milliseconds = nanoseconds => Math.max(0, nanoseconds / 1e6 - 1)
  return { eventLoopP99: milliseconds(delay.percentile(99)) }
}

function liveBytes() {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}
