import { defineConfig } from 'vite'

/** Where the node listens that the dev server passes JSON-RPC on to. */
const NODE_URL = process.env.LEVERET_URL ?? 'http://127.0.0.1:8545'

export default defineConfig({
  root: import.meta.dirname,
  // Also served under a path, behind a proxy.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  build: {
    outDir: '../dist/explorer',
    emptyOutDir: true,
    target: 'es2023',
    // Inlined, they would be outside of what the page's Content-Security-Policy allows.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // What the licences of the bundled packages ask for.
    license: { fileName: 'licences.md' },
  },
  server: {
    proxy: {
      '/rpc': { target: NODE_URL, ws: true, changeOrigin: true },
      '/feed': { target: NODE_URL, ws: true, changeOrigin: true },
    },
  },
})
