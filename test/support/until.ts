/** Turns the event loop until `condition` holds; the test's own time limit ends a wait for ever. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve))
}
