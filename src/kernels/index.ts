export { engineModule } from './engineModule.ts'
export { keccak256, keccak256Into } from './keccak.ts'
export { WASM_PAGE_BYTES } from './webAssembly.ts'
