export { type MemberAddress, MemberWatch } from './MemberWatch.ts'
