export { StateListing } from './StateListing.ts'
