export { CommandClient } from './CommandClient.ts'
export { KeyRing } from './KeyRing.ts'
export { NodeDev } from './NodeDev.ts'
export { Terminal } from './Terminal.ts'
