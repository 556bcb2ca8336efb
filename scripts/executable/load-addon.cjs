'use strict'
// A shared library can be loaded from a real file only: puts the addon, named by its SHA-256, in the first directory that
// allows it, and loads it from there.
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const sea = require('node:sea')

const uid = process.getuid?.()
const ownName = uid === undefined ? 'streamctl' : `streamctl-${uid}`

module.exports = function loadAddon(asset, sha256) {
  const bytes = Buffer.from(sea.getRawAsset(asset))
  const name = `${path.basename(asset, '.node')}-${sha256.slice(0, 32)}.node`
  const failures = []
  for (const directory of candidates()) {
    try {
      return load(place(bytes, directory, name))
    } catch (error) {
      failures.push(`${directory}: ${error.message}`)
    }
  }
  throw new Error(
    `cannot load ${asset}; set STREAMCTL_NATIVE_DIR to a directory of this user's that allows execution\n  ${failures.join('\n  ')}`,
  )
}

function candidates() {
  const below = (directory, name) => (directory ? path.join(directory, name) : undefined)
  return [
    process.env.STREAMCTL_NATIVE_DIR,
    below(process.env.XDG_CACHE_HOME, 'streamctl'),
    below(process.env.LOCALAPPDATA, 'streamctl'),
    below(home(), path.join('.cache', 'streamctl')),
    below(process.env.XDG_RUNTIME_DIR, 'streamctl'),
    below(os.tmpdir(), ownName),
    process.platform === 'linux' ? `/dev/shm/${ownName}` : undefined,
  ].filter(Boolean)
}

function home() {
  try {
    return os.homedir()
  } catch {
    return undefined // No entry in the password file, as in a bare container.
  }
}

function place(bytes, directory, name) {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 })
  const status = fs.lstatSync(directory)
  // Somebody else's directory could hand us somebody else's code.
  const shared = uid !== undefined && (status.uid !== uid || (status.mode & 0o022) !== 0)
  if (!status.isDirectory() || shared) throw new Error('not a directory of this user alone')
  const file = path.join(directory, name)
  if (!sameContent(file, bytes)) {
    // Several processes and threads may do this at once: a rename is atomic.
    // Loaded here: it takes each thread milliseconds, and next time the addon is there.
    const { randomBytes } = require('node:crypto')
    const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
    fs.writeFileSync(draft, bytes, { mode: 0o500, flag: 'wx' })
    fs.renameSync(draft, file)
  }
  return file
}

function sameContent(file, bytes) {
  try {
    return fs.readFileSync(file).equals(bytes)
  } catch {
    return false
  }
}

function load(file) {
  const addon = { exports: {} }
  process.dlopen(addon, file)
  return addon.exports
}
