export { MiniBlockBuilder } from './MiniBlockBuilder.ts'
export { MiniBlocks } from './MiniBlocks.ts'
