// Joins the modules that `tsc -b` wrote into a few files, dist/bundle/, which the npm package carries: Node takes twice as
// long to find, read and link 700 of them. Packages stay outside. Threads keep the names by which they are started.
import { globSync, rmSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { build } from 'vite'

const FOLDER = resolve('dist/bundle')
/** What runs in Node, which has all it shares once. */
const ENTRIES = { main: 'cli/main', index: 'node/index', viem: 'node/viem', evm: 'execution/index' }
/** What runs in browsers as well, so it shares no file with the others. */
const CLIENT = { client: 'client/index' }

rmSync(FOLDER, { recursive: true, force: true })
await bundle({ ...filesOf(ENTRIES), ...threads() }, FOLDER)
await bundle(filesOf(CLIENT), `${FOLDER}/client`)

function filesOf(entries) {
  return Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, resolve(`dist/${file}.js`)]))
}

/** By the names that startThread has for them. */
function threads() {
  const files = globSync('dist/node/**/*Worker.js', { exclude: ['**/testing/**'] })
  return Object.fromEntries(
    files.map((file) => [relative('dist/node', file).replace(/\.js$/, ''), resolve(file)]),
  )
}

async function bundle(input, outDir) {
  await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: {
      // Node's modules and packages stay imports.
      ssr: true,
      ...{ outDir, emptyOutDir: false, target: 'esnext', minify: false, reportCompressedSize: false },
      rolldownOptions: {
        input,
        // No module does anything when it is loaded, but for the entries: what an entry doesn't use isn't loaded with it.
        treeshake: { moduleSideEffects: false },
        // Chunks at the top, from where threads and the package's files are looked for.
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  })
}
