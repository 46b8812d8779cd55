export { bootstrap, type ReplicaOptions } from './bootstrap.ts'
export { checkFollowed } from './checkFollowed.ts'
export { newReplicaRole } from './ReplicaRole.ts'
