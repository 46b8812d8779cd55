export { LocalNetwork } from './LocalNetwork.ts'
export { type MemberAddress, MemberWatch } from './MemberWatch.ts'
export type { MemberNews } from './NetworkMember.ts'
