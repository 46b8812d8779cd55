export { SequencerRole } from './SequencerRole.ts'
