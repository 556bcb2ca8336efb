// npm run package [-- --target linux-x64|linux-arm64|darwin-x64|darwin-arm64|win-x64] [--node PATH] [--modules DIR] [--out FILE]
// Writes the program, its addons and Node as one executable. For another target, --node names that target's Node 26 and
// --modules a directory with its addon packages.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { build, type Plugin } from 'esbuild'
import { bundle, commandsInOneFile, root } from './bundle.ts'
import { saveCompiled } from './compiled.ts'

/** Without it V8 clears up five times, a tenth of a start, before the first record is there. */
const roomToStart = '--min-semi-space-size=8'

const host = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
const { values: options } = parseArgs({
  options: {
    target: { type: 'string', default: host },
    node: { type: 'string', default: process.execPath },
    modules: { type: 'string', default: path.join(root, 'node_modules') },
    out: { type: 'string' },
  },
})
const target = options.target
const work = path.join(root, 'build', `work-${target}`)
const executable = path.resolve(options.out ?? path.join(root, 'build', executableName()))

rmSync(work, { recursive: true, force: true })
mkdirSync(work, { recursive: true })
const addons = addonFiles()
const modules = path.join(work, 'modules')
await bundle({ outdir: modules, plugins: [addonsFromExecutable()], banner: { js: builtinRequire() } })
const boot = path.join(work, 'boot.cjs')
await build({ absWorkingDir: root, entryPoints: ['scripts/executable/boot.cjs'], outfile: boot, platform: 'node' })
const assets: Record<string, string> = { 'boot.cjs': boot, ...Object.fromEntries(addons.map(a => [a.asset, a.file])) }
for (const name of readdirSync(modules)) assets[name] = path.join(modules, name)
await seal(boot, assets)
// Only the executable itself can say what its V8 makes of them.
if (target === host && (await saveCompiled([executable], modules))) {
  for (const name of commandsInOneFile) assets[`${name}.compiled`] = path.join(modules, `${name}.compiled`)
  await seal(boot, assets)
}
process.stdout.write(`${executable}\n`)

function executableName(): string {
  return `streamctl${target === host ? '' : `-${target}`}${target.startsWith('win') ? '.exe' : ''}`
}

interface Addon {
  readonly asset: string
  /** The import that it stands for in the bundle. */
  readonly specifier: RegExp
  readonly file: string
}

function addonFiles(): Addon[] {
  const sqlite = path.join(root, 'node_modules/better-sqlite3/prebuilds', `${target.replace(/^win-/, 'win32-')}.node`)
  const triple = target.replace(/^linux-(.*)$/, 'linux-$1-gnu').replace(/^win-(.*)$/, 'win32-$1-msvc')
  const platformPackages = {
    '@node-rs/crc32': '@node-rs/crc32',
    snappy: '@napi-rs/snappy',
    'lz4-napi': '@antoniomuso/lz4-napi',
  }
  const others = Object.entries(platformPackages).map(([name, platformPackage]) => {
    const directory = path.join(path.resolve(options.modules), `${platformPackage}-${triple}`)
    const { main } = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'))
    const asset = `${path.basename(platformPackage)}.node`
    return { asset, specifier: new RegExp(`^${name}$`), file: path.join(directory, main) }
  })
  return [{ asset: 'better_sqlite3.node', specifier: /prebuilds\/.*\.node$/, file: sqlite }, ...others]
}

/** Replaces the addons' own loaders, which look into node_modules, by one that looks into the executable. */
function addonsFromExecutable(): Plugin {
  const sqliteEntry = path.join(root, 'node_modules/better-sqlite3/lib', `${target.replace(/^win-/, 'win32-')}.js`)
  return {
    name: 'addons',
    setup(plugins) {
      plugins.onResolve({ filter: /^better-sqlite3$/ }, () => ({ path: sqliteEntry }))
      for (const { asset, specifier } of addons)
        plugins.onResolve({ filter: specifier }, () => ({ path: asset, namespace: 'addon' }))
      plugins.onLoad({ filter: /.*/, namespace: 'addon' }, ({ path: asset }) => ({
        loader: 'js',
        resolveDir: root,
        contents: `module.exports = ${loadCall(asset)}`,
      }))
      plugins.onLoad({ filter: /src\/base\/lazy-addon\.ts$/ }, () => ({
        loader: 'js',
        resolveDir: root,
        contents: `export const loadLazyAddon = name => (name === 'snappy' ? ${loadCall('snappy.node')} : ${loadCall('lz4-napi.node')})`,
      }))
    },
  }
}

/** Its hash is taken here, not at every start of every thread. */
function loadCall(asset: string): string {
  const { file } = addons.find(addon => addon.asset === asset)!
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex')
  return `require('./scripts/executable/load-addon.cjs')(${JSON.stringify(asset)}, '${sha256}')`
}

/** Bundled CommonJS packages call `require`; inside the executable there is nothing but Node's own modules. */
function builtinRequire(): string {
  return `const require = id => {
    const found = process.getBuiltinModule(id);
    if (!found) throw Object.assign(new Error(\`Cannot find module '\${id}'\`), { code: 'MODULE_NOT_FOUND' });
    return found;
  };`
}

async function seal(main: string, files: Record<string, string>): Promise<void> {
  preseedRuntime(strippedNode())
  const require = createRequire(import.meta.url)
  // The package's command line offers neither assets nor the settings below, hence the deep import of a pinned version.
  const pack = require('@yao-pkg/pkg/lib-es5/sea.js').default
  const [platform, arch] = target.split('-')
  await pack(main, {
    signature: true,
    seaConfig: {
      disableExperimentalSEAWarning: true,
      useSnapshot: false,
      useCodeCache: target === host,
      // Otherwise a NODE_OPTIONS that this Node does not know would end the program before it starts.
      execArgvExtension: 'none',
      execArgv: [roomToStart],
      assets: files,
    },
    targets: [
      {
        nodeRange: `node${process.versions.node}`,
        platform: platform === 'darwin' ? 'macos' : platform,
        arch,
        output: executable,
      },
    ],
  })
  chmodSync(executable, 0o755)
}

/** Without symbols the executable is a quarter smaller; they must go before the assets are injected. */
function strippedNode(): string {
  const copy = path.join(work, 'node')
  copyFileSync(path.resolve(options.node), copy)
  chmodSync(copy, 0o755)
  if (!target.startsWith('linux')) return copy
  try {
    execFileSync(process.env.STRIP ?? 'strip', ['--strip-unneeded', copy], { stdio: 'ignore' })
  } catch {
    process.stderr.write('no `strip` on this machine: the executable keeps its symbols and is 33 MB larger\n')
  }
  return copy
}

/** pkg looks for a runtime in its home directory before it downloads one: give it a home with ours in it. */
function preseedRuntime(node: string): void {
  const home = path.join(root, 'build', 'pkg-home')
  const cache = path.join(home, '.pkg-cache', 'sea')
  const name = `node-v${process.versions.node}-${target}`
  const windows = target.startsWith('win')
  const binary = windows ? path.join(cache, `${name}.exe`) : path.join(cache, name, 'bin', 'node')
  const archive = path.join(cache, `${name}.${windows ? 'zip' : 'tar.gz'}`)
  mkdirSync(path.dirname(binary), { recursive: true })
  copyFileSync(node, binary)
  chmodSync(binary, 0o755)
  for (const file of [`${binary}.ok`, archive, `${archive}.ok`]) writeFileSync(file, '')
  process.env.HOME = home
  process.env.USERPROFILE = home
}
