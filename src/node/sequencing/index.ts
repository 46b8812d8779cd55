export type { SequencerToMain } from './messages.ts'
export { SequencerRole } from './SequencerRole.ts'
