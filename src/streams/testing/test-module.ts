// The module `streamctl/test`: what the tests of a script import. Node's own `test` and `assert` are added when it is loaded.

export { type OutRecord, TestDriver, type TestDriverOptions } from '../test-driver.ts'
export { replay } from './replay.ts'
